import Evaluation
import Evidence
import Judge
import Shared
import Testing

@testable import Collector

/// Servers that are compared without pairs: six old and three new hosts, a day of blocks before the roll-out.
@Suite struct HostComparisonTests {
    private static let old = (1...6).map { "o\($0)" }
    private static let new = ["n1", "n2", "n3"]

    /// A world whose hosts have lived for a day of 60-s blocks, each a little different from the others.
    private func world(instances: [String], newCPU: UInt64) async throws -> JudgingServiceTests.World {
        var world = try JudgingServiceTests.World(store: TestStore.make())
        let begin = JudgingServiceTests.start
        world.hosts = [:]
        world.stepSeconds = 30
        for (number, name) in Self.old.enumerated() {
            var host = SyntheticHost(
                name, instances: instances, startSeconds: begin, intervalSeconds: world.stepSeconds)
            for index in host.instances.indices { host.instances[index].cpuPerReport = 20_000 + UInt64(number) * 10 }
            world.hosts[name] = host
        }
        await world.live(minutes: 24 * 12 + 1)
        let now = world.clock.nowMicroseconds() / 1_000_000
        for (number, name) in Self.new.enumerated() {
            var host = SyntheticHost(
                name, instances: instances, startSeconds: now, intervalSeconds: world.stepSeconds)
            for index in host.instances.indices { host.instances[index].cpuPerReport = newCPU + UInt64(number) * 10 }
            world.hosts[name] = host
        }
        var spec = JudgingServiceTests.World.spec
        spec.old = Self.old
        spec.new = Self.new
        spec.pairs = .none
        _ = try await world.service.create(spec, by: "tool")
        return world
    }

    @Test(arguments: [(UInt64(20_000), VerdictState.pass), (40_000, .fail)])
    func hostsAreComparedWithTheirOwnPast(_ newCPU: UInt64, _ expected: VerdictState) async throws {
        var world = try await world(instances: ["a"], newCPU: newCPU)
        await world.live(minutes: 12 * 25)
        let view = try #require(await world.verdict())
        #expect(view.verdict == expected, "\(view.reason) \(view.missing)")
        // Anybody can judge it again.
        let entry = try #require(await world.service.entry("r1"))
        let text = try await world.service.export(entry)
        let replayed = try CaseFileReplay.verdicts(
            CaseFile(text: text, file: "export.csv"), file: "export.csv", policy: entry.policy.judge)
        #expect(replayed.last?.hour == view.hour)
        #expect(replayed.last?.state.rawValue == view.verdict.rawValue)
        // A restart changes nothing.
        let checks = view.checks
        try await world.restart()
        #expect(await world.verdict()?.checks == checks)
        await world.live(minutes: 12)
        #expect(await world.verdict()?.hour == view.hour + 1)
    }

    @Test func thePastIsFrozenOnceAndReadTheSameAgain() async throws {
        var world = try await world(instances: ["a"], newCPU: 20_000)
        await world.live(minutes: 13)
        let entry = try #require(await world.service.entry("r1"))
        let start = BlockTime.hour(ofBlock: entry.judge.startBlock)
        let rows = try await world.store.blocks(
            host: "o1", blockSeconds: 60, from: Int64((start - 24) * 12), to: Int64(start * 12 - 1))
        #expect(rows.count == 288)
        let question = BaselineQuestion(startHour: start, old: Self.old, new: Self.new, instances: [:])
        let past = try await world.service.baseline(
            question, entry.rollout.context(ApprovedRecords()), blockSeconds: 60)
        #expect(past.hours.count == 24)
        let hosts = try #require(past.hours[-1])
        #expect(hosts.map(\.host) == Self.old + Self.new)
        // 20,000 us for 1,000 operations, and the common past of the old hosts for a new one.
        #expect(hosts[0].values[.cpu] == .value(20))
        let common = try #require(hosts[6].values[.cpu].value)
        #expect((common - 20.025).magnitude < 0.001)
    }
}
