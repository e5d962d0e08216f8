import Foundation
import Shared
import Testing

@testable import Agent

struct DiskProbeTests {
    private let lvm = HostFixture.root("linux-6.1-debian12-lvm")

    private func probe(_ root: Root, _ behind: [String: String] = [:]) -> DiskProbe {
        DiskProbe(root: root, configuration: HostFixture.configuration()) { behind[$1] }
    }

    @Test func aSectorHas512BytesAndTimesStayMilliseconds() {
        let sample = probe(lvm, ["/": "sda"]).sample(HostFixture.moment())
        #expect(sample.reading(Catalogue.diskReadOperations, of: "sda") == .value(1080))
        #expect(sample.reading(Catalogue.diskReadMerged, of: "sda") == .value(2))
        #expect(sample.reading(Catalogue.diskRead, of: "sda") == .value(2080 * 512))
        #expect(sample.reading(Catalogue.diskReadTime, of: "sda") == .value(4))
        #expect(sample.reading(Catalogue.diskWriteOperations, of: "sda") == .value(3080))
        #expect(sample.reading(Catalogue.diskWriteMerged, of: "sda") == .value(6))
        #expect(sample.reading(Catalogue.diskWrite, of: "sda") == .value(4080 * 512))
        #expect(sample.reading(Catalogue.diskWriteTime, of: "sda") == .value(8))
        #expect(sample.reading(Catalogue.diskIOTime, of: "sda") == .value(10))
    }

    @Test func judgedDisksComeFirstAndNothingCountsTwice() {
        let sample = probe(lvm, ["/": "dm-1", "/var/lib/redis": "nvme0n1"]).sample(HostFixture.moment())
        let names = sample.labelled.map(\.label)
        #expect(names == ["dm-1", "nvme0n1", "cciss/c0d0", "sda", "sdb", "sdc"])
        #expect(sample.truncated == 0)
    }

    @Test func aJudgedDiskThatIsNotPrintedIsAbsent() {
        let sample = probe(lvm, ["/": "vdz"]).sample(HostFixture.moment())
        #expect(sample.reading(Catalogue.diskRead, of: "vdz") == .absent(.unsupported))
    }

    @Test func timesNearTheEndOf32BitsAreGivenAsTheyArePrinted() throws {
        let text = try HostFixture.bytes("linux-6.1-debian12-lvm", "proc/diskstats")
        let values = try #require(try DiskStatistics.parse(text)["hda"]?.values)
        let reading = values.first { $0.measurement == Catalogue.diskWriteTime }?.reading
        #expect(reading == .value(4_294_967_295))
        // The four numbers of an old partition line are not a disk's.
        #expect(try DiskStatistics.parse(text)["hda1"] == nil)
    }

    @Test func moreDisksThanTheLimitAreCounted() throws {
        let tree = try HostTree()
        var text = ""
        for number in 0..<70 {
            let name = "sd\(100 + number)"
            text += "8 \(number) \(name) 1 2 3 4 5 6 7 8 0 10 11\n"
            try tree.write("/sys/block/\(name)/device/model", "x")
        }
        try tree.write("/proc/diskstats", text)
        let sample = probe(tree.root, ["/": "sd169"]).sample(HostFixture.moment())
        #expect(sample.labelled.count == 64)
        #expect(sample.truncated == 6)
        #expect(sample.labelled.first?.label == "sd169")
    }

    @Test func theSearchForDisksIsRepeatedAfterAMinute() throws {
        var calls = 0
        let probe = DiskProbe(root: lvm, configuration: HostFixture.configuration()) { _, path in
            calls += path == "/" ? 1 : 0
            return "sda"
        }
        for (seconds, expected) in [(1000, 1), (1010, 1), (1059, 1), (1060, 2), (1061, 2)] as [(UInt64, Int)] {
            _ = probe.sample(HostFixture.moment(seconds: seconds))
            #expect(calls == expected)
        }
    }

