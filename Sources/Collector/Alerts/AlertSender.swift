import AsyncHTTPClient
import FoundationEssentials
import Logging
import ServiceLifecycle
import Shared
import Synchronization

/// Brings stored alerts to their receivers: each receiver by itself, oldest first, again and again with growing pauses
/// until it takes them or they are given up. An alert may arrive twice, with the same id; none is lost.
final class AlertSender: Service {
    struct Counts: Sendable, Equatable {
        var delivered: UInt64 = 0
        /// Attempts.
        var failed: UInt64 = 0
    }

    private let store: any AlertStore
    private let clock: any WallClock
    private let logger: Logger
    let receivers: AlertReceivers
    private let posts: [AlertPost]
    private let counts = Mutex<[String: Counts]>([:])
    private let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    /// A receiver that failed is left alone until then.
    private let pausedUntil = Mutex<[String: UInt64]>([:])

    private static let atOnce = 20
    private static let longestPauseMicroseconds: UInt64 = 300_000_000
    private static let tick = Duration.seconds(1)

    /// - Throws: when a receiver's authorities cannot be read.
    init(store: any AlertStore, clock: any WallClock, receivers: AlertReceivers, logger: Logger) throws {
        self.store = store
        self.clock = clock
        self.receivers = receivers
        self.logger = logger
        posts = try receivers.all.map { try AlertPost($0) }
    }

    /// There is something new to send.
    func nudge() { wake.yield() }

