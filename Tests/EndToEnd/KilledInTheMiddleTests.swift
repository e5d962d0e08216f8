import Foundation
import Rehearsal
import Shared
import Testing

/// kill -9 of a collector and of an agent, with real programs: nothing acknowledged may be missing or doubled.
@Suite struct KilledInTheMiddleTests {
    @Test(.timeLimit(.minutes(2)))
    func killingTheCollectorLosesAndDoublesNoReport() async throws {
        try await Scene.play("killed-collector") { scene in
            let hosts = ["db-1", "db-2"]
            let fleet = try await RedisFleet.start(hosts.map { ($0, ["a"]) }, in: scene)
            let load = Load(Load.spread(fleet, commandsPerSecond: 200...200))
            load.start()
            let site = try await Site.open(scene, hosts: hosts)
            var agents: [AgentProcess] = []
            for host in hosts { agents.append(try await site.agent(host, fleet)) }

            for _ in 0..<3 {
                try await site.waitForReports("db-1", more: 5, seconds: 30)
                await site.collector.kill()
                try await site.collector.start()
            }
            try await site.waitForReports("db-2", more: 5, seconds: 40)
            // Asked to stop, an agent delivers what it still has.
            for agent in agents { #expect(await agent.program?.stop() == .exited(0)) }
            await load.stop()

            for host in hosts {
                let runs = try await site.runs(host)
                #expect(runs.count == 1, "one run of the agent of \(host): \(runs)")
                for run in runs { #expect(run.isContiguousFromOne, "\(host): \(run)") }
                #expect(runs.first.map { $0.reports > 15 } ?? false)
            }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func killingAnAgentLosesNothingThatItHadMade() async throws {
        try await Scene.play("killed-agent") { scene in
            let fleet = try await RedisFleet.start([("db-1", ["a"])], in: scene)
            let site = try await Site.open(scene, hosts: ["db-1"])
            let agent = try await site.agent("db-1", fleet)
            try await site.waitForReports("db-1", more: 5, seconds: 30)
            await site.collector.kill()
            // Reports pile up on its disk, and then it is killed too.
            let delivered = try agent.spooledRecords()
            try await Waiting.untilTrue("eight more reports in the spool", seconds: 30, everyMilliseconds: 100) {
                try agent.spooledRecords() >= delivered + 8
            }
            await agent.kill()
            try await site.collector.start()
            let before = try await site.runs("db-1")
            try agent.start()
            try await Waiting.untilTrue("a second run of the agent", seconds: 40, everyMilliseconds: 100) {
                try await site.runs("db-1").count == 2
            }
            try await site.waitForReports("db-1", more: 5, seconds: 30)
            #expect(await agent.program?.stop() == .exited(0))

            let runs = try await site.runs("db-1")
            #expect(runs.count == 2)
            for run in runs { #expect(run.isContiguousFromOne, "\(run)") }
            let first = try #require(runs.first)
            #expect(first.id == before.first?.id)
            // Eight were made while nobody listened.
            #expect(first.reports >= (before.first?.reports ?? 0) + 5, "\(before) became \(runs)")
        }
    }
}
