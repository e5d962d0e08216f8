import Foundation
import Shared
import Testing

@testable import Agent

struct PersistenceTests {
    private static func read(
        _ tree: HostTree, _ instances: [PersistenceFiles.Instance],
        _ change: (inout Configuration.Redis) -> Void = { _ in }
    ) -> [String: PersistenceReading] {
        let configuration = HostFixture.configuration { change(&$0.redis) }
        return PersistenceFiles.read(instances: instances, configuration: configuration, root: tree.root)
    }

    private static func set(_ tree: HostTree, _ file: String, seconds: Int, microseconds: Int = 0) throws {
        let times = [timeval(tv_sec: seconds, tv_usec: microseconds), timeval(tv_sec: seconds, tv_usec: microseconds)]
        try #require(utimes(tree.root.file(file), times) == 0)
    }

    @Test func timesAndSizesOfTheFilesAreRead() throws {
        let tree = try HostTree()
        try tree.write("/var/lib/redis-a/dump.rdb", "12345")
        try Self.set(tree, "/var/lib/redis-a/dump.rdb", seconds: 1_700_000_000, microseconds: 250_000)
        for (name, seconds) in [
            ("appendonly.aof.1.base.rdb", 1), ("appendonly.aof.1.incr.aof", 9), ("appendonly.aof.manifest", 3),
        ] {
            try tree.write("/var/lib/redis-a/appendonlydir/" + name, "x")
            try Self.set(tree, "/var/lib/redis-a/appendonlydir/" + name, seconds: seconds)
        }
        let reading = try #require(Self.read(tree, [.init(name: "a", port: 1)])["a"])
        #expect(reading.rdbFileTime == .value(1_700_000_000_250_000))
        #expect(reading.rdbFileSize == .value(5))
        #expect(reading.aofFileTime == .value(9_000_000))
        #expect(reading.unit.allSatisfy { $0.reading == .absent(.unsupported) })
    }

    @Test func theSingleAOFOfOlderServersIsRead() throws {
        let tree = try HostTree()
        try tree.write("/data/appendonly.aof", "x")
        try Self.set(tree, "/data/appendonly.aof", seconds: 77)
        let reading = try #require(Self.read(tree, [.init(name: "a", port: 1, dataDirectory: "/data")])["a"])
        #expect(reading.aofFileTime == .value(77_000_000))
        #expect(reading.rdbFileTime == .absent(.unsupported))
    }

    @Test func withoutPermissionTheTimesAreDenied() throws {
        // Root may look everywhere.
        guard getuid() != 0 else { return }
        let tree = try HostTree()
        try tree.write("/data/dump.rdb", "x")
        try tree.directory("/data/appendonlydir")
        chmod(tree.root.file("/data"), 0)
        defer { chmod(tree.root.file("/data"), 0o700) }
        let reading = try #require(Self.read(tree, [.init(name: "a", port: 1, dataDirectory: "/data")])["a"])
        #expect(reading.rdbFileTime == .absent(.denied))
        #expect(reading.aofFileTime == .absent(.denied))
    }

    @Test func aDirectoryThatSeveralMayMeanIsNobodys() throws {
        let tree = try HostTree()
        try tree.write("/var/lib/redis/dump.rdb", "x")
        let alone = Self.read(tree, [.init(name: "6379", port: 6379)])
        #expect(alone["6379"]?.rdbFileSize == .value(1))
        let two = Self.read(tree, [.init(name: "6379", port: 6379), .init(name: "6380", port: 6380)])
        #expect(two["6379"]?.rdbFileSize == .absent(.unsupported))
        let listed = Self.read(
            tree, [.init(name: "6379", port: 6379, dataDirectory: "/var/lib/redis"), .init(name: "6380", port: 6380)])
        #expect(listed["6379"]?.rdbFileSize == .value(1))
        #expect(listed["6380"]?.rdbFileSize == .absent(.unsupported))
    }

    @Test func anotherUsersDirectoryIsNotTaken() throws {
        let tree = try HostTree()
        try tree.write("/var/lib/redis-a/dump.rdb", "x")
        // Root's directory may be anybody's, and a test may run as root.
        let mine = Self.read(tree, [.init(name: "a", port: 1, uid: getuid())])
        #expect(mine["a"]?.rdbFileSize == .value(1))
        guard getuid() == 0 else {
            let others = Self.read(tree, [.init(name: "a", port: 1, uid: getuid() + 1)])
            #expect(others["a"]?.rdbFileSize == .absent(.unsupported))
            return
        }
        try #require(chown(tree.root.file("/var/lib/redis-a"), 4242, 4242) == 0)
        #expect(Self.read(tree, [.init(name: "a", port: 1, uid: 77)])["a"]?.rdbFileSize == .absent(.unsupported))
        #expect(Self.read(tree, [.init(name: "a", port: 1, uid: 4242)])["a"]?.rdbFileSize == .value(1))
    }

