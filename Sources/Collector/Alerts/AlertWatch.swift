import Foundation
import Logging
import ServiceLifecycle
import Shared

/// Compares the present with what was announced last, and stores the new situation together with the alerts that follow
/// from the difference. Nothing depends on having seen the moment of a change: after a stop at any time, the next look
/// finds it.
actor AlertWatch: Service {
    /// Reads the present. Each part is consistent in itself.
    typealias Look = @Sendable () async -> AlertSituation

    private let store: any AlertStore
    private let clock: any WallClock
    private let hub: ChangeHub
    private let receivers: [AlertReceiver]
    private let look: Look
    private let onAlerts: @Sendable () -> Void
    private let logger: Logger
    /// `nil` until restored: then nobody knows what was told.
    private var announced: AlertSituation?
    /// A store that was never looked at: its past is no news.
    private var isFirst = false

    private static let tick = Duration.seconds(5)
    /// Changes come in swarms.
    private static let pause = Duration.milliseconds(200)

    init(
        store: any AlertStore, clock: any WallClock, hub: ChangeHub, receivers: [AlertReceiver], logger: Logger,
        onAlerts: @escaping @Sendable () -> Void, look: @escaping Look
    ) {
        self.store = store
        self.clock = clock
        self.hub = hub
        self.receivers = receivers
        self.logger = logger
        self.onAlerts = onAlerts
        self.look = look
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let version = self.hub.version(of: ChangeHub.anyRollout)
                await self.compare()
                try? await Task.sleep(for: Self.pause)
                await self.waitForChange(after: version)
            }
        }
    }

    private nonisolated func waitForChange(after version: UInt64) async {
        await withTaskGroup { group in
            group.addTask { await self.hub.wait(for: ChangeHub.anyRollout, after: version) }
            group.addTask { try? await Task.sleep(for: Self.tick) }
            await group.next()
            group.cancelAll()
        }
        // A hub that has closed wakes at once.
        if hub.isClosed { try? await Task.sleep(for: Self.tick) }
    }

    // MARK: Announcing

    /// - Throws: `StoreError`, also for what is stored and cannot be read.
    func restore() async throws(StoreError) {
        let rows = try await store.announced()
        isFirst = !rows.contains { $0.subject == AlertSubject.begun }
        do {
            announced = try AlertSituation(rows)
        } catch {
            throw .damaged("what was announced cannot be read: \(error)")
        }
    }

    /// One look at the present.
    func compare() async {
        guard let before = announced else { return }
        let after = await look()
        let (changed, removed) = AlertSubject.difference(before, after)
        guard isFirst || !changed.isEmpty || !removed.isEmpty else { return }
        let drafts = isFirst ? [] : AlertChanges.between(before, after)
        let deliveries = drafts.flatMap(deliveries)
        let mark = isFirst ? [AnnouncedRow(subject: AlertSubject.begun, body: [])] : []
        do {
            try await store.announce(mark + changed, removing: removed, deliveries)
        } catch {
            guard !Task.isCancelled else { return }
            logger.error("alerts could not be stored and are tried again: \(error)")
            return
        }
        announced = after
        isFirst = false
        for draft in drafts { logger.notice("alert \(draft.type): \(draft.text)") }
        if !deliveries.isEmpty { onAlerts() }
    }

    private func deliveries(_ draft: AlertDraft) -> [DeliveryRow] {
        let now = clock.nowMicroseconds()
        let body = StoredJSON.encoded(
            AlertBody(
                type: draft.type, timestamp: Timestamp.text(microseconds: now), text: draft.text, data: draft.data))
        return receivers.filter { $0.kinds.contains(draft.kind) }.map {
            DeliveryRow(
                id: UUIDv7.make(nowMicroseconds: now), receiver: $0.name, type: draft.type, createdMicroseconds: now,
                body: body, nextMicroseconds: now)
        }
    }
}

/// Between situations and the rows that they are stored in.
enum AlertSubject {
    /// Its row says that the store was looked at before.
    static let begun = ""

    static func difference(
        _ before: AlertSituation, _ after: AlertSituation
    ) -> (changed: [AnnouncedRow], removed: [String]) {
        var changed: [AnnouncedRow] = []
        var removed: [String] = []
        func compare<Value: Encodable & Equatable>(_ kind: String, _ old: [String: Value], _ new: [String: Value]) {
            for (id, value) in new where old[id] != value {
                changed.append(AnnouncedRow(subject: kind + "/" + id, body: StoredJSON.encoded(value)))
            }
            removed += old.keys.filter { new[$0] == nil }.map { kind + "/" + $0 }
        }
        compare("rollout", before.rollouts, after.rollouts)
        compare("access", before.accesses, after.accesses)
        compare("host", before.hosts, after.hosts)
        compare("policy", before.policies, after.policies)
        return (changed, removed)
    }
}

extension AlertSituation {
    /// - Throws: `DecodingError`.
    init(_ rows: [AnnouncedRow]) throws {
        let decoder = JSONDecoder()
        for row in rows where row.subject != AlertSubject.begun {
            let parts = row.subject.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            let body = Data(row.body)
            switch parts[0] {
            case "rollout": rollouts[parts[1]] = try decoder.decode(RolloutNow.self, from: body)
            case "access": accesses[parts[1]] = try decoder.decode(AccessNow.self, from: body)
            case "host": hosts[parts[1]] = try decoder.decode(HostNow.self, from: body)
            case "policy": policies[parts[1]] = try decoder.decode(PolicyNow.self, from: body)
            default: continue
            }
        }
    }
}
