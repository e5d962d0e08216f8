import Evaluation
import Shared

/// One person's request to log in to named servers, and what became of it. Nothing is ever taken back: a decision adds
/// to the record.
struct AccessRequest: Codable, Sendable, Equatable {
    static let mostHosts = 20
    static let defaultSeconds: UInt64 = 2 * 3600
    static let longestSeconds: UInt64 = 8 * 3600
    static let earliestSeconds: UInt64 = 7 * 86_400
    static let lapseSeconds: UInt64 = 86_400

    struct Step: Codable, Sendable, Equatable {
        /// SPIFFE ID.
        var by: String
        /// Seconds since 1970.
        var atSeconds: UInt64
        var reason: String
    }

    let id: String
    let user: String
    let hosts: [String]
    let fromSeconds: UInt64
    let toSeconds: UInt64
    let reason: String
    let ticket: String
    let sources: [String]
    let keys: [String]
    let requested: Step
    private(set) var approved: Step?
    private(set) var denied: Step?
    private(set) var ended: Step?
    /// Rises by one with each change.
    private(set) var version = 1

    /// - Throws: `malformed`, naming the member and its limit.
    init(_ ask: AccessAsk, id: String, by caller: SpiffeID, nowSeconds now: UInt64) throws(Problem) {
        func refuse(_ what: String) -> Problem { Problem(.malformed, what) }
        guard !ask.user.isEmpty, ask.user.utf8.count <= Limits.labelBytes else {
            throw refuse("user: name the person's account")
        }
        guard !UnapprovedLoginRule.isShared(ask.user) else {
            throw refuse("user: \(ask.user) is a shared account; a request is for one person")
        }
        guard (1...Self.mostHosts).contains(ask.hosts.count), ask.hosts.allSatisfy(Self.isName) else {
            throw refuse("hosts: list 1 to \(Self.mostHosts) hosts by their ids, without patterns")
        }
        guard let from = Timestamp.microseconds(ask.from).map({ $0 / 1_000_000 }) else {
            throw refuse("from takes a time such as 2026-11-20T12:05:00Z")
        }
        let to: UInt64
        if let text = ask.to {
            guard let time = Timestamp.microseconds(text) else {
                throw refuse("to takes a time such as 2026-11-20T14:05:00Z")
            }
            to = time / 1_000_000
        } else {
            to = from + Self.defaultSeconds
        }
        guard to > from, to - from <= Self.longestSeconds, to > now, from <= now + Self.earliestSeconds else {
            throw refuse("from, to: at most 8 hours, not past, beginning within 7 days")
        }
        guard (20...2000).contains(ask.reason.count) else { throw refuse("reason: write 20 to 2000 characters") }
        guard (1...Limits.labelBytes).contains(ask.ticket.utf8.count) else {
            throw refuse("ticket: name the incident or change")
        }
        for (name, list) in [("sources", ask.sources), ("keys", ask.keys)] {
            guard let list else { continue }
            guard list.count <= Self.mostHosts, list.allSatisfy({ (1...Limits.labelBytes).contains($0.utf8.count) })
            else { throw refuse("\(name): list at most \(Self.mostHosts) texts") }
        }
        self.id = id
        user = ask.user
        hosts = ask.hosts
        fromSeconds = from
        toSeconds = to
        reason = ask.reason
        ticket = ask.ticket
        sources = ask.sources ?? []
        keys = ask.keys ?? []
        requested = Step(by: caller.description, atSeconds: now, reason: ask.reason)
    }

    private static func isName(_ text: String) -> Bool {
        (1...Limits.hostBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || [0x2d, 0x2e, 0x5f].contains(byte)
            }
    }

    func state(nowSeconds now: UInt64) -> AccessView.State {
        if denied != nil { return .denied }
        if approved != nil { return ended != nil || now > toSeconds ? .ended : .approved }
        return now > requested.atSeconds + Self.lapseSeconds || now > toSeconds ? .lapsed : .requested
    }

    /// - Throws: `approval-own` for who asked or is meant; `conflict` unless it waits for a decision.
    mutating func decide(
        _ isApproved: Bool, by caller: SpiffeID, reason: String, nowSeconds now: UInt64
    ) throws(Problem) {
        guard caller.description != requested.by, caller.name != user else {
            throw Problem(.approvalOwn, "another person than who asked, or is meant, decides")
        }
        let state = state(nowSeconds: now)
        guard state == .requested else { throw Problem(.conflict, "the request \(id) is \(state.rawValue) already") }
        let step = Step(by: caller.description, atSeconds: now, reason: reason)
        if isApproved { approved = step } else { denied = step }
        version += 1
    }

    /// By the person, who asked, or an approver.
    /// - Throws: `conflict` unless it is approved and not over.
    mutating func end(by caller: SpiffeID, reason: String, nowSeconds now: UInt64) throws(Problem) {
        let state = state(nowSeconds: now)
        guard state == .approved else { throw Problem(.conflict, "the request \(id) is \(state.rawValue)") }
        ended = Step(by: caller.description, atSeconds: now, reason: reason)
        version += 1
    }

    /// What the rule compares logins with; `nil` without an approval.
    var access: ApprovedAccess? {
        guard let approved else { return nil }
        return ApprovedAccess(
            id: id, user: user, hosts: hosts, fromSeconds: max(fromSeconds, approved.atSeconds),
            toSeconds: min(toSeconds, ended?.atSeconds ?? toSeconds), approvedSeconds: approved.atSeconds,
            sources: sources, keys: keys)
    }
}

extension AccessView {
    init(_ request: AccessRequest, nowSeconds now: UInt64) {
        func time(_ seconds: UInt64?) -> String { seconds.map { Timestamp.text(microseconds: $0 * 1_000_000) } ?? "" }
        let decision = request.approved ?? request.denied
        self.init(
            id: request.id, state: request.state(nowSeconds: now), user: request.user, hosts: request.hosts,
            from: time(request.fromSeconds), to: time(request.toSeconds), reason: request.reason,
            ticket: request.ticket, sources: request.sources, keys: request.keys, requestedBy: request.requested.by,
            requestedAt: time(request.requested.atSeconds), decidedBy: decision?.by ?? "",
            decidedAt: time(decision?.atSeconds), decisionReason: decision?.reason ?? "",
            endedBy: request.ended?.by ?? "", endedAt: time(request.ended?.atSeconds))
    }
}
