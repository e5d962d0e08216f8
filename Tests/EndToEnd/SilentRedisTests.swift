import Foundation
import Glibc
import Rehearsal
import Shared
import Testing

/// A Redis that stands still, as a host sees it: its own values are absent with a cause, the rest comes in time.
@Suite struct SilentRedisTests {
    @Test(.timeLimit(.minutes(1)))
    func aStoppedRedisIsAbsentWithACauseAndTheOthersArePresent() async throws {
        try await Scene.play("stopped-redis") { scene in
            let fleet = try await RedisFleet.start([("db-1", ["a", "b", "c"])], in: scene)
            let agent = try AgentProcess(
                in: scene, host: "db-1", servers: fleet.servers, pace: Site.pace, collector: nil, credentials: nil)
            let stopped = try #require(fleet.server("b", on: "db-1"))
            stopped.signal(SIGSTOP)
            let began = ContinuousClock.now
            let output = try await scene.run("perch-agent", ["--config", agent.configuration, "--once"], seconds: 20)
            #expect(output.isSuccess, "\(output.standardError)")
            // The longest wait for one probe, and for the pings before it.
            #expect(began.duration(to: .now) < .seconds(12))

            let report = try OnceReport(output.standardOutput)
            #expect(report.instances.keys.sorted() == ["a", "b", "c"])
            #expect(report.instances["b"]?.absent == "timeout")
            #expect(report.instances["b"]?.hasValuesOfRedis == false)
            for name in ["a", "c"] {
                let instance = try #require(report.instances[name])
                #expect(instance.absent == nil)
                #expect(instance.hasValuesOfRedis, "\(instance.readings.keys)")
            }
            stopped.signal(SIGCONT)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func reportsKeepComingInTimeWhileARedisStandsStill() async throws {
        try await Scene.play("stopped-redis-reports") { scene in
            let fleet = try await RedisFleet.start([("db-1", ["a", "b"])], in: scene)
            let site = try await Site.open(scene, hosts: ["db-1"])
            let pace = AgentProcess.Pace(reportMilliseconds: 1000, pingMilliseconds: 100)
            let agent = try await site.agent("db-1", fleet, pace: pace)
            try await site.waitForReports("db-1", more: 2, seconds: 30)
            let stopped = try #require(fleet.server("b", on: "db-1"))
            stopped.signal(SIGSTOP)
            try await site.waitForReports("db-1", more: 8, seconds: 30)
            stopped.signal(SIGCONT)
            #expect(await agent.program?.stop() == .exited(0))

            // Ticks are a second apart: by their own times no report is late or left out.
            let times = try await site.query("SELECT time_us FROM reports ORDER BY sequence")
                .compactMap { $0.first.flatMap(Int.init) }
            #expect(times.count >= 10)
            for (earlier, later) in zip(times, times.dropFirst()) {
                #expect((500_000..<1_500_000).contains(later - earlier), "\(later - earlier) us between two reports")
            }
        }
    }
}