    @Test func noFileAndAnEmptyOneAreUnsupportedAndRubbishIsParse() throws {
        #expect(probe(try HostTree().root).sample(HostFixture.moment()).cause == .unsupported)
        #expect(probe(HostFixture.root("linux-6.1-container")).sample(HostFixture.moment()).cause == .unsupported)
        let tree = try HostTree()
        try tree.write("/proc/diskstats", "what is this\n")
        #expect(probe(tree.root).sample(HostFixture.moment()).cause == .parse)
        try tree.write("/proc/diskstats", "8 0 sda x 2 18446744073709551615 4 5 6 7 8 0 10 11\n")
        let sample = probe(tree.root, ["/": "sda"]).sample(HostFixture.moment())
        #expect(sample.reading(Catalogue.diskReadOperations, of: "sda") == .absent(.parse))
        #expect(sample.reading(Catalogue.diskRead, of: "sda") == .absent(.parse))
        #expect(sample.reading(Catalogue.diskWrite, of: "sda") == .value(7 * 512))
    }

    @Test func everyTruncationAndAnyDamageGivesTheTruthOrACause() throws {
        let whole = try HostFixture.bytes("linux-6.1-debian12-lvm", "proc/diskstats").prefix(300)
        let full = Sample(labelled: try DiskStatistics.parse(whole).map { ($0.key, $0.value.values) })
        for end in 0..<whole.count {
            guard let found = try? DiskStatistics.parse(whole.prefix(end)) else { continue }
            #expect(Sample(labelled: found.map { ($0.key, $0.value.values) }).isPart(of: full))
        }
        var random = HostRandom.seeded("disk everyTruncationAndAnyDamage")
        for _ in 0..<300 {
            _ = try? DiskStatistics.parse(random.damaged(whole))
            _ = try? DiskStatistics.parse(random.bytes(300)[...])
        }
    }

    @Test func thisHostAnswersOrSaysWhyNot() {
        let sample = DiskProbe(root: .host, configuration: HostFixture.configuration()).sample(HostFixture.moment())
        #expect(sample.cause != nil || !sample.labelled.isEmpty)
        #expect(sample.cause != .parse)
    }
}

struct BlockDevicesTests {
    private let devices = BlockDevices(root: HostFixture.root("linux-6.1-debian12-lvm"))

    @Test(
        arguments: [
            (8, 0, "sda"), (8, 1, "sda"), (259, 1, "nvme0n1"),
            // A volume on one disk, a volume on that volume, a mirror with one leg.
            (254, 0, "sda"), (254, 2, "sda"), (9, 0, "nvme0n1"),
            // Striped over two disks: the volume itself.
            (254, 1, "dm-1"),
            (104, 0, "cciss/c0d0"), (7, 0, "loop0"),
        ] as [(UInt64, UInt64, String)])
    func aDeviceLeadsToItsDisk(major: UInt64, minor: UInt64, disk: String) {
        #expect(devices.disk(major: major, minor: minor) == disk)
    }

    @Test func whatHasNoDeviceHasNoName() {
        #expect(devices.disk(major: 0, minor: 45) == nil)
        #expect(devices.disk(major: 8, minor: 99) == nil)
        #expect(devices.behind(path: "/var/lib/redis-far") == nil)
        #expect(devices.behind(path: "/nonexistent") == nil)
        #expect(BlockDevices.behind(path: "/proc", root: .host) == nil)
        #expect(BlockDevices.behind(path: "/nonexistent", root: .host) == nil)
    }

    @Test func deviceNumbersAreUnpackedAsGlibcPacksThem() throws {
        // 259:1048577 has a minor number of more than eight bits.
        let tree = try HostTree()
        try tree.directory("/sys/dev/block")
        #expect(symlink("../../class/block/sdz", tree.root.file("/sys/dev/block/259:1048577")) == 0)
        let packed: dev_t = (259 & 0xfff) << 8 | (1_048_577 & 0xff) | (1_048_577 & ~0xff) << 12
        #expect(BlockDevices(root: tree.root).disk(deviceNumber: packed) == "sdz")
        #expect(devices.disk(deviceNumber: 8 << 8 | 2) == "sda")
        #expect(devices.disk(deviceNumber: 259 << 8 | 1) == "nvme0n1")
    }

