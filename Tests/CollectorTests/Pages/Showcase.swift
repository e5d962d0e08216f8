import Foundation
import Logging
import Pages
import Shared

@testable import Collector

/// A collector that has seen days of roll-outs: one that goes on, one that fails, one that lacks data, one that was
/// rolled back; hosts that report, are silent and wait; requests for access in every state. What the browser looks at.
struct Showcase {
    static let good = "2026-11-redis-tls"
    static let bad = "2026-11-jemalloc"
    static let thin = "2026-11-kernel-6.1"
    static let gone = "2026-10-io-threads"

    static let policies = [
        "default-5.yaml": policy("default-5", hours: 24),
        "quick.yaml": policy("quick", hours: 6),
    ]

    private static func policy(_ name: String, hours: Int) -> String {
        """
        version: 1
        name: \(name)
        min_hours_pass: \(hours)
        metrics:
          disk: {level: observe}
          log: {level: observe}
          slow: {level: observe}
        rules:
          port_expected: {level: observe}
        gates:
          open: {age: \(hours)h, min_pairs: 4}
          migrating: {age: 3d}
        """
    }

    /// Hours that the whole story takes.
    let hours: Int
    let server: TestServer
    private var fleet: ShowcaseFleet
    private var elapsedSeconds: UInt64 = 0

    private static let old = ["db-1": ["carts", "sessions", "stock"], "db-2": ["feeds", "quota", "users"]]
    private static let artifacts = [
        RolloutSpec.Artifact(
            name: "pkg:deb/debian/redis-server@5%3A7.0.15-1~deb12u1?arch=amd64",
            sha256: "c1c1b7bd2ff4aa6e2ee0f2f5dd0e1ac4ef3d8a64ab1dbb9e4b4d1c1fba0d3a51")
    ]

    init(server: TestServer, hours: Int) {
        self.server = server
        self.hours = hours
        fleet = ShowcaseFleet(startSeconds: server.clock.nowMicroseconds() / 1_000_000)
    }

    /// Begins with a full hour of the wall clock, `hours` ago.
    static func start(hours: Int) -> UInt64 {
        let now = SystemClock().nowMicroseconds() / 1_000_000
        return (now / 3600 - UInt64(hours)) * 3600 * 1_000_000
    }

    private var now: UInt64 { server.clock.nowMicroseconds() / 1_000_000 }
    private func identity(_ kind: SpiffeID.Kind, _ name: String) throws -> SpiffeID {
        try SpiffeID(domain: TestPKI.domain, kind: kind, name: name)
    }

    mutating func play() async throws {
        try await beginning()
        try await live(until: 5)
        try await askForAccess()
        try await live(until: 8)
        fleet.change("db-21") { $0.cpu = 1.42 }
        fleet.change("db-22") { $0.cpu = 1.37 }
        try await live(until: hours / 2)
        try await rollBack()
        try await live(until: hours * 3 / 4)
        try await override()
        try await live(until: hours - 4)
        try await thinBegins()
        try await live(until: hours)
        try await ending()
    }

    // MARK: The story

    private mutating func beginning() async throws {
        for (name, instances) in Self.old { try await join(name, instances) }
        let gapStart = UInt64(hours - 20) * 3600
        let gap = [gapStart..<gapStart + 5100]
        try await join("db-11", Self.old["db-1"] ?? [], .init(cpu: 0.985, latency: 0.97, silent: gap))
        try await join("db-12", Self.old["db-2"] ?? [], .init(cpu: 1.01, latency: 1.02, memory: 1.012))
        try await join("db-21", Self.old["db-1"] ?? [], .init(latency: 1.04))
        try await join("db-22", Self.old["db-2"] ?? [], .init(latency: 1.03))
        try await join("db-31", ["carts"], .init())
        try await create(Self.good, new: ["db-11", "db-12"], policy: "default-5")
        try await create(Self.bad, new: ["db-21", "db-22"], policy: "default-5")
        try await create(Self.gone, new: ["db-31"], policy: "quick")
    }

    private mutating func join(
        _ name: String, _ instances: [String], _ character: ShowcaseFleet.Character = .init()
    ) async throws {
        _ = try await server.api.registry.register(
            name, Host.Registration(), by: try identity(.person, "ops").description)
        // Its first report makes it active.
        try await server.api.registry.admit(
            name,
            Host.Knock(
                machineIDDigest: [], address: "10.1.4.11", caller: try identity(.agent, name).description))
        fleet.add(name, instances: instances, character, at: now)
    }

    private func create(_ id: String, new: [String], policy: String) async throws {
        let spec = RolloutSpec(
            id: id, artifacts: Self.artifacts, policy: policy, old: Self.old.keys.sorted(), new: new, pairs: .auto)
        _ = try await server.api.judging.create(spec, by: try identity(.tool, "deploy").description)
    }

