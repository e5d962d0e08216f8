/// Body of `POST /v1/access-requests`: one person's wish to log in to named servers for a while.
public struct AccessAsk: Codable, Sendable, Equatable {
    /// The person's own account on the servers.
    public var user: String
    /// Listed one by one, 1 to 20.
    public var hosts: [String]
    /// RFC 3339, UTC; within 7 days, for at most 8 hours.
    public var from: String
    /// Two hours after `from` when left out.
    public var to: String?
    /// 20 to 2000 characters.
    public var reason: String
    /// A reference, such as an incident's number.
    public var ticket: String
    /// Addresses and SSH key fingerprints that the login must come with; any when left out.
    public var sources: [String]?
    public var keys: [String]?

    public init(
        user: String, hosts: [String], from: String, to: String? = nil, reason: String, ticket: String,
        sources: [String]? = nil, keys: [String]? = nil
    ) {
        self.user = user
        self.hosts = hosts
        self.from = from
        self.to = to
        self.reason = reason
        self.ticket = ticket
        self.sources = sources
        self.keys = keys
    }
}

/// Body of `approve`, `deny` and `end`.
public struct AccessDecision: Codable, Sendable, Equatable {
    public var reason: String?
    public init(reason: String? = nil) { self.reason = reason }
}

public struct AccessView: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable, CaseIterable {
        case requested, approved, denied
        /// Nobody decided within a day.
        case lapsed
        /// By time, by the person, or revoked.
        case ended
    }

    public var id: String
    public var state: State
    public var user: String
    public var hosts: [String]
    public var from: String
    public var to: String
    public var reason: String
    public var ticket: String
    public var sources: [String]
    public var keys: [String]
    public var requestedBy: String
    public var requestedAt: String
    /// Empty until decided.
    public var decidedBy: String
    public var decidedAt: String
    public var decisionReason: String
    /// Empty unless it was ended before its time.
    public var endedBy: String
    public var endedAt: String

    enum CodingKeys: String, CodingKey {
        case id, state, user, hosts, from, to, reason, ticket, sources, keys
        case requestedBy = "requested_by"
        case requestedAt = "requested_at"
        case decidedBy = "decided_by"
        case decidedAt = "decided_at"
        case decisionReason = "decision_reason"
        case endedBy = "ended_by"
        case endedAt = "ended_at"
    }

    public init(
        id: String, state: State, user: String, hosts: [String], from: String, to: String, reason: String,
        ticket: String, sources: [String], keys: [String], requestedBy: String, requestedAt: String,
        decidedBy: String, decidedAt: String, decisionReason: String, endedBy: String, endedAt: String
    ) {
        self.id = id
        self.state = state
        self.user = user
        self.hosts = hosts
        self.from = from
        self.to = to
        self.reason = reason
        self.ticket = ticket
        self.sources = sources
        self.keys = keys
        self.requestedBy = requestedBy
        self.requestedAt = requestedAt
        self.decidedBy = decidedBy
        self.decidedAt = decidedAt
        self.decisionReason = decisionReason
        self.endedBy = endedBy
        self.endedAt = endedAt
    }
}

/// Newest first.
public struct AccessPage: Codable, Sendable, Equatable {
    public var requests: [AccessView]
    public init(requests: [AccessView]) { self.requests = requests }
}

/// Answer of `GET /v1/access-requests/authorized?host=&user=`: whether this person may log in there now.
public struct AccessAnswer: Codable, Sendable, Equatable {
    public var authorized: Bool
    /// The approved request; empty without one.
    public var id: String
    /// When it ends; empty without one.
    public var until: String
    public var sources: [String]
    public var keys: [String]
    public init(authorized: Bool, id: String = "", until: String = "", sources: [String] = [], keys: [String] = []) {
        self.authorized = authorized
        self.id = id
        self.until = until
        self.sources = sources
        self.keys = keys
    }
}