    private static let averages = "avg10=0.00 avg60=0.00 avg300=0.00"

    @Test func theUnitsPressureAndKillsAreRead() throws {
        let tree = try HostTree()
        try tree.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory io\n")
        let places = [
            "redis@a.service": "/sys/fs/cgroup/system.slice/system-redis.slice/redis@a.service",
            "redis-server@b.service":
                "/sys/fs/cgroup/system.slice/system-redis\\x2dserver.slice/redis-server@b.service",
            "redis.service": "/sys/fs/cgroup/system.slice/redis.service",
            "own.service": "/sys/fs/cgroup/data.slice/own.service",
        ]
        for (index, place) in places.values.sorted().enumerated() {
            let total = (index + 1) * 100
            for file in ["cpu", "memory", "io"] {
                try tree.write(
                    "\(place)/\(file).pressure",
                    "some \(Self.averages) total=\(total)\nfull \(Self.averages) total=1\n"
                )
            }
            try tree.write("\(place)/memory.events", "low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\noom_group_kill 0\n")
        }
        var pressure = UnitPressure(root: tree.root)
        for (index, unit) in places.sorted(by: { $0.value < $1.value }).map(\.key).enumerated() {
            let values = pressure.read(unit)
            #expect(values.map(\.measurement) == UnitPressure.measurements)
            #expect(
                values.map(\.reading) == [
                    .value(UInt64(index + 1) * 100), .value(UInt64(index + 1) * 100), .value(UInt64(index + 1) * 100),
                    .value(2),
                ])
        }
        #expect(pressure.read("gone.service").allSatisfy { $0.reading == .absent(.unsupported) })
        #expect(pressure.read("../x.service").allSatisfy { $0.reading == .absent(.unsupported) })
    }

    @Test func mergingPrefersTheFilesTime() throws {
        var info = try RedisFixture.info("redis-7.0.15-used-aof.txt")
        var growth = AOFGrowth()
        growth.note(info)
        #expect(growth.lastWrite(info) == .absent(.unsupported))
        info.aofSizeBytes = 100
        growth.note(info)
        #expect(growth.lastWrite(info) == .absent(.unsupported))
        info.aofSizeBytes = 200
        info.serverTimeMicroseconds = 5_000_000
        growth.note(info)
        #expect(growth.lastWrite(info) == .value(5_000_000))
        info.serverTimeMicroseconds = 6_000_000
        growth.note(info)
        #expect(growth.lastWrite(info) == .value(5_000_000))

        func merged(_ file: Reading<UInt64>, _ grown: Reading<UInt64>, isOn: UInt64 = 1) -> Reading<UInt64>? {
            var sample = InstanceSample(name: "a", port: 1, transport: .tcp, uid: 0)
            sample.readings = [(Catalogue.aofEnabled, .value(isOn)), (Catalogue.aofLastWrite, grown)]
            var reading = PersistenceReading.absent(.unsupported)
            reading.aofFileTime = file
            reading.dataDevice = "sda"
            reading.merge(into: &sample)
            #expect(sample.dataDevice == "sda")
            #expect(sample.reading(Catalogue.rdbFileTime) == .absent(.unsupported))
            #expect(sample.readings.filter { $0.measurement == Catalogue.aofLastWrite }.count == 1)
            return sample.reading(Catalogue.aofLastWrite)
        }
        #expect(merged(.value(9), .value(5)) == .value(9))
        #expect(merged(.absent(.denied), .value(5)) == .value(5))
        #expect(merged(.absent(.denied), .absent(.unsupported)) == .absent(.denied))
        #expect(merged(.value(9), .absent(.unsupported), isOn: 0) == .absent(.unsupported))
    }

    @Test func theListOfInstancesCarriesTheConfiguredDirectory() {
        let configuration = HostFixture.configuration {
            $0.redis.instances = [.init(name: "a", address: "127.0.0.1:1", dataDirectory: "/d")]
        }
        var unseen = InstanceSample(name: "b", port: 2, transport: .tcp, uid: .max)
        unseen.unit = "redis@b.service"
        let known = InstanceSample(name: "a", port: 1, transport: .tcp, uid: 7)
        let instances = PersistenceFiles.instances(of: [known, unseen], configuration: configuration)
        #expect(instances.map(\.dataDirectory) == ["/d", nil])
        #expect(instances.map(\.uid) == [7, nil])
        #expect(instances.map(\.unit) == [nil, "redis@b.service"])
    }
}