    private mutating func askForAccess() async throws {
        let desk = server.api.desk
        let (ops, boss) = (try identity(.person, "ops"), try identity(.person, "boss"))
        func ask(_ user: String, _ host: String, _ reason: String, _ ticket: String) async throws -> String {
            try await desk.ask(
                AccessAsk(
                    user: user, hosts: [host], from: Timestamp.text(microseconds: now * 1_000_000), reason: reason,
                    ticket: ticket), by: ops
            ).id
        }
        let first = try await ask("ada", "db-11", "the RAID controller of db-11 reports a failing battery", "INC-4182")
        _ = try await desk.decide(first, true, by: boss, reason: "battery only, no restart")
        let visit = now - fleet.startSeconds + 900
        fleet.change("db-11") { $0.visit = ("ada", visit..<visit + 1500) }
        let second = try await ask("linus", "db-21", "would like to look at allocator statistics by hand", "CHG-771")
        _ = try await desk.decide(second, false, by: boss, reason: "INFO memory is in the reports")
    }

    private func rollBack() async throws {
        _ = try await server.api.judging.rollBack(
            Self.gone, reason: "io-threads is of no use below 4 cores", by: try identity(.tool, "deploy").description,
            expecting: nil)
    }

    /// An approver's acceptance that is over by the end.
    private func override() async throws {
        guard let view = await server.api.judging.entry(Self.bad)?.verdict?.view, view.verdict == .fail,
            let check = view.failedCheck
        else { throw NotAsTold(what: "\(Self.bad) does not FAIL at hour \(hours * 3 / 4)") }
        _ = try await server.api.judging.override(
            OverrideRequest(
                verdictID: view.id, checks: [check], until: "",
                reason: "accepted for the night: rolling back under peak load is the greater risk"),
            untilMicroseconds: server.clock.nowMicroseconds() + 3600 * 1_000_000, of: Self.bad,
            by: try identity(.person, "boss").description, expecting: nil)
        let instance = "quota"
        _ = try await server.api.judging.note(
            [RolloutSpec.Move(name: instance, from: "db-2", to: "db-12")], of: Self.good,
            by: try identity(.tool, "deploy").description, expecting: nil)
    }

    /// Too young for a verdict, and one of its hosts falls silent.
    private mutating func thinBegins() async throws {
        try await join("db-41", Self.old["db-1"] ?? [])
        let age = now - fleet.startSeconds
        try await join("db-42", Self.old["db-2"] ?? [], .init(silent: [age + 2 * 3600..<age + 400 * 3600]))
        try await create(Self.thin, new: ["db-41", "db-42"], policy: "default-5")
        let open = await server.api.judging.gate(Self.good, .open)
        guard let open, open.ok else { throw NotAsTold(what: "\(Self.good) is not open: \(open?.reasons ?? [])") }
        _ = try await server.api.judging.advance(
            Self.good, to: .open, reason: "as good as the old servers", by: try identity(.tool, "deploy").description,
            expecting: nil)
    }

    private func ending() async throws {
        let ops = try identity(.person, "ops")
        _ = try await server.api.desk.ask(
            AccessAsk(
                user: "grace", hosts: ["db-21", "db-22"],
                from: Timestamp.text(microseconds: (now + 600) * 1_000_000),
                reason: "heap profile of the new allocator, cannot be taken from outside", ticket: "INC-4207",
                sources: ["10.0.7.14"]), by: ops)
        let stranger = WaitingRow(
            host: "db-51", address: "10.1.4.51", machineIDDigest: [UInt8](repeating: 0xa7, count: 32),
            firstSeenMicroseconds: (now - 900) * 1_000_000, lastSeenMicroseconds: now * 1_000_000)
        _ = try await server.store.putWaiting(stranger)
        try await server.api.registry.restore()
        try await server.api.ledger?.flush()
    }

    struct NotAsTold: Error { var what: String }

    // MARK: Time

    /// Reports, blocks and verdicts up to this hour.
    private mutating func live(until hour: Int) async throws {
        let judging = server.api.judging
        while elapsedSeconds < UInt64(hour) * 3600 {
            elapsedSeconds += ShowcaseFleet.intervalSeconds
            server.clock.advance(microseconds: ShowcaseFleet.intervalSeconds * 1_000_000)
            let received = server.clock.nowMicroseconds()
            for report in fleet.next() {
                _ = server.api.latest.skews(of: [report], receivedMicroseconds: received)
                server.api.latest.note(report, skewMicroseconds: 3000, receivedMicroseconds: received)
                await judging.committed([
                    CommittedReport(
                        report: report, receivedMicroseconds: received, skewMicroseconds: 0, address: "127.0.0.1")
                ])
            }
            await judging.tick()
        }
    }
}
