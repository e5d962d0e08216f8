// Space and inodes of the mounts that matter: on this host's disks, `/`, and wherever Redis may keep data. Network
// mounts are asked only when data may lie there, each on a thread of its own, and one that does not answer is skipped
// until it does. The probe must never wait for a dead mount beyond its share of the deadline.
import Glibc
import Terms

final class FilesystemProbe: Probe {
    let name = "filesystem"
    let periodSeconds: UInt64 = 60
    /// For all remote mounts together; leaves half of the probe's deadline to the rest.
    private static let remoteMilliseconds: Int64 = 1000
    /// Threads that may hang on dead mounts.
    private static let remoteMounts = 16

    private let root: Root
    private let dataDirectories: DataDirectories
    private let ask: @Sendable (String) -> Reading<FilesystemSpace>
    /// Questions that have no answer yet, by mount point.
    private var pending: [String: MountQuestion] = [:]

    convenience init(root: Root, configuration: Configuration) {
        self.init(root: root, configuration: configuration) { FilesystemSpace.ask($0) }
    }

    init(
        root: Root, configuration: Configuration, ask: @escaping @Sendable (String) -> Reading<FilesystemSpace>
    ) {
        self.root = root
        self.ask = ask
        dataDirectories = DataDirectories(configuration: configuration)
    }

    func sample(_: Moment) -> Sample {
        var sample = Sample()
        let table: MountTable
        do {
            table = try MountTable(root: root)
        } catch {
            sample.cause = error
            return sample
        }
        let wanted = choose(from: table)
        let mounts = wanted.filter { $0.point.utf8.count <= Limits.labelBytes }.prefix(Limits.labelledPerKind)
        sample.truncated = UInt64(wanted.count - mounts.count) + table.skipped
        let remote = mounts.filter(\.isRemote).prefix(Self.remoteMounts)
        let answers = askRemote(remote.map(\.point))
        for mount in mounts {
            let reading =
                mount.isRemote ? answers[mount.point] ?? .absent(.timeout) : ask(root.file(mount.point))
            sample.labelled.append((mount.point, FilesystemSpace.values(reading)))
        }
        if mounts.isEmpty { sample.cause = .unsupported }
        sample.concludeCause()
        return sample
    }

    /// The root and Redis' places first; one mount of each file system.
    private func choose(from table: MountTable) -> [Mount] {
        let points = dataDirectories.mountPoints(of: table).union(["/"])
        let judged = table.mounts.filter { points.contains($0.point) }
        let others = table.mounts.filter(\.isOnDisk).sorted {
            ($0.point.utf8.count, $0.point) < ($1.point.utf8.count, $1.point)
        }
        var devices: Set<String> = []
        return (judged + others).filter { devices.insert($0.device).inserted }
    }

    private func askRemote(_ points: [String]) -> [String: Reading<FilesystemSpace>] {
        var answers: [String: Reading<FilesystemSpace>] = [:]
        let old = pending
        pending = [:]
        for point in points {
            let path = root.file(point)
            // One that still hangs is not asked again: each question may cost a thread for ever.
            guard let question = old[point] ?? MountQuestion.start({ [ask] in ask(path) }) else {
                answers[point] = .absent(.denied)
                continue
            }
            pending[point] = question
        }
        // Mounts that were taken away while a question hung: kept until the thread ends.
        for (point, question) in old where pending[point] == nil && !question.isAnswered { pending[point] = question }
        let deadline = Deadline(milliseconds: Self.remoteMilliseconds)
        for point in points {
            // What hung before gets no new wait.
            let waits = old[point] == nil ? deadline.millisecondsLeft : 0
            guard let question = pending[point], let answer = question.answer(waitMilliseconds: waits) else { continue }
            answers[point] = answer
            pending[point] = nil
        }
        return answers
    }
}

/// `statvfs` in bytes and inodes.
struct FilesystemSpace: Sendable, Equatable {
    var used: Reading<UInt64>
    var free: Reading<UInt64>
    var reserved: Reading<UInt64>
    var inodesUsed: Reading<UInt64>
    var inodesFree: Reading<UInt64>

    /// May block for as long as the mount likes.
    static func ask(_ path: String) -> Reading<FilesystemSpace> {
        var raw = statvfs()
        guard statvfs(path, &raw) == 0 else { return .absent(AbsenceCause(errno: errno)) }
        return .value(
            FilesystemSpace(
                fragmentBytes: UInt64(raw.f_frsize), blocks: UInt64(raw.f_blocks), blocksFree: UInt64(raw.f_bfree),
                blocksAvailable: UInt64(raw.f_bavail), files: UInt64(raw.f_files), filesFree: UInt64(raw.f_ffree),
                filesAvailable: UInt64(raw.f_favail)))
    }

    /// - Parameter fragmentBytes: `f_frsize`; `f_bsize` is the size for fast transfer, not the unit of the counts.
    init(
        fragmentBytes: UInt64, blocks: UInt64, blocksFree: UInt64, blocksAvailable: UInt64, files: UInt64,
        filesFree: UInt64, filesAvailable: UInt64
    ) {
        func bytes(_ whole: UInt64, less part: UInt64) -> Reading<UInt64> {
            guard whole >= part else { return .absent(.parse) }
            let (product, isTooLarge) = (whole - part).multipliedReportingOverflow(by: fragmentBytes)
            return isTooLarge ? .absent(.parse) : .value(product)
        }
        // A file system without size (a pseudo one) has nothing to say.
        let isSized = blocks > 0 && fragmentBytes > 0
        used = isSized ? bytes(blocks, less: blocksFree) : .absent(.unsupported)
        free = isSized ? bytes(blocksAvailable, less: 0) : .absent(.unsupported)
        reserved = isSized ? bytes(blocksFree, less: blocksAvailable) : .absent(.unsupported)
        // btrfs has no fixed number of inodes and says 0.
        let hasInodes = files > 0
        inodesFree = hasInodes ? .value(filesAvailable) : .absent(.unsupported)
        if hasInodes {
            inodesUsed = files >= filesFree ? .value(files - filesFree) : .absent(.parse)
        } else {
            inodesUsed = .absent(.unsupported)
        }
    }

    static func values(_ reading: Reading<FilesystemSpace>) -> Sample.Values {
        switch reading {
        case .value(let space):
            [
                (Catalogue.filesystemUsed, space.used), (Catalogue.filesystemFree, space.free),
                (Catalogue.filesystemReserved, space.reserved), (Catalogue.inodesUsed, space.inodesUsed),
                (Catalogue.inodesFree, space.inodesFree),
            ]
        case .absent(let cause):
            [
                Catalogue.filesystemUsed, Catalogue.filesystemFree, Catalogue.filesystemReserved,
                Catalogue.inodesUsed, Catalogue.inodesFree,
            ].map { ($0, .absent(cause)) }
        }
    }
}
