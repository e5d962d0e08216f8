import Evidence
import Foundation
import Logging
import Policy
import Shared
import Testing

@testable import Collector

/// A roll-out lived through with a clock that the test moves: six pairs, one old and two new hosts, blocks of 60 s.
@Suite struct JudgingServiceTests {
    static let start: UInt64 = 6_000_480  // the first second of an hour of 60-s blocks
    static let policyText = """
        version: 1
        name: short
        block_seconds: 60
        min_hours_pass: 6
        metrics:
          log: {level: observe}
          disk: {level: observe}
          slow: {level: observe}
        rules:
          port_allowlist: {level: observe}
          port_expected: {level: observe}
          journal_new: {level: observe}
          unapproved_login: {level: observe}
        gates:
          open: {age: 30m}
          migrating: {age: 2h}
          switched: {age: 3h}
          retired: {age: 4h, idle: 10m}
        """

    /// The same with a margin that a tenth more CPU time breaks.
    static let strictText =
        policyText.replacingOccurrences(of: "name: short", with: "name: strict")
        .replacingOccurrences(of: "metrics:", with: "metrics:\n  cpu: {margin: 2%}")

    /// The world: hosts that report to a service over a store.
    struct World {
        let store: any Store
        let ledger: TestLedger
        let clock = ManualClock(microseconds: JudgingServiceTests.start * 1_000_000)
        var service: JudgingService
        var hosts: [String: SyntheticHost]
        let hub = ChangeHub()
        let shelf: PolicyShelf
        /// Of reports; hosts that a test adds have the same.
        var stepSeconds: UInt64 = 10

