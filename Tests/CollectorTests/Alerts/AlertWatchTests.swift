import Foundation
import Logging
import Shared
import Synchronization
import Testing

@testable import Collector

@Suite struct AlertWatchTests {
    /// A present that a test writes.
    private final class Present: Sendable {
        let situation = Mutex(AlertSituation())
        func set(_ hosts: [String: AlertSituation.HostNow]) { situation.withLock { $0.hosts = hosts } }
    }

    private static let receiver = AlertReceiver(
        name: "inbox", url: "https://localhost", secretFile: "/none", kinds: [.host], certificateAuthority: nil)
    private static let deaf = AlertReceiver(
        name: "deaf", url: "https://localhost", secretFile: "/none", kinds: [.verdict], certificateAuthority: nil)

    private static func watch(_ store: any AlertStore, _ present: Present) async throws -> AlertWatch {
        let watch = AlertWatch(
            store: store, clock: ManualClock(microseconds: 1_000_000_000), hub: ChangeHub(),
            receivers: [receiver, deaf], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, onAlerts: {},
            look: { present.situation.withLock { $0 } })
        try await watch.restore()
        return watch
    }

    private static func waiting(_ store: any AlertStore, _ receiver: String = "inbox") async throws -> [String] {
        try await store.dueDeliveries(receiver: receiver, at: .max, limit: 100).map(\.type)
    }

    /// An upgraded collector has a past; telling all of it would help nobody.
    @Test func whatWasThereBeforeTheFirstLookIsNoNews() async throws {
        let (store, present) = (try TestStore.make(), Present())
        present.set(["db-1": .init(state: .active)])
        let watch = try await Self.watch(store, present)
        await watch.compare()
        #expect(try await Self.waiting(store).isEmpty)
        present.set(["db-1": .init(state: .active), "db-2": .init(state: .pending)])
        await watch.compare()
        #expect(try await Self.waiting(store) == ["host.pending"])
        #expect(try await Self.waiting(store, "deaf").isEmpty)
    }

    @Test func aChangeWhileTheCollectorWasDownIsToldAfterTheStartAndOnlyOnce() async throws {
        let (store, present) = (try TestStore.make(), Present())
        await (try Self.watch(store, present)).compare()
        present.set(["db-1": .init(state: .banned, by: "boss", reason: "stolen")])
        for _ in 0..<3 { await (try Self.watch(store, present)).compare() }
        #expect(try await Self.waiting(store) == ["host.banned"])
        present.set([:])
        await (try Self.watch(store, present)).compare()
        present.set(["db-1": .init(state: nil)])
        await (try Self.watch(store, present)).compare()
        #expect(try await Self.waiting(store) == ["host.banned", "host.waiting"])
    }

    /// A store that fails once without, and once with having written.
    private final class Failing: AlertStore {
        enum Mode: Sendable { case works, failsBefore, failsAfter }
        let base: any AlertStore
        let mode = Mutex(Mode.works)
        init(_ base: any AlertStore) { self.base = base }

        func announced() async throws(StoreError) -> [AnnouncedRow] { try await base.announced() }
        func announce(
            _ rows: [AnnouncedRow], removing subjects: [String], _ deliveries: [DeliveryRow]
        ) async throws(StoreError) {
            let mode = mode.withLock { $0 }
            if mode == .failsBefore { throw .unavailable("the disk is full") }
            try await base.announce(rows, removing: subjects, deliveries)
            if mode == .failsAfter { throw .unavailable("the answer was lost") }
        }
        func dueDeliveries(receiver: String, at: UInt64, limit: Int) async throws(StoreError) -> [DeliveryRow] {
            try await base.dueDeliveries(receiver: receiver, at: at, limit: limit)
        }
        func update(_ row: DeliveryRow) async throws(StoreError) { try await base.update(row) }
        func removeDelivery(id: String) async throws(StoreError) { try await base.removeDelivery(id: id) }
        func delivery(id: String) async throws(StoreError) -> DeliveryRow? { try await base.delivery(id: id) }
        func deadDeliveries(limit: Int) async throws(StoreError) -> [DeliveryRow] {
            try await base.deadDeliveries(limit: limit)
        }
        func deliveryCounts() async throws(StoreError) -> [DeliveryCount] { try await base.deliveryCounts() }
        func forgetDeadDeliveries(keeping count: Int) async throws(StoreError) {}
        func giveUpDeliveries(exceptFor receivers: [String], fault: String) async throws(StoreError) {}
    }

    @Test(arguments: [false, true])
    func aFailedWriteLosesNothing(hasWritten: Bool) async throws {
        let (store, present) = (Failing(try TestStore.make()), Present())
        await (try Self.watch(store, present)).compare()
        present.set(["db-1": .init(state: .pending)])
        store.mode.withLock { $0 = hasWritten ? .failsAfter : .failsBefore }
        await (try Self.watch(store, present)).compare()
        store.mode.withLock { $0 = .works }
        // The process ended there; the next one finds what is missing.
        await (try Self.watch(store, present)).compare()
        #expect(try await Self.waiting(store) == ["host.pending"])
    }

    @Test func whatIsStoredIsReadBackAsItWas() async throws {
        var situation = AlertSituation()
        var rollout = AlertSituation.RolloutNow()
        rollout.verdict = .fail
        rollout.gates = ["open": .blocked]
        rollout.stages = [.init(stage: .mirroring, by: "a", reason: "b")]
        rollout.overrides = ["o": GateOverride(id: "o", by: "b", until: "u", checks: ["c"])]
        rollout.logins = [.init(host: "h", block: 3, fact: "f")]
        situation.rollouts["r/1"] = rollout
        situation.accesses["a"] = .init(
            steps: [.requested, .lapsed], user: "u", hosts: ["h"], requestedBy: "r", reason: "", decidedBy: "",
            decisionReason: "", endedBy: "")
        situation.hosts["h"] = .init(state: nil, isSilent: true, isDuplicate: true, by: "x", reason: "y")
        situation.policies["p"] = .init(name: "n", digest: "d", proposedBy: "p", approvedBy: "")
        let rows = AlertSubject.difference(AlertSituation(), situation).changed
        #expect(rows.count == 4)
        #expect(try AlertSituation(rows) == situation)
    }
}