    func run() async throws {
        do {
            try await store.giveUpDeliveries(
                exceptFor: receivers.all.map(\.name), fault: "the receiver is not configured any more")
        } catch {
            logger.error("alerts of receivers that are gone could not be given up: \(error)")
        }
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.tick)
                        self.nudge()
                    }
                    self.wake.finish()
                }
                for await _ in self.wakes {
                    guard !Task.isCancelled else { break }
                    await self.deliverDue()
                }
                group.cancelAll()
            }
        }
        await close()
    }

    /// Ends the connections; nothing can be sent any more.
    func close() async {
        for post in posts { try? await post.http.shutdown() }
    }

    // MARK: Delivering

    func deliverDue() async {
        await withTaskGroup(of: Void.self) { group in
            for post in posts { group.addTask { await self.deliverDue(to: post) } }
        }
    }

    private func deliverDue(to post: AlertPost) async {
        let name = post.receiver.name
        let now = clock.nowMicroseconds()
        guard pausedUntil.withLock({ $0[name] ?? 0 }) <= now else { return }
        do {
            for row in try await store.dueDeliveries(receiver: name, at: now, limit: Self.atOnce) {
                guard !Task.isCancelled, try await deliver(row, to: post) else { return }
            }
        } catch {
            // Our own stop cuts short what the store does; the alert goes again.
            guard !Task.isCancelled else { return }
            logger.error("alerts cannot be read or written: \(error)")
        }
    }

    /// - Returns: whether the receiver may be asked for more at once.
    private func deliver(_ row: DeliveryRow, to post: AlertPost) async throws(StoreError) -> Bool {
        guard let secrets = receivers.secrets(of: post.receiver) else { return false }
        let now = clock.nowMicroseconds()
        let outcome = await post.send(id: row.id, body: row.body, secrets: secrets, nowSeconds: now / 1_000_000)
        switch outcome {
        case .delivered:
            try await store.removeDelivery(id: row.id)
            count(post) { $0.delivered += 1 }
            return true
        case .unwanted:
            count(post) { $0.failed += 1 }
            try await giveUp(row, "HTTP 410: the receiver wants no more alerts")
            return true
        case .failed(_, let fault):
            // Cut short by our own stop: not the receiver's fault.
            guard !Task.isCancelled else { return false }
            count(post) { $0.failed += 1 }
            try await fail(row, post.receiver, fault)
            return false
        }
    }

    private func fail(_ row: DeliveryRow, _ receiver: AlertReceiver, _ fault: String) async throws(StoreError) {
        var row = row
        row.attempts += 1
        row.fault = fault
        var random = SystemRandomNumberGenerator()
        guard let seconds = AlertBackoff.delaySeconds(afterAttempts: row.attempts, using: &random) else {
            row.attempts -= 1
            return try await giveUp(row, fault)
        }
        let now = clock.nowMicroseconds()
        let pause = UInt64(seconds * 1_000_000)
        row.nextMicroseconds = now + pause
        try await store.update(row)
        pausedUntil.withLock { $0[receiver.name] = now + min(pause, Self.longestPauseMicroseconds) }
        logger.warning("alert \(row.type) for \(receiver.name), attempt \(row.attempts): \(fault)")
    }

    private func giveUp(_ row: DeliveryRow, _ fault: String) async throws(StoreError) {
        var row = row
        row.attempts += 1
        row.state = .dead
        row.fault = fault
        try await store.update(row)
        try await store.forgetDeadDeliveries(keeping: Limits.deadAlerts)
        logger.error("alert \(row.type) for \(row.receiver) is given up after \(row.attempts) attempts: \(fault)")
    }

    private func count(_ post: AlertPost, _ change: (inout Counts) -> Void) {
        counts.withLock { change(&$0[post.receiver.name, default: Counts()]) }
    }

    // MARK: What people do

    /// Sends one at once to every receiver, past the store, and waits for the answers.
    func test(by caller: String) async -> AlertTest {
        let now = clock.nowMicroseconds()
        var data = AlertData()
        data.by = caller
        let body = StoredJSON.encoded(
            AlertBody(
                type: "test", timestamp: Timestamp.text(microseconds: now),
                text: "A test of Perch's alerts, asked for by \(caller). Nothing has happened.", data: data))
        let outcomes = await withTaskGroup(of: AlertTest.Outcome?.self) { group in
            for post in posts { group.addTask { await self.test(post, body, now) } }
            return await group.reduce(into: []) { $0 += [$1].compactMap { $0 } }
        }
        return AlertTest(outcomes: outcomes.sorted { $0.receiver < $1.receiver })
    }

    private func test(_ post: AlertPost, _ body: [UInt8], _ now: UInt64) async -> AlertTest.Outcome? {
        guard let secrets = receivers.secrets(of: post.receiver) else { return nil }
        let begin = ContinuousClock.now
        let id = UUIDv7.make(nowMicroseconds: now)
        let outcome = await post.send(id: id, body: body, secrets: secrets, nowSeconds: now / 1_000_000)
        let spent = (ContinuousClock.now - begin).components
        let milliseconds = Int(spent.seconds) * 1000 + Int(spent.attoseconds / 1_000_000_000_000_000)
        func made(_ isDelivered: Bool, _ status: Int, _ detail: String) -> AlertTest.Outcome {
            AlertTest.Outcome(
                receiver: post.receiver.name, isDelivered: isDelivered, status: status, detail: detail,
                milliseconds: milliseconds)
        }
        switch outcome {
        case .delivered(let status, let answer): return made(true, status, answer)
        case .failed(let status, let fault): return made(false, status, fault)
        case .unwanted: return made(false, 410, "HTTP 410: the receiver wants no more alerts")
        }
    }

    /// Oldest first.
    func dead() async throws(Problem) -> [DeadAlert] {
        do {
            return try await store.deadDeliveries(limit: Limits.deadAlerts).map { DeadAlert($0) }
        } catch {
            throw Problem(stored: error)
        }
    }

    /// Begins its attempts anew.
    /// - Throws: `not-found`, `storage-unavailable`.
    func retry(_ id: String) async throws(Problem) -> AlertRetry {
        do {
            guard var row = try await store.delivery(id: id), row.state == .dead else {
                throw Problem(.notFound, "no alert \(id) was given up")
            }
            guard receivers.all.contains(where: { $0.name == row.receiver }) else {
                throw Problem(.conflict, "the receiver \(row.receiver) is not configured any more")
            }
            row.state = .waiting
            row.attempts = 0
            row.nextMicroseconds = clock.nowMicroseconds()
            try await store.update(row)
            pausedUntil.withLock { $0[row.receiver] = nil }
            nudge()
            return AlertRetry(id: id, receiver: row.receiver)
        } catch {
            throw Problem(stored: error)
        }
    }

    // MARK: Metrics

    /// Lines of /metrics.
    var metricsText: String {
        get async {
            let names = receivers.all.map(\.name)
            let counts = counts.withLock { $0 }
            let waiting = (try? await store.deliveryCounts()) ?? []
            let rows = Dictionary(uniqueKeysWithValues: waiting.map { ($0.receiver, $0) })
            let all = names + waiting.map(\.receiver).filter { !names.contains($0) }
            var text = PrometheusText()
            text.counters(
                "perch_alerts_delivered_total", "Alerts that a receiver took.", "receiver",
                names.map { ($0, counts[$0]?.delivered ?? 0) })
            text.counters(
                "perch_alert_attempts_failed_total", "Attempts to deliver an alert that failed.", "receiver",
                names.map { ($0, counts[$0]?.failed ?? 0) })
            text.gauges(
                "perch_alerts_waiting", "Alerts that wait for their next attempt.", "receiver",
                all.map { ($0, rows[$0]?.waiting ?? 0) })
            text.gauges(
                "perch_alerts_dead", "Alerts that were given up and are kept.", "receiver",
                all.map { ($0, rows[$0]?.dead ?? 0) })
            return text.text
        }
    }
}

extension DeadAlert {
    init(_ row: DeliveryRow) {
        let body = try? JSONDecoder().decode(AlertBody.self, from: Data(row.body))
        self.init(
            id: row.id, receiver: row.receiver, type: row.type, text: body?.text ?? "",
            createdAt: Timestamp.text(microseconds: row.createdMicroseconds), attempts: row.attempts,
            lastFault: row.fault)
    }
}
