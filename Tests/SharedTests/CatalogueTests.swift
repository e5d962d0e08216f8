// The one list of measurements: numbers and names stand for one thing each.
import Shared
import Testing

@Suite struct CatalogueTests {
    @Test func numbersAreUniqueAndInRange() {
        let numbers = Catalogue.all.map(\.number)
        #expect(Set(numbers).count == numbers.count)
        #expect(numbers == numbers.sorted())
        #expect(numbers.allSatisfy { (1...999).contains($0) })
    }

    @Test func nameWithAttributeIsUnique() {
        let names = Catalogue.all.map { $0.name + "{" + $0.attribute + "}" }
        #expect(Set(names).count == names.count)
    }

    @Test func everyMeasurementIsFoundByItsNumber() {
        for measurement in Catalogue.all { #expect(Catalogue.measurement(measurement.number) == measurement) }
        #expect(Catalogue.measurement(0) == nil)
        #expect(Catalogue.measurement(1000) == nil)
    }

    /// Numbers stand in stored reports: this list may grow, and nothing in it may change.
    @Test(arguments: [
        (1, "system.cpu.time"), (10, "perch.system.pressure.stall.time"), (21, "system.memory.linux.available"),
        (42, "perch.system.tcp.retransmits"), (60, "perch.agent.cpu.time"), (70, "system.disk.io"),
        (80, "system.filesystem.usage"), (90, "system.network.io"), (201, "redis.cpu.time"), (211, "redis.memory.rss"),
        (230, "redis.commands.processed"), (247, "redis.cmd.usec"), (275, "perch.redis.rdb.file.time"),
        (283, "perch.redis.aof.last_write"), (290, "perch.agent.redis.commands"),
        (310, "perch.system.pressure.stall.time"),
    ])
    func numbersKeepTheirMeaning(number: UInt32, name: String) {
        #expect(Catalogue.measurement(number)?.name == name)
    }

    @Test func namesAreLowercaseAndDotted() {
        for measurement in Catalogue.all {
            #expect(
                measurement.name.utf8.allSatisfy { (97...122).contains($0) || $0 == 46 || $0 == 95 },
                "\(measurement.name)")
            #expect(
                measurement.attribute.split(separator: ",").allSatisfy {
                    $0.split(separator: "=").count == 2 || measurement.attribute.isEmpty
                })
        }
    }

    @Test func prometheusNamesSpellTheUnitOnce() {
        #expect(Catalogue.diskRead.prometheusName == "system_disk_io_bytes_total")
        #expect(Catalogue.redisCommandTime.prometheusName == "redis_cmd_usec_microseconds_total")
        #expect(Catalogue.redisFragmentation.prometheusName == "redis_memory_fragmentation_ratio_ratio")
        #expect(Catalogue.cpuUser.prometheusName == "system_cpu_time_seconds_total")
        #expect(Catalogue.redisClients.prometheusName == "redis_clients_connected")
    }

    @Test func wireUnitsArePowersOfTen() {
        for measurement in Catalogue.all { #expect([1, 1000, 1_000_000].contains(measurement.wirePerUnit)) }
    }
}
