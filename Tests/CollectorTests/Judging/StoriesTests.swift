import Evaluation
import Foundation
import Ledger
import Shared
import Testing

@testable import Collector

/// Whole lives of roll-outs under the default days 2, 3, 7 and 10, with a clock that the test moves, and the trail that
/// each leaves in the log. Blocks are half an hour, so that an hour of the Judge is a quarter of a day.
@Suite struct StoriesTests {
    private static let day = 24 * 60
    private static let stepSeconds: UInt64 = 600
    private static let policyText = """
        version: 1
        name: days
        block_seconds: 1800
        min_hours_pass: 4
        metrics:
          log: {level: observe}
          disk: {level: observe}
          slow: {level: observe}
        rules:
          port_allowlist: {level: observe}
          port_expected: {level: observe}
          journal_new: {level: observe}
          unapproved_login: {level: observe}
        """

    private struct Story {
        var world: JudgingServiceTests.World

        init() async throws {
            world = try JudgingServiceTests.World(store: TestStore.make(), policies: ["days": policyText])
            world.stepSeconds = stepSeconds
            for (host, names) in [("o1", "abcdef"), ("n1", "abc"), ("n2", "def")] {
                world.hosts[host] = SyntheticHost(
                    host, instances: names.map(String.init), startSeconds: JudgingServiceTests.start,
                    intervalSeconds: stepSeconds)
            }
            var spec = JudgingServiceTests.World.spec
            spec.policy = "days"
            _ = try await world.service.create(spec, by: "tool")
        }

        mutating func live(days: Double) async { await world.live(minutes: Int(days * Double(day))) }

        func advance(to stage: Stage) async throws {
            let gate = try #require(await world.gate(stage))
            #expect(gate.ok, "\(stage): \(gate.reasons)")
            let view = try await world.service.advance(
                "r1", to: stage, reason: "it is time", by: "tool", expecting: nil)
            #expect(view.stage == stage)
        }

        func refuses(_ stage: Stage, because word: String) async {
            let error = await #expect(throws: Problem.self) {
                try await world.service.advance("r1", to: stage, reason: "", by: "tool", expecting: nil)
            }
            #expect(error?.code == .gateClosed)
            #expect(error?.reasons?.contains { $0.contains(word) } == true, "\(error?.reasons ?? [])")
        }

        /// The tool moves instances: their old copies are gone, the new ones go on.
        mutating func move(_ names: String) async throws {
            let moves = names.map(String.init).map { name in
                RolloutSpec.Move(name: name, from: "o1", to: "abc".contains(name) ? "n1" : "n2")
            }
            _ = try await world.service.note(moves, of: "r1", by: "tool", expecting: nil)
            world.hosts["o1"]?.instances.removeAll { names.contains($0.name) }
        }

        mutating func makeErrors(_ count: UInt64) {
            for index in 0..<3 { world.hosts["n1"]?.instances[index].errorsPerReport = count }
        }

        /// What the log says of the roll-out, verdicts by their state, oldest first, repeats left out.
        func trail() async throws -> [String] {
            try await world.ledger.service.flush()
            let logged = try await world.store.statements(before: .max, limit: 1000).reversed()
            var trail: [String] = []
            for item in logged {
                let payload = try Envelope(reading: item.statement.envelope).payload
                let word: String
                if item.statement.kind == "verdict" {
                    word = try VerdictStatement(reading: payload).verdict.rawValue
                } else {
                    let record = try RecordStatement(reading: payload)
                    let action = record.predicate["action"]?.text ?? ""
                    word = action == "advanced" ? "to " + (record.predicate["stage"]?.text ?? "") : action
                }
                if trail.last != word { trail.append(word) }
            }
            return trail
        }

        /// The last verdict, from its files alone.
        func verifyLast() async throws {
            let view = try #require(await world.verdict())
            let report = try world.ledger.verify(try await world.ledger.archive(of: view.id))
            #expect(report.findings.contains { $0.claim == .recomputed && $0.isProved })
        }
    }

    @Test func tenDaysThroughAllStages() async throws {
        var story = try await Story()
        await story.live(days: 1.5)
        await story.refuses(.open, because: "2d")
        await story.live(days: 1)
        try await story.advance(to: .open)
        await story.refuses(.migrating, because: "3d")
        await story.live(days: 0.6)
        try await story.advance(to: .migrating)
        try await story.move("abc")
        await story.live(days: 2)
        await story.refuses(.switched, because: "7d")
        try await story.move("def")
        await story.live(days: 2)
        try await story.advance(to: .switched)
        await story.refuses(.retired, because: "10d")
        await story.live(days: 3)
        try await story.advance(to: .retired)
        #expect(
            try await story.trail() == [
                "created", "INCONCLUSIVE", "PASS", "to open", "PASS", "to migrating", "moved", "PASS", "moved", "PASS",
                "to switched", "PASS", "to retired",
            ])
        try await story.verifyLast()
    }

    @Test func aFailOnDayFiveAfterMigrationBegan() async throws {
        var story = try await Story()
        await story.live(days: 3.1)
        try await story.advance(to: .open)
        try await story.advance(to: .migrating)
        try await story.move("def")
        await story.live(days: 2)
        #expect(await story.world.gate(.open)?.state == .open)
        story.makeErrors(100)
        await story.live(days: 1.1)
        let gate = try #require(await story.world.gate(.open))
        // No further instance is placed, although this gate was passed.
        #expect(gate.state == .blocked && gate.summary.lowercased().contains("error"), "\(gate.summary)")
        await story.refuses(.switched, because: "rror")
        let back = try await story.world.service.rollBack(
            "r1", reason: "errors on n1", by: "tool", expecting: nil)
        #expect(back.stage == .rolledBack)
        #expect(
            try await story.trail() == [
                "created", "INCONCLUSIVE", "PASS", "to open", "to migrating", "moved", "PASS", "FAIL", "rolledBack",
            ])
        try await story.verifyLast()
    }

    @Test func aFailThatAnApproverAccepts() async throws {
        var story = try await Story()
        await story.live(days: 1)
        story.makeErrors(100)
        await story.live(days: 1)
        story.makeErrors(0)
        await story.live(days: 1.1)
        let view = try #require(await story.world.verdict())
        #expect(view.verdict == .fail)
        let checks = Set(view.checks.filter { $0.outcome == "FAIL" || $0.outcome == "INCONCLUSIVE" }.map(\.id))
            .union([view.failedCheck].compactMap { $0 }).sorted()
        let now = story.world.clock.nowMicroseconds()
        let until = now + 2 * 86_400 * 1_000_000
        let request = OverrideRequest(
            verdictID: view.id, checks: checks, until: Timestamp.text(microseconds: until),
            reason: "the errors were those of a load test that ran into these instances")
        let own = await #expect(throws: Problem.self) {
            try await story.world.service.override(
                request, untilMicroseconds: until, of: "r1", by: "tool", expecting: nil)
        }
        #expect(own?.code == .approvalOwn)
        _ = try await story.world.service.override(
            request, untilMicroseconds: until, of: "r1", by: "approver", expecting: nil)
        let gate = try #require(await story.world.gate(.open))
        #expect(gate.ok && gate.verdict == .fail && gate.override?.by == "approver", "\(gate.reasons)")
        try await story.advance(to: .open)
        await story.live(days: 2.1)
        // Its end closes the gate again; the verdict never was another.
        #expect(await story.world.gate(.open)?.state == .blocked)
        #expect(
            try await story.trail() == [
                "created", "INCONCLUSIVE", "FAIL", "overridden", "to open", "FAIL",
            ])
        try await story.verifyLast()
    }
}
