// Which disk stands behind a path, by its name in /proc/diskstats: st_dev → /sys/dev/block → the whole disk. A
// volume (LVM, dm-crypt, md) is followed to its disk when that is one disk only; over several the volume itself is
// the answer. A path on memory, on an overlay or over the network has no device here.
import Glibc
import Terms

struct BlockDevices {
    private let root: Root
    private let mounts: MountTable?

    /// Reads the mount table once; for many paths keep the value.
    init(root: Root) {
        self.root = root
        mounts = try? MountTable(root: root)
    }

    static func behind(path: String, root: Root) -> String? { BlockDevices(root: root).behind(path: path) }

    func behind(path: String) -> String? {
        let mount = mounts?.holding(path)
        // Never touched: it may be dead.
        guard mount?.isRemote != true else { return nil }
        var status = stat()
        guard stat(root.file(path), &status) == 0 else { return nil }
        if let name = disk(deviceNumber: status.st_dev) { return name }
        // btrfs hands out a number of its own for each subvolume; its mount names the device.
        guard let mount, mount.kind == "btrfs", mount.source.hasPrefix("/dev/"),
            stat(root.file(mount.source), &status) == 0, status.st_mode & S_IFMT == S_IFBLK
        else { return nil }
        return disk(deviceNumber: status.st_rdev)
    }

    /// - Parameter deviceNumber: as in `st_dev`.
    func disk(deviceNumber: dev_t) -> String? {
        // The packing of glibc's sys/sysmacros.h.
        let major = (deviceNumber >> 8) & 0xfff | (deviceNumber >> 32) & ~0xfff
        let minor = deviceNumber & 0xff | (deviceNumber >> 12) & ~0xff
        return disk(major: UInt64(major), minor: UInt64(minor))
    }

    func disk(major: UInt64, minor: UInt64) -> String? {
        let link = root.file("/sys/dev/block/\(major):\(minor)")
        guard major != 0, let name = Self.lastName(Directory.linkTarget(link)) else { return nil }
        return Self.spelling(wholeDisk(name))
    }

    /// Top-level disks with hardware behind them: no loops, RAM disks or volumes, whose traffic counts twice.
    func physicalDisks() throws(AbsenceCause) -> [String] {
        let names = try Directory.entries(root.file("/sys/block"), limit: 4096).map(\.name)
        let disks = names.filter { name in
            // Optical and floppy drives have hardware too.
            !name.hasPrefix("sr") && !name.hasPrefix("fd")
                && Directory.exists(root.file("/sys/block/\(name)/device"))
        }
        return disks.map(Self.spelling).sorted()
    }

    /// Partition → disk, volume → the only thing below it, and again.
    private func wholeDisk(_ start: String) -> String {
        var name = start
        for _ in 0..<8 {
            let place = root.file("/sys/class/block/" + name)
            if Directory.exists(place + "/partition") {
                let parts = (Directory.linkTarget(place) ?? "").split(separator: "/")
                guard parts.count >= 2 else { return name }
                name = String(parts[parts.count - 2])
                continue
            }
            let below = (try? Directory.entries(place + "/slaves", limit: 64)) ?? []
            // A mirror of two partitions of one disk is still that one disk.
            let disks = Set(below.map { below.count == 1 ? $0.name : parentOfPartition($0.name) })
            guard disks.count == 1, let only = disks.first else { return name }
            name = only
        }
        return name
    }

    private func parentOfPartition(_ name: String) -> String {
        let place = root.file("/sys/class/block/" + name)
        let parts = (Directory.linkTarget(place) ?? "").split(separator: "/")
        return Directory.exists(place + "/partition") && parts.count >= 2 ? String(parts[parts.count - 2]) : name
    }

    private static func lastName(_ target: String?) -> String? {
        target?.split(separator: "/").last.map(String.init)
    }

    /// sysfs writes `!` for the `/` in names such as cciss/c0d0.
    private static func spelling(_ name: String) -> String {
        String(name.map { $0 == "!" ? "/" : $0 })
    }
}
