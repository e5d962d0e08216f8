import Evidence
import Judge
import Shared
import Testing

@testable import Collector

/// Evaluations that begin anew, run again or go on without pairs, with a clock that the test moves.
@Suite struct EvaluationTests {
    typealias World = JudgingServiceTests.World

    private func world() async throws -> World {
        let world = try World(store: TestStore.make())
        _ = try await world.service.create(World.spec, by: "tool")
        return world
    }

    private static let reason = "the switch in rack 4 was being replaced"
    private static let invalidationID = "0198f1c2-0000-7000-8000-000000000001"

    @Test func otherArtefactsBeginAnEvaluationFromZero() async throws {
        var world = try await world()
        await world.live(minutes: 12 * 2)
        for index in 0..<3 { world.hosts["n1"]?.instances[index].errorsPerReport = 100 }
        await world.live(minutes: 12 * 3)
        #expect(await world.verdict()?.verdict == .fail)
        for index in 0..<3 { world.hosts["n1"]?.instances[index].errorsPerReport = 0 }
        let artifacts = [RolloutSpec.Artifact(name: "pkg:deb/x", sha256: String(repeating: "1", count: 64))]
        let view = try await world.service.replaceArtifacts(
            artifacts, files: nil, of: "r1", by: "tool", expecting: 1)
        #expect(view.version == 2 && view.artifacts == artifacts)
        await world.live(minutes: 12 * 9)
        let verdict = try #require(await world.verdict())
        #expect(verdict.judging == 2)
        #expect(verdict.verdict == .pass, "\(verdict.missing)")
        // And so it is after a restart.
        try await world.restart()
        #expect(await world.verdict()?.checks == verdict.checks)
        await world.live(minutes: 12)
        #expect(await world.verdict()?.hour == verdict.hour + 1)
    }

    @Test func anInvalidatedTimeIsAbsentAndTheRestIsJudgedAgain() async throws {
        var world = try await world()
        await world.live(minutes: 12 * 2)
        let from = world.clock.nowMicroseconds()
        for index in 0..<3 { world.hosts["n1"]?.instances[index].errorsPerReport = 100 }
        await world.live(minutes: 12 * 2)
        let to = world.clock.nowMicroseconds() + 60_000_000
        for index in 0..<3 { world.hosts["n1"]?.instances[index].errorsPerReport = 0 }
        await world.live(minutes: 12 * 2)
        #expect(await world.verdict()?.verdict == .fail)
        let view = try await world.service.invalidate(
            Rollout.Invalidation(
                id: Self.invalidationID, host: "", fromMicroseconds: from, toMicroseconds: to,
                atMicroseconds: world.clock.nowMicroseconds(),
                by: "approver", reason: Self.reason), of: "r1", expecting: nil)
        #expect(view.version == 2)
        await world.live(minutes: 12 * 14)
        let verdict = try #require(await world.verdict())
        #expect(verdict.judging == 2 && verdict.hour >= 19)
        #expect(verdict.verdict == .pass, "\(verdict.missing)")
        try await world.restart()
        #expect(await world.verdict()?.checks == verdict.checks)
    }

    @Test func aTimeThatIsNotPastOrAHostOfAnotherRolloutCannotBeInvalidated() async throws {
        let world = try await world()
        let now = world.clock.nowMicroseconds()
        for (host, from, to) in [("n9", now - 2, now - 1), ("", now - 1, now + 1), ("", now - 1, now - 2)] {
            await #expect(throws: Problem.self) {
                try await world.service.invalidate(
                    Rollout.Invalidation(
                        id: Self.invalidationID, host: host, fromMicroseconds: from, toMicroseconds: to,
                        atMicroseconds: now, by: "approver",
                        reason: Self.reason), of: "r1", expecting: nil)
            }
        }
    }

    @Test func anotherPolicyJudgesTheSameEvidenceBesideTheVerdict() async throws {
        var world = try await world()
        for host in ["n1", "n2"] {
            for index in 0..<3 { world.hosts[host]?.instances[index].cpuPerReport = 22_000 }
        }
        await world.live(minutes: 12 * 9)
        let verdict = try #require(await world.verdict())
        #expect(verdict.verdict == .pass, "\(verdict.missing)")
        let strict = try await world.service.rejudge("r1", policy: "strict")
        #expect(strict.verdict == .fail && strict.hour == verdict.hour && strict.policy == "strict")
        let same = try await world.service.rejudge("r1", policy: "short")
        #expect(same.checks == verdict.checks)
        #expect(await world.verdict() == verdict)
        let kept = try await world.store.rejudged(rollout: "r1", limit: 10)
        #expect(kept.map(\.id) == [same.id, strict.id])
        for name in ["default", "none"] {
            let refusal = await #expect(throws: Problem.self) { try await world.service.rejudge("r1", policy: name) }
            #expect(refusal?.code == .policyInvalid)
        }
    }

    @Test func movesEndPairsAndOnlyWithinTheRollout() async throws {
        var world = try await world()
        await world.live(minutes: 12 * 2)
        let move = RolloutSpec.Move(name: "a", from: "o1", to: "n1")
        let first = try await world.service.note([move], of: "r1", by: "tool", expecting: nil)
        let again = try await world.service.note([move], of: "r1", by: "tool", expecting: nil)
        #expect(first.version == 2 && again.version == 2)
        await world.live(minutes: 12)
        #expect(await world.service.entry("r1")?.view.pairs.map(\.name) == ["b", "c", "d", "e", "f"])
        let wrong = RolloutSpec.Move(name: "b", from: "n1", to: "o1")
        await #expect(throws: Problem.self) {
            try await world.service.note([wrong], of: "r1", by: "tool", expecting: nil)
        }
    }
}