        /// - Parameter policies: texts by name.
        init(
            store: any Store,
            policies: [String: String] = [
                "short": JudgingServiceTests.policyText, "strict": JudgingServiceTests.strictText,
            ]
        ) throws {
            self.store = store
            ledger = try TestLedger(store: store)
            let directory = FileManager.default.temporaryDirectory.appending(path: "perch-\(UUID())")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: directory) }
            for (name, text) in policies {
                try text.write(to: directory.appending(path: name + ".yaml"), atomically: true, encoding: .utf8)
            }
            shelf = try PolicyShelf(directory: directory.path)
            service = JudgingService(
                store: store, clock: clock, policies: shelf, hub: hub, scribe: ledger.scribe, ledger: ledger.service,
                logger: Logger(label: "test"))
            let names = ["a", "b", "c", "d", "e", "f"]
            let from = JudgingServiceTests.start
            hosts = [
                "o1": SyntheticHost("o1", instances: names, startSeconds: from),
                "n1": SyntheticHost("n1", instances: Array(names[..<3]), startSeconds: from),
                "n2": SyntheticHost("n2", instances: Array(names[3...]), startSeconds: from),
            ]
        }

        static let spec = RolloutSpec(
            id: "r1",
            artifacts: [RolloutSpec.Artifact(name: "pkg:deb/x", sha256: String(repeating: "0", count: 64))],
            policy: "short", old: ["o1"], new: ["n1", "n2"], pairs: .auto)

        /// Lets whole hours of 12 blocks pass; `silent` hosts send nothing.
        mutating func live(minutes: Int, silent: Set<String> = []) async {
            for _ in 0..<(UInt64(minutes) * 60 / stepSeconds) {
                clock.advance(microseconds: stepSeconds * 1_000_000)
                for name in hosts.keys.sorted() {
                    guard let report = hosts[name]?.next(), !silent.contains(name) else { continue }
                    await deliver(report)
                }
                await service.tick()
            }
        }

        func deliver(_ report: Report) async {
            _ = try? await store.commit([ReportRow(report, receivedMicroseconds: clock.nowMicroseconds())])
            await service.committed([
                CommittedReport(
                    report: report, receivedMicroseconds: clock.nowMicroseconds(), skewMicroseconds: 0,
                    address: "127.0.0.1")
            ])
        }

        mutating func restart() async throws {
            service = JudgingService(
                store: store, clock: clock, policies: shelf, hub: hub, scribe: ledger.scribe, ledger: ledger.service,
                logger: Logger(label: "test"))
            try await service.restore()
        }

        func verdict() async -> VerdictView? { await service.entry("r1")?.verdict?.view }
        func gate(_ stage: Stage) async -> GateAnswer? { await service.gate("r1", stage) }
    }

    private func world() throws -> World { try World(store: TestStore.make()) }

    @Test func aHealthyRolloutOpensItsGateAndAdvances() async throws {
        var world = try world()
        let created = try await world.service.create(World.spec, by: "tool")
        #expect(created.isNew)
        await world.live(minutes: 12 * 5)
        #expect(await world.gate(.open)?.state == .waiting)
        await world.live(minutes: 12 * 3)
        let view = try #require(await world.verdict())
        #expect(view.verdict == .pass, "\(view.missing)")
        #expect(view.pairs == 6)
        let gate = try #require(await world.gate(.open))
        #expect(gate.ok, "\(gate.reasons)")
        let advanced = try await world.service.advance("r1", to: .open, reason: "", by: "tool", expecting: 1)
        #expect(advanced.stage == .open && advanced.version == 2)
        let error = await #expect(throws: Problem.self) {
            try await world.service.advance("r1", to: .migrating, reason: "", by: "tool", expecting: nil)
        }
        #expect(error?.code == .gateClosed)
        #expect(error?.reasons?.contains { $0.contains("2h") } == true)
    }

    @Test func aSlowerNewSideFailsAndStaysFailed() async throws {
        var world = try world()
        _ = try await world.service.create(World.spec, by: "tool")
        await world.live(minutes: 12 * 2)
        for host in ["n1", "n2"] {
            for index in 0..<3 { world.hosts[host]?.instances[index].cpuPerReport = 40_000 }
        }
        await world.live(minutes: 12 * 4)
        let view = try #require(await world.verdict())
        #expect(view.verdict == .fail)
        #expect(view.reason.lowercased().contains("cpu"))
        #expect(await world.gate(.open)?.state == .blocked)
        for host in ["n1", "n2"] {
            for index in 0..<3 { world.hosts[host]?.instances[index].cpuPerReport = 20_000 }
        }
        await world.live(minutes: 12 * 8)
        #expect(await world.verdict()?.verdict == .fail)
    }

    @Test func errorsOnTheNewSideFail() async throws {
        var world = try world()
        _ = try await world.service.create(World.spec, by: "tool")
        await world.live(minutes: 12 * 2)
        for index in 0..<3 { world.hosts["n1"]?.instances[index].errorsPerReport = 100 }
        await world.live(minutes: 12 * 3)
        let view = try #require(await world.verdict())
        #expect(view.verdict == .fail)
        #expect(view.reason.lowercased().contains("error"))
    }

    /// None of these may ever PASS, however long it lasts.
    @Test(arguments: ["silent agent", "lost twin", "swapped sides", "no pair at all"])
    func missingEvidenceNeverPasses(_ trouble: String) async throws {
        var world = try world()
        var spec = World.spec
        var silent: Set<String> = []
        switch trouble {
        case "silent agent": silent = ["n2"]
        case "lost twin":
            world.hosts["n1"]?.instances.removeFirst()
            spec.pairs = .listed(
                ["a", "b", "c"].map { RolloutSpec.Pair(name: $0, old: "o1", new: "n1") }
                    + ["d", "e", "f"].map { RolloutSpec.Pair(name: $0, old: "o1", new: "n2") })
        case "swapped sides":
            spec.old = ["n1", "n2"]
            spec.new = ["o1"]
            for index in 0..<6 { world.hosts["o1"]?.instances[index].cpuPerReport = 40_000 }
        default:
            world.hosts["n1"]?.instances = []
            world.hosts["n2"]?.instances = []
        }
        _ = try await world.service.create(spec, by: "tool")
        var seen: Set<VerdictState> = []
        for _ in 0..<14 {
            await world.live(minutes: 12, silent: silent)
            if let verdict = await world.verdict()?.verdict { seen.insert(verdict) }
        }
        #expect(!seen.isEmpty)
        #expect(!seen.contains(.pass), "\(trouble): \(seen)")
        #expect(await world.gate(.open)?.ok == false)
    }

    @Test func anAgentThatFallsSilentTakesPassBack() async throws {
        var world = try world()
        _ = try await world.service.create(World.spec, by: "tool")
        await world.live(minutes: 12 * 8)
        #expect(await world.verdict()?.verdict == .pass)
        await world.live(minutes: 12 * 3, silent: ["n1"])
        #expect(await world.verdict()?.verdict == .inconclusive)
        #expect(await world.gate(.open)?.state == .waiting)
    }

    @Test func aRestartOfTheCollectorGivesTheSameVerdictsByteForByte() async throws {
        var steady = try world()
        var restarted = try world()
        _ = try await steady.service.create(World.spec, by: "tool")
        _ = try await restarted.service.create(World.spec, by: "tool")
        for step in 0..<24 {
            await steady.live(minutes: 5)
            await restarted.live(minutes: 5)
            if step % 5 == 2 { try await restarted.restart() }
        }
        let first = try #require(await steady.verdict())
        let second = try #require(await restarted.verdict())
        #expect(first.hour == second.hour)
        #expect(first.checks == second.checks)
        #expect(first.verdict == second.verdict)
    }

    @Test func theSameRequestTwiceIsOneRolloutAndAnotherContentIsRefused() async throws {
        let world = try world()
        #expect(try await world.service.create(World.spec, by: "tool").isNew)
        #expect(try await !world.service.create(World.spec, by: "tool").isNew)
        var other = World.spec
        other.old = ["o2"]
        let conflict = await #expect(throws: Problem.self) { try await world.service.create(other, by: "tool") }
        #expect(conflict?.code == .conflict)
        other.id = "r2"
        let shared = await #expect(throws: Problem.self) { try await world.service.create(other, by: "tool") }
        #expect(shared?.code == .rolloutInvalid)
        other.new = ["n9"]
        other.policy = "none"
        let policy = await #expect(throws: Problem.self) { try await world.service.create(other, by: "tool") }
        #expect(policy?.reasons?.first?.contains("short") == true)
    }

    @Test func waitersAtTheGateAreWokenByAVerdict() async throws {
        var world = try world()
        _ = try await world.service.create(World.spec, by: "tool")
        let version = world.hub.version(of: "r1")
        let hub = world.hub
        async let waited: Void = hub.wait(for: "r1", after: version)
        await world.live(minutes: 14)
        await waited
        #expect(world.hub.version(of: "r1") > version)
    }

    @Test func anExportedRolloutIsJudgedTheSameByAnybody() async throws {
        var world = try world()
        _ = try await world.service.create(World.spec, by: "tool")
        await world.live(minutes: 12 * 2)
        for index in 0..<3 { world.hosts["n1"]?.instances[index].cpuPerReport = 26_000 }
        await world.live(minutes: 12 * 7 + 1)
        let entry = try #require(await world.service.entry("r1"))
        let text = try await world.service.export(entry)
        let replayed = try CaseFileReplay.verdicts(
            CaseFile(text: text, file: "export.csv"), file: "export.csv", policy: entry.policy.judge)
        let view = try #require(await world.verdict())
        let last = try #require(replayed.last)
        #expect(last.hour == view.hour)
        #expect(last.state.rawValue == view.verdict.rawValue)
        #expect(last.checks.filter { $0.level == .fleet }.count > 5)
        let live = view.checks.filter { $0.level == "fleet" && $0.kind == "interval" }.map(\.observed)
        let again = last.checks.filter { $0.level == .fleet && $0.kind == .interval }.map { CheckView($0).observed }
        #expect(live.contains { $0 != nil })
        #expect(Set(again).isSubset(of: Set(live)))
    }

    @Test func aRollBackEndsTheJudging() async throws {
        var world = try world()
        _ = try await world.service.create(World.spec, by: "tool")
        await world.live(minutes: 14)
        _ = try await world.service.rollBack("r1", reason: "enough", by: "ops", expecting: nil)
        let hour = await world.verdict()?.hour
        await world.live(minutes: 26)
        #expect(await world.verdict()?.hour == hour)
        #expect(await world.gate(.open)?.state == .blocked)
    }
}
