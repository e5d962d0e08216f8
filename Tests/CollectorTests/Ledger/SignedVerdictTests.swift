import Evaluation
import Foundation
import Judge
import Ledger
import Policy
import Shared
import Testing

@testable import Collector

/// Verdicts as an auditor gets them: signed, in the log, and judged again from their files alone.
@Suite struct SignedVerdictTests {
    private typealias World = JudgingServiceTests.World

    private func world() async throws -> World {
        let world = try World(store: TestStore.make())
        _ = try await world.service.create(World.spec, by: "tool")
        return world
    }

    private func verified(_ world: World) async throws -> VerificationReport {
        let view = try #require(await world.verdict())
        let report = try world.ledger.verify(try await world.ledger.archive(of: view.id))
        #expect(report.verdict.verdict.rawValue == view.verdict.rawValue)
        #expect(report.verdict.look.number == UInt64(view.hour))
        let claims = report.findings.filter(\.isProved).map(\.claim)
        #expect(claims == [.authentic, .logged, .evidence, .recomputed], "\(report.notProved)")
        return report
    }

    @Test func aPassIsSignedLoggedAndJudgedAgainFromItsFiles() async throws {
        var world = try await world()
        await world.live(minutes: 13)
        _ = try await verified(world)
        await world.live(minutes: 12 * 8)
        let report = try await verified(world)
        #expect(report.verdict.verdict == .pass)
        #expect(report.verdict.failedTests.isEmpty && !report.verdict.passedTests.isEmpty)
        #expect(report.verdict.stage == .mirroring && report.verdict.look.judging == 1)
    }

    @Test func aFailIsJudgedAgainEvenAfterItsCheckPassesAgain() async throws {
        var world = try await world()
        for index in 0..<3 { world.hosts["n1"]?.instances[index].errorsPerReport = 100 }
        await world.live(minutes: 12 * 2)
        for index in 0..<3 { world.hosts["n1"]?.instances[index].errorsPerReport = 0 }
        await world.live(minutes: 12 * 20)
        let report = try await verified(world)
        #expect(report.verdict.verdict == .fail)
        #expect(report.verdict.checks.contains { $0.outcome == .fail })
    }

    @Test func silenceStagesMovesAndInvalidationsAreEvidenceToo() async throws {
        var world = try await world()
        await world.live(minutes: 12 * 2)
        await world.live(minutes: 12, silent: ["n1"])
        await world.live(minutes: 12 * 7)
        _ = try await verified(world)
        let now = world.clock.nowMicroseconds()
        _ = try await world.service.invalidate(
            Rollout.Invalidation(
                id: UUIDv7.make(nowMicroseconds: now), host: "n1",
                fromMicroseconds: JudgingServiceTests.start * 1_000_000 + 24 * 60_000_000,
                toMicroseconds: JudgingServiceTests.start * 1_000_000 + 40 * 60_000_000, atMicroseconds: now,
                by: "approver", reason: "a switch was replaced"), of: "r1", expecting: nil)
        await world.live(minutes: 12 * 8)
        for stage in [Stage.open, .migrating] {
            _ = try await world.service.advance("r1", to: stage, reason: "", by: "tool", expecting: nil)
        }
        _ = try await world.service.note(
            [RolloutSpec.Move(name: "a", from: "o1", to: "n1")], of: "r1", by: "tool", expecting: nil)
        await world.live(minutes: 12 * 2)
        let report = try await verified(world)
        #expect(report.verdict.stage == .migrating && report.verdict.look.judging == 2)
        #expect(report.verdict.look.basis == .moved)
        #expect(report.verdict.invalidations.count == 1)
        // A restart judges the same, and goes on in the same log.
        try await world.restart()
        await world.live(minutes: 12)
        _ = try await verified(world)
    }

    @Test func aBannedHostsReportsAreTakenOutAndTheVerdictIsSuperseded() async throws {
        var world = try await world()
        await world.live(minutes: 12 * 8)
        let before = try #require(await world.verdict())
        #expect(before.verdict == .pass)
        let since = world.clock.nowMicroseconds() - 30 * 60_000_000
        try await world.service.distrust("n1", since: since, reason: "its key was stolen", by: "approver")
        // The same again changes nothing.
        try await world.service.distrust("n1", since: since, reason: "its key was stolen", by: "approver")
        await world.live(minutes: 12, silent: ["n1"])
        let report = try await verified(world)
        #expect(report.verdict.verdict == .inconclusive)
        #expect(report.verdict.look.judging == 2 && report.verdict.invalidations.count == 1)
        let corrections = try await world.store.statements(before: .max, limit: 100).compactMap { logged in
            try? VerdictStatement(reading: Envelope(reading: logged.statement.envelope).payload).supersedes
        }
        #expect(corrections.map(\.description) == [before.id])
    }

    @Test func changedEvidenceIsRefused() async throws {
        var world = try await world()
        await world.live(minutes: 12 * 2 + 1)
        let view = try #require(await world.verdict())
        let files = try await world.ledger.archive(of: view.id)
        _ = try world.ledger.verify(files)
        for name in files.keys.sorted() where !name.hasPrefix("keys/") && name != "README.txt" {
            var changed = files
            let middle = (files[name]?.count ?? 0) / 2
            changed[name]?[middle] ^= 1
            #expect(throws: VerificationError.self, "\(name)") { try world.ledger.verify(changed) }
            changed[name] = nil
            #expect(throws: VerificationError.self, "\(name)") { try world.ledger.verify(changed) }
        }
    }

    @Test func everyDecisionIsInTheLogWithTheVerdicts() async throws {
        var world = try await world()
        await world.live(minutes: 12 * 8)
        _ = try await world.service.advance("r1", to: .open, reason: "enough", by: "tool", expecting: nil)
        _ = try await world.service.rollBack("r1", reason: "the site is closed", by: "tool", expecting: nil)
        try await world.ledger.service.flush()
        let logged = try await world.store.statements(before: .max, limit: 100)
        #expect(logged.allSatisfy { $0.index != nil })
        let stages = logged.reversed().map(\.statement).filter { $0.kind == "stage" }
        #expect(stages.map(\.summary) == ["r1 created", "r1 advanced: enough", "r1 rolledBack: the site is closed"])
        #expect(stages.allSatisfy { $0.by == "tool" && $0.rollout == "r1" })
        #expect(logged.filter { $0.statement.kind == "verdict" }.count >= 7)
    }

    @Test func anOverrideIsNamedByTheVerdictsThatItStandsBeside() async throws {
        var world = try await world()
        for index in 0..<3 { world.hosts["n1"]?.instances[index].errorsPerReport = 100 }
        await world.live(minutes: 12 * 4)
        let view = try #require(await world.verdict())
        #expect(view.verdict == .fail)
        let failing = Set(view.checks.filter { $0.outcome == "FAIL" }.map(\.id) + [view.failedCheck].compactMap { $0 })
            .sorted()
        let until = world.clock.nowMicroseconds() + 86_400_000_000
        _ = try await world.service.override(
            OverrideRequest(
                verdictID: view.id, checks: failing, until: Timestamp.text(microseconds: until),
                reason: "a known fault of the load generator"),
            untilMicroseconds: until, of: "r1", by: "approver", expecting: nil)
        await world.live(minutes: 13)
        let report = try await verified(world)
        let reference = try #require(report.verdict.overrides.first)
        let row = try #require(try await world.store.statement(id: reference.id.description)).statement
        #expect(row.entryDigest == reference.entrySha256)
        let record = try RecordStatement(reading: Envelope(reading: row.envelope).payload)
        #expect(record.subjects.first?.name == "verdict:\(view.id)")
    }
}
