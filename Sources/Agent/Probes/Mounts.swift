// What is mounted where, from /proc/self/mountinfo, so that the probes know a file system's kind before they touch it:
// a dead network mount blocks whoever asks it. Mounts that a later one covers are left out.
import Terms

struct Mount: Sendable, Equatable {
    var id: UInt64
    /// Id of the mount that it is mounted on.
    var parent: UInt64
    /// As the kernel prints it; equal for the same file system mounted twice.
    var device: String
    var point: String
    var kind: String
    var source: String

    /// A call may block for as long as somebody else likes: a server, or a FUSE program.
    var isRemote: Bool { Self.remoteKinds.contains(kind) || kind == "fuse" || kind.hasPrefix("fuse.") }

    /// On a device of this host, or a pool of them.
    var isOnDisk: Bool {
        !isRemote && !Self.fixedKinds.contains(kind)
            && (!device.hasPrefix("0:") || kind == "btrfs" || kind == "zfs" || kind == "bcachefs")
    }

    private static let remoteKinds: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "9p", "afs", "lustre", "beegfs", "gfs", "gfs2", "ocfs2",
        "glusterfs", "ncpfs", "coda", "pvfs2", "orangefs", "virtiofs",
    ]
    /// Images that are always full.
    private static let fixedKinds: Set<String> = ["squashfs", "iso9660", "udf", "erofs", "cramfs", "romfs"]
}

struct MountTable: Sendable {
    static let lines = 4096

    /// Those that a path can reach; one for each point.
    let mounts: [Mount]
    /// Lines beyond the bound, and those that were not understood.
    let skipped: UInt64
    private let byPoint: [String: Mount]

    init(mounts: [Mount], skipped: UInt64 = 0) {
        self.mounts = Self.visible(mounts)
        self.skipped = skipped
        byPoint = Dictionary(self.mounts.map { ($0.point, $0) }, uniquingKeysWith: { $1 })
    }

    init(root: Root) throws(AbsenceCause) {
        self = try Self.parse(ProcText.read(root.file("/proc/self/mountinfo"), limitBytes: 4 << 20))
    }

    /// `id parent major:minor root point options optional* - kind source …` (kernel
    /// Documentation/filesystems/proc.rst 3.5)
    static func parse(_ text: ByteText) throws(AbsenceCause) -> MountTable {
        let all = ProcText.wholeLines(text)
        let mounts = all.prefix(lines).compactMap(mount)
        guard !mounts.isEmpty else { throw .parse }
        return MountTable(mounts: mounts, skipped: UInt64(all.count - mounts.count))
    }

    private static func mount(_ line: ByteText) -> Mount? {
        let words = ProcText.words(line, limit: 64)
        guard let dash = words.dropFirst(6).firstIndex(where: { $0.reads("-") }), words.count > dash + 2,
            let id = ProcText.decimal(words[0]), let parent = ProcText.decimal(words[1]),
            words[2].contains(UInt8(ascii: ":")), let point = unescaped(words[4]), point.hasPrefix("/"),
            let source = unescaped(words[dash + 2])
        else { return nil }
        return Mount(
            id: id, parent: parent, device: words[2].string, point: point, kind: words[dash + 1].string, source: source)
    }

    /// Blanks and the like are written as three octal digits. `nil`: no text.
    private static func unescaped(_ word: ByteText) -> String? {
        var bytes: [UInt8] = []
        var rest = word
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3 {
                let digits = rest.prefix(3)
                guard digits.allSatisfy({ (48...55).contains($0) }) else { return nil }
                let value = digits.reduce(0) { $0 * 8 + Int($1 - 48) }
                guard value > 0, value < 256 else { return nil }
                bytes.append(UInt8(value))
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private struct Place: Hashable {
        var parent: UInt64
        var point: String
    }

    /// A mount counts if the way from the root to its point ends on it, as the kernel would walk: another one may
    /// cover it or a directory above it. The order of the lines says nothing about that.
    private static func visible(_ mounts: [Mount]) -> [Mount] {
        let ids = Set(mounts.map(\.id))
        guard
            let root = mounts.first(where: { $0.point == "/" && (!ids.contains($0.parent) || $0.parent == $0.id) })
        else { return mounts }
        var children: [Place: Mount] = [:]
        for mount in mounts where mount.id != root.id {
            children[Place(parent: mount.parent, point: mount.point)] = mount
        }
        return mounts.filter { mount in
            var place = root
            for prefix in prefixes(mount.point) {
                var stacked = 0
                while stacked < 64, let next = children[Place(parent: place.id, point: prefix)] {
                    place = next
                    stacked += 1
                }
            }
            return place.id == mount.id
        }
    }

    /// `/a/b` → `/`, `/a`, `/a/b`
    private static func prefixes(_ path: String) -> [String] {
        var found = ["/"]
        var prefix = ""
        for part in path.split(separator: "/").prefix(256) {
            prefix += "/" + part
            found.append(prefix)
        }
        return found
    }

    /// The mount that an absolute path lies on, by its text: the path itself is not touched.
    func holding(_ path: String) -> Mount? {
        for prefix in Self.prefixes(path).reversed() {
            if let mount = byPoint[prefix] { return mount }
        }
        return nil
    }
}
