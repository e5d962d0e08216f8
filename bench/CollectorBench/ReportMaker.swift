import Foundation
import Shared

/// Bodies of POST /v1/reports for one made-up host: 20 instances whose counters grow, one report each.
struct ReportMaker {
    private var report = Report()

    /// - Parameters:
    ///   - machine: stays the same for a host, or it would have to be registered anew.
    ///   - run: another one for each round, so that sequences begin at 1 again.
    init(host: String, machine: Int, run: Int, instances: Int) {
        report.version = Report.currentVersion
        report.host = host
        report.runID = Data((0..<16).map { UInt8(truncatingIfNeeded: run &* 31 &+ $0) })
        report.bootID = Data(repeating: 5, count: 16)
        report.intervalUs = 10_000_000
        report.agentVersion = "bench"
        report.machineIDDigest = Data(repeating: UInt8(truncatingIfNeeded: machine), count: 32)
        report.timeUs = UInt64(Date().timeIntervalSince1970) * 1_000_000
        report.boottimeUs = 1_000_000_000
        report.names = (0..<instances).map { "redis-\($0)" } + ["get", "set", "hget", "expire"]
        report.hostReadings.set(Catalogue.cpuCount, 8)
        for (measurement, value) in [(Catalogue.cpuUser, 7_000_000), (Catalogue.cpuIdle, 900_000_000)] {
            report.hostReadings.set(measurement, UInt64(value))
        }
        report.instances = (0..<instances).map { Self.instance($0, commands: instances) }
    }

    private static func instance(_ number: Int, commands first: Int) -> Instance {
        var instance = Instance()
        instance.name = UInt32(number + 1)
        instance.port = UInt32(6379 + number)
        instance.redisRunID = Data(repeating: UInt8(truncatingIfNeeded: number), count: Limits.redisRunIDBytes)
        let measurements = Catalogue.all.filter { $0.level == .instance && $0.number < 310 }
        for measurement in measurements {
            instance.readings.set(measurement, UInt64.random(in: 1...9_000_000))
        }
        instance.ping.buckets = [500, 510, 520, 533, 547]
        instance.ping.count = [3, 3, 2, 1, 1]
        instance.commands.name = (1...4).map { UInt32(first + $0) }
        instance.commands.calls = (0..<4).map { _ in UInt64.random(in: 1_000...9_000_000) }
        instance.commands.usec = instance.commands.calls.map { $0 * 2 }
        let edges = CommandHistogram.edgesMicroseconds.count
        instance.commands.durations.buckets = (0..<4).flatMap { command in
            [0, 1, 2, 4].map { UInt32(command * edges + $0) }
        }
        instance.commands.durations.count = (0..<4).flatMap { _ in [900, 300, 40, 2] }
        return instance
    }

    /// The next report as a batch of one.
    mutating func next() throws -> [UInt8] {
        report.sequence += 1
        report.timeUs += 10_000_000
        report.boottimeUs += 10_000_000
        for index in report.instances.indices {
            for value in report.instances[index].readings.value.indices {
                report.instances[index].readings.value[value] += 977
            }
        }
        var batch = ReportBatch()
        batch.reports = [report]
        return try batch.serializedBytes()
    }
}
