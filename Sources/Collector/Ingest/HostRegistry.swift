import Ledger
import Logging
import Shared

/// The registered hosts and the waiting list, in memory with the store behind them. Every change is stored before it
/// counts; changes happen one after the other, so that none can undo another unseen.
actor HostRegistry {
    private let store: any HostStore
    private let clock: any WallClock
    private let scribe: Scribe
    private let logger: Logger
    private var hosts: [String: Host] = [:]
    private var trails: [String: AddressTrail] = [:]
    private var waiting: [String: WaitingRow] = [:]
    /// Held while a change is on its way to the store.
    private let turn = Turn()

    /// A waiting host's row is renewed at most this often.
    static let renewMicroseconds: UInt64 = 60_000_000

    init(store: any HostStore, clock: any WallClock, scribe: Scribe = .unsigned, logger: Logger) {
        self.scribe = scribe
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    /// - Throws: `StoreError`.
    func restore() async throws(StoreError) {
        for row in try await store.hosts() { hosts[row.host] = Host(row) }
        for row in try await store.waitingHosts() {
            if hosts[row.host] == nil { waiting[row.host] = row } else { try await store.removeWaiting(host: row.host) }
        }
    }

    func host(_ name: String) -> Host? { hosts[name] }
    var names: [String] { hosts.keys.sorted() }
    var all: [Host] { hosts.values.sorted { $0.name < $1.name } }
    var waitingRows: [WaitingRow] {
        waiting.values.sorted { ($0.firstSeenMicroseconds, $0.host) < ($1.firstSeenMicroseconds, $1.host) }
    }

    func countsByState() -> [HostView.State: Int] {
        hosts.values.reduce(into: [:]) { $0[$1.state, default: 0] += 1 }
    }

    // MARK: At the door

    enum Standing: Sendable {
        case unknown(isListed: Bool)
        case refused(Problem)
        /// Read the report and ask `admit`.
        case readable
    }

    func standing(_ name: String) -> Standing {
        guard let host = hosts[name] else {
            let now = clock.nowMicroseconds()
            let isListed = waiting[name].map { now < $0.lastSeenMicroseconds + Self.renewMicroseconds } ?? false
            return .unknown(isListed: isListed)
        }
        return host.refusal.map { .refused($0) } ?? .readable
    }

    struct Refusal: Error, Sendable {
        var problem: Problem
        var event: SecurityEvent.Kind?
    }

    /// Decides about a report that was read; stores what it changes.
    /// - Throws: `Refusal`.
    func admit(_ name: String, _ knock: Host.Knock) async throws(Refusal) {
        let now = clock.nowMicroseconds()
        guard hosts[name] != nil else { throw Refusal(problem: Self.unknown(name), event: nil) }
        let isTwo = trails[name, default: AddressTrail()].note(knock.address, atMicroseconds: now)
        guard let host = hosts[name] else { return }
        if !isTwo {
            var copy = host
            if copy.admit(knock, atMicroseconds: now) == .admitted(isActivation: false) { return }
        }
        var refusal: Refusal?
        do throws(Problem) {
            _ = try await change(name) { (host: inout Host) throws(Problem) in
                refusal = Self.decide(&host, knock, isTwo: isTwo, now)
            }
        } catch {
            throw Refusal(problem: error, event: nil)
        }
        if let refusal { throw refusal }
    }

    private static func decide(_ host: inout Host, _ knock: Host.Knock, isTwo: Bool, _ now: UInt64) -> Refusal? {
        if isTwo, host.state == .active {
            host.suspectDuplicate(by: knock.caller, atMicroseconds: now)
            if let problem = host.refusal { return Refusal(problem: problem, event: .hostDuplicate) }
        }
        switch host.admit(knock, atMicroseconds: now) {
        case .admitted: return nil
        case .refused(let code, let detail, let event, _): return Refusal(problem: Problem(code, detail), event: event)
        }
    }

    static func unknown(_ name: String) -> Problem {
        Problem(
            .hostUnknown,
            "the host \(name) is not registered; an operator can approve it with perchctl host approve \(name)")
    }

    /// Puts an unregistered host on the waiting list, or renews it there.
    /// - Throws: `storage-unavailable`.
    func noteWaiting(_ name: String, address: String, machineIDDigest: [UInt8]) async throws(Problem) {
        let now = clock.nowMicroseconds()
        let row = WaitingRow(
            host: name, address: address, machineIDDigest: machineIDDigest,
            firstSeenMicroseconds: waiting[name]?.firstSeenMicroseconds ?? now, lastSeenMicroseconds: now)
        do {
            guard try await store.putWaiting(row) else { return }
        } catch {
            throw Problem(.storageUnavailable, "the store cannot be written at the moment")
        }
        if waiting[name] == nil { logger.notice("the host \(name) at \(address) waits for registration") }
        if hosts[name] == nil { waiting[name] = row }
    }

    // MARK: Changes

    /// - Returns: the host, and whether it was not known before.
    /// - Throws: `conflict`, `storage-unavailable`.
    func register(
        _ name: String, _ registration: Host.Registration, by caller: String
    ) async throws(Problem) -> (host: Host, isNew: Bool) {
        let now = clock.nowMicroseconds()
        await turn.take()
        defer { turn.pass() }
        if var host = hosts[name] {
            if try host.register(registration, by: caller, atMicroseconds: now) { try await put(host) }
            trails[name] = nil
            return (host, false)
        }
        let host = Host(registered: name, registration, by: caller, atMicroseconds: now)
        try await put(host)
        waiting[name] = nil
        // A row that stays behind does no harm: it is dropped at the next start.
        try? await store.removeWaiting(host: name)
        return (host, true)
    }

    /// - Throws: `not-found`, what `body` throws, `storage-unavailable`.
    @discardableResult
    func change<Value: Sendable>(
        _ name: String, _ body: (inout Host) throws(Problem) -> Value
    ) async throws(Problem) -> (host: Host, value: Value) {
        await turn.take()
        defer { turn.pass() }
        guard var host = hosts[name] else { throw Problem(.notFound, "there is no host \(name)") }
        let before = host
        let value = try body(&host)
        if host != before { try await put(host) }
        return (host, value)
    }

    private func put(_ host: Host) async throws(Problem) {
        let statements = try scribe.statements(decision(host))
        do {
            try await store.put(host.row, logging: statements)
        } catch {
            logger.error("the host \(host.name) could not be stored: \(error)")
            throw Problem(.storageUnavailable, "the store cannot be written at the moment")
        }
        let before = hosts[host.name]?.state
        hosts[host.name] = host
        if before != host.state {
            logger.notice("the host \(host.name) is \(host.state.rawValue) now, by \(host.row.changedBy)")
        }
    }

    private func decision(_ host: Host) -> Decision {
        let row = host.row
        let isDuplicate = row.duplicateAtMicroseconds != nil
        let state = isDuplicate ? "suspected duplicate" : row.state.rawValue
        let now = clock.nowMicroseconds()
        return Decision(
            kind: .host, id: UUIDv7.make(nowMicroseconds: now), action: row.state.rawValue, by: row.changedBy,
            atMicroseconds: now, subject: "host:\(row.host)",
            subjectDigest: row.machineIDDigest.flatMap { Digest(bytes: $0) } ?? Digest(of: row.host.utf8),
            summary: Gate.oneLine("host \(row.host) \(state)\(row.reason.isEmpty ? "" : ": \(row.reason)")"),
            details: [
                "host": row.host, "state": row.state.rawValue, "addresses": row.addresses ?? "", "reason": row.reason,
                "awaitsOperator": row.awaitsOperator ? "true" : "", "duplicate": isDuplicate ? "true" : "",
            ])
    }
}