    @Test func disksHaveHardwareAndAreNoDrivesForDiscs() throws {
        #expect(try devices.physicalDisks() == ["cciss/c0d0", "nvme0n1", "sda", "sdb", "sdc"])
        #expect(try BlockDevices(root: HostFixture.root("linux-6.18-vm")).physicalDisks() == ["vda"])
    }

    @Test func aVolumeOverPartitionsOfOneDiskIsThatDisk() throws {
        let tree = try HostTree()
        for name in ["sda1", "sda2"] {
            try tree.write("/sys/devices/sda/\(name)/partition", "1\n")
            try tree.write("/sys/devices/virtual/md0/slaves/\(name)/x", "")
        }
        try tree.directory("/sys/class/block")
        try tree.directory("/sys/dev/block")
        for (link, target) in [
            ("/sys/class/block/sda1", "../../devices/sda/sda1"), ("/sys/class/block/sda2", "../../devices/sda/sda2"),
            ("/sys/class/block/md0", "../../devices/virtual/md0"), ("/sys/dev/block/9:0", "../../devices/virtual/md0"),
        ] { #expect(symlink(target, tree.root.file(link)) == 0) }
        #expect(BlockDevices(root: tree.root).disk(major: 9, minor: 0) == "sda")
    }

    @Test func slavesInALoopEnd() throws {
        let tree = try HostTree()
        try tree.write("/sys/class/block/dm-0/slaves/dm-1/x", "")
        try tree.write("/sys/class/block/dm-1/slaves/dm-0/x", "")
        try tree.directory("/sys/dev/block")
        #expect(symlink("../../class/block/dm-0", tree.root.file("/sys/dev/block/254:0")) == 0)
        #expect(BlockDevices(root: tree.root).disk(major: 254, minor: 0) != nil)
    }
}

struct DataDirectoriesTests {
    @Test func patternsFindWhatIsThereAndInstancesAreFilledIn() throws {
        let tree = try HostTree()
        for name in ["redis-a", "redis-6380", "redis", "redis-", "other"] { try tree.directory("/var/lib/" + name) }
        try tree.directory("/var/lib/redis/inner")
        let configuration = HostFixture.configuration {
            $0.redis.instances = [
                .init(name: "b", address: "127.0.0.1:6379"),
                .init(name: "c", address: "/run/c", dataDirectory: "/data/c"),
            ]
        }
        let paths = DataDirectories(configuration: configuration).paths(root: tree.root, mounts: nil)
        #expect(paths.contains("/data/c"))
        #expect(paths.contains("/var/lib/redis-b"))
        #expect(paths.contains("/var/lib/redis-6379"))
        #expect(paths.contains("/var/lib/redis-a"))
        #expect(paths.contains("/var/lib/redis-6380"))
        #expect(paths.contains("/var/lib/redis/inner"))
        #expect(!paths.contains("/var/lib/redis-"))
        #expect(!paths.contains("/var/lib/other"))
        #expect(Set(paths).count == paths.count)
    }

    @Test func thousandsOfDirectoriesAreCut() throws {
        let tree = try HostTree()
        for number in 0..<50 { try tree.directory("/var/lib/redis-\(number)") }
        let directories = DataDirectories(configuration: HostFixture.configuration())
        #expect(directories.paths(root: tree.root, mounts: nil, limit: 10).count == 10)
    }

    @Test func aDirectoryOnARemoteMountIsNotListed() throws {
        let tree = try HostTree()
        try tree.directory("/var/lib/redis-a")
        let text = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /var/lib rw - nfs4 filer:/x rw\n"
        let table = try MountTable.parse(Array(text.utf8)[...])
        let paths = DataDirectories(configuration: HostFixture.configuration()).paths(root: tree.root, mounts: table)
        #expect(!paths.contains("/var/lib/redis-a"))
    }

    @Test func brokenPatternsAreHarmless() throws {
        let configuration = HostFixture.configuration {
            $0.redis.dataDirectories = ["{", "}", "{name}", "/{", "/{a}{b}", "", "x"]
        }
        #expect(DataDirectories(configuration: configuration).paths(root: .host, mounts: nil).isEmpty)
    }
}
