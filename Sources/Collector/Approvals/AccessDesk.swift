import Foundation
import Ledger
import Logging
import Shared

/// Requests for access: asked by one person, decided by another. Stored first, then shown, then told to the rules.
actor AccessDesk {
    private let store: any RecordStore
    private let clock: any WallClock
    private let logger: Logger
    private let judging: JudgingService
    private let scribe: Scribe
    private var requests: [String: AccessRequest] = [:]

    init(
        store: any RecordStore, clock: any WallClock, judging: JudgingService, scribe: Scribe = .unsigned,
        logger: Logger
    ) {
        self.scribe = scribe
        self.store = store
        self.clock = clock
        self.judging = judging
        self.logger = logger
    }

    /// - Throws: `StoreError`, `DecodingError` when what is stored cannot be read.
    func restore() async throws {
        for row in try await store.records(kind: .access) {
            let request = try JSONDecoder().decode(AccessRequest.self, from: Data(row.body))
            requests[request.id] = request
        }
        await tellRules()
    }

    private var nowSeconds: UInt64 { clock.nowMicroseconds() / 1_000_000 }

    /// Newest first.
    func views() -> [AccessView] {
        let now = nowSeconds
        return requests.values.sorted { $0.id > $1.id }.map { AccessView($0, nowSeconds: now) }
    }

    func view(_ id: String) -> AccessView? { requests[id].map { AccessView($0, nowSeconds: nowSeconds) } }

    /// - Throws: `malformed`, `storage-unavailable`.
    func ask(_ ask: AccessAsk, by caller: SpiffeID) async throws(Problem) -> AccessView {
        let now = clock.nowMicroseconds()
        let request = try AccessRequest(
            ask, id: UUIDv7.make(nowMicroseconds: now), by: caller, nowSeconds: now / 1_000_000)
        try await keep(request, expecting: 0, "requested", by: caller, reason: request.reason)
        logger.notice("access \(request.id): asked for \(request.user) on \(request.hosts.joined(separator: ", "))")
        return AccessView(request, nowSeconds: nowSeconds)
    }

    func decide(_ id: String, _ isApproved: Bool, by caller: SpiffeID, reason: String) async throws(Problem)
        -> AccessView
    {
        try await change(id, isApproved ? "approved" : "denied", by: caller, reason: reason) {
            (request: inout AccessRequest, now) throws(Problem) in
            try request.decide(isApproved, by: caller, reason: reason, nowSeconds: now)
        }
    }

    func end(_ id: String, by caller: SpiffeID, reason: String) async throws(Problem) -> AccessView {
        try await change(id, "ended", by: caller, reason: reason) {
            (request: inout AccessRequest, now) throws(Problem) in
            try request.end(by: caller, reason: reason, nowSeconds: now)
        }
    }

    /// Whether this person may log in there now, for the door that asks.
    func authorized(user: String, host: String) -> AccessAnswer {
        let now = nowSeconds
        let open = requests.values.filter {
            $0.state(nowSeconds: now) == .approved && $0.user == user && $0.hosts.contains(host)
                && $0.fromSeconds <= now
        }
        guard let last = open.max(by: { $0.toSeconds < $1.toSeconds }) else { return AccessAnswer(authorized: false) }
        return AccessAnswer(
            authorized: true, id: last.id, until: Timestamp.text(microseconds: last.toSeconds * 1_000_000),
            sources: last.sources, keys: last.keys)
    }

    private func change(
        _ id: String, _ action: String, by caller: SpiffeID, reason: String,
        _ mutate: (inout AccessRequest, UInt64) throws(Problem) -> Void
    ) async throws(Problem) -> AccessView {
        guard var request = requests[id] else { throw Problem(.notFound, "there is no request \(id)") }
        let before = request.version
        try mutate(&request, nowSeconds)
        try await keep(request, expecting: before, action, by: caller, reason: reason)
        let view = AccessView(request, nowSeconds: nowSeconds)
        logger.notice("access \(id): \(view.state.rawValue) for \(view.user)")
        return view
    }

    private func keep(
        _ request: AccessRequest, expecting version: Int, _ action: String, by caller: SpiffeID, reason: String
    ) async throws(Problem) {
        let body = StoredJSON.encoded(request)
        let row = RecordRow(
            kind: .access, id: request.id, version: request.version, body: body)
        let now = clock.nowMicroseconds()
        let decision = Decision(
            kind: .access, id: UUIDv7.make(nowMicroseconds: now), action: action, by: caller.description,
            atMicroseconds: now, subject: "access:\(request.id)", subjectDigest: Digest(of: body),
            summary: Gate.oneLine(
                "access of \(request.user) to \(request.hosts.joined(separator: ", ")) \(action): \(reason)"),
            details: [
                "request": request.id, "user": request.user, "ticket": request.ticket, "reason": reason,
                "from": Timestamp.text(microseconds: request.fromSeconds * 1_000_000),
                "to": Timestamp.text(microseconds: request.toSeconds * 1_000_000),
            ],
            lists: ["hosts": request.hosts, "sources": request.sources, "keys": request.keys])
        let statements = try scribe.statements(decision)
        do {
            guard try await store.put(row, expecting: version, logging: statements) else {
                throw Problem(.versionMismatch, "the request \(request.id) changed in the meantime")
            }
        } catch {
            throw Problem(stored: error)
        }
        requests[request.id] = request
        await tellRules()
    }

    private func tellRules() async {
        await judging.take(accesses: requests.values.compactMap(\.access).sorted { $0.id < $1.id })
    }
}
