// Traffic and time of whole disks from /proc/diskstats: first those behind `/` and Redis' data, then other hardware.
// Never partitions or every layer of a volume, which would count the same bytes again. A sector there is 512 bytes
// whatever the device says (kernel Documentation/block/stat.rst); times are 32-bit milliseconds and may wrap.
import Terms

final class DiskProbe: Probe {
    let name = "disk"
    /// Data directories come and go seldom; finding their disks costs more than reading the counters.
    private static let searchMicroseconds: UInt64 = 60_000_000

    private let root: Root
    private let dataDirectories: DataDirectories
    private var disks: [String] = []
    private var searchedAt: UInt64?
    /// Disk behind a path; replaced by tests, whose files lie on the wrong one.
    private let behind: (BlockDevices, String) -> String?

    convenience init(root: Root, configuration: Configuration) {
        self.init(root: root, configuration: configuration) { $0.behind(path: $1) }
    }

    init(root: Root, configuration: Configuration, behind: @escaping (BlockDevices, String) -> String?) {
        self.root = root
        self.behind = behind
        dataDirectories = DataDirectories(configuration: configuration)
    }

    func sample(_ moment: Moment) -> Sample {
        var sample = Sample()
        do {
            let statistics = try DiskStatistics.parse(ProcText.read(root.file("/proc/diskstats")))
            if searchedAt.map({ moment.bootMicroseconds &- $0 >= Self.searchMicroseconds }) ?? true {
                disks = findDisks(printed: statistics)
                searchedAt = moment.bootMicroseconds
            }
            for disk in disks.prefix(Limits.labelledPerKind) where disk.utf8.count <= Limits.labelBytes {
                let values = statistics[disk]?.values
                sample.labelled.append((disk, values ?? Catalogue.diskAll.map { ($0, .absent(.unsupported)) }))
            }
            sample.truncated = UInt64(disks.count - sample.labelled.count)
            if disks.isEmpty { sample.cause = .unsupported }
        } catch {
            sample.cause = error
        }
        sample.concludeCause()
        return sample
    }

    /// Judged disks first, so that the limit cuts the others.
    private func findDisks(printed: [String: DiskStatistics]) -> [String] {
        let devices = BlockDevices(root: root)
        let mounts = try? MountTable(root: root)
        var found: [String] = []
        var seen: Set<String> = []
        let paths = ["/"] + dataDirectories.paths(root: root, mounts: mounts)
        for name in paths.compactMap({ behind(devices, $0) }) where seen.insert(name).inserted { found.append(name) }
        // Hardware without a line is hidden behind another name (paths of a multi-path disk).
        let hardware = ((try? devices.physicalDisks()) ?? []).filter { printed[$0] != nil }
        for name in hardware where seen.insert(name).inserted { found.append(name) }
        return found
    }
}

extension Catalogue {
    /// What /proc/diskstats gives of one disk.
    static let diskAll = [
        diskRead, diskWrite, diskReadOperations, diskWriteOperations, diskReadMerged, diskWriteMerged, diskReadTime,
        diskWriteTime, diskIOTime,
    ]
}

/// One line of /proc/diskstats.
struct DiskStatistics {
    var values: Sample.Values

    static let lines = 8192

    static func parse(_ text: ByteText) throws(AbsenceCause) -> [String: DiskStatistics] {
        var found: [String: DiskStatistics] = [:]
        let all = ProcText.wholeLines(text).prefix(lines)
        var isAnyLong = false
        for line in all {
            let words = ProcText.words(line, limit: 32)
            // Kernels before 2.6.25 print four numbers for a partition.
            guard words.count >= 14, !words[2].isEmpty else { continue }
            isAnyLong = true
            found[ProcText.label(words[2])] = DiskStatistics(values: values(Array(words.dropFirst(3))))
        }
        // No disks at all (some containers) is an empty file.
        guard isAnyLong || text.isEmpty else { throw .parse }
        return found
    }

    private static func values(_ words: [ByteText]) -> Sample.Values {
        func count(_ index: Int) -> Reading<UInt64> {
            ProcText.decimal(words[index]).map { .value($0) } ?? .absent(.parse)
        }
        func bytes(_ index: Int) -> Reading<UInt64> {
            guard let sectors = ProcText.decimal(words[index]), sectors <= .max / 512 else { return .absent(.parse) }
            return .value(sectors * 512)
        }
        return [
            (Catalogue.diskRead, bytes(2)), (Catalogue.diskWrite, bytes(6)),
            (Catalogue.diskReadOperations, count(0)), (Catalogue.diskWriteOperations, count(4)),
            (Catalogue.diskReadMerged, count(1)), (Catalogue.diskWriteMerged, count(5)),
            (Catalogue.diskReadTime, count(3)), (Catalogue.diskWriteTime, count(7)), (Catalogue.diskIOTime, count(9)),
        ]
    }
}
