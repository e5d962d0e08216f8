/// What an alert tells. A receiver may ask for some kinds alone.
public enum AlertKind: String, Codable, Sendable, CaseIterable {
    case verdict, gate, stage, override, access, login, policy, host
}

/// Body of an alert's POST, in the form of standardwebhooks.com, with `text` for chats that take Slack's webhooks.
public struct AlertBody: Codable, Sendable, Equatable {
    /// Kind and event, such as `verdict.changed` or `host.silent`.
    public var type: String
    /// When the collector saw it; RFC 3339, UTC.
    public var timestamp: String
    /// One or two sentences for people.
    public var text: String
    public var data: AlertData
    public init(type: String, timestamp: String, text: String, data: AlertData) {
        self.type = type
        self.timestamp = timestamp
        self.text = text
        self.data = data
    }
}

/// What an alert is about, for programs. Members that its type has no use for are absent.
public struct AlertData: Codable, Sendable, Equatable {
    public struct GateChange: Codable, Sendable, Equatable {
        public var stage: Stage
        public var from: GateAnswer.State
        public var to: GateAnswer.State
        public var reasons: [String]
        public init(stage: Stage, from: GateAnswer.State, to: GateAnswer.State, reasons: [String]) {
            self.stage = stage
            self.from = from
            self.to = to
            self.reasons = reasons
        }
    }

    public var rollout: String?
    /// The new state, and the one before.
    public var verdict: VerdictState?
    public var before: VerdictState?
    public var verdictID: String?
    public var gates: [GateChange]?
    public var stage: Stage?
    public var override: GateOverride?
    /// Id of the request for access.
    public var access: String?
    public var user: String?
    public var hosts: [String]?
    public var policy: String?
    public var digest: String?
    /// SPIFFE ID of who did it.
    public var by: String?
    public var reason: String?

    enum CodingKeys: String, CodingKey {
        case rollout, verdict, before, gates, stage, override, access, user, hosts, policy, digest, by, reason
        case verdictID = "verdict_id"
    }

    public init() {}
}

/// Answer of `GET /v1/alerts/dead`: deliveries that were given up, oldest first.
public struct DeadAlerts: Codable, Sendable, Equatable {
    public var dead: [DeadAlert]
    public init(dead: [DeadAlert]) { self.dead = dead }
}

public struct DeadAlert: Codable, Sendable, Equatable {
    /// As in the header `webhook-id`.
    public var id: String
    public var receiver: String
    public var type: String
    public var text: String
    public var createdAt: String
    public var attempts: Int
    /// What the last attempt met.
    public var lastFault: String
    public init(
        id: String, receiver: String, type: String, text: String, createdAt: String, attempts: Int, lastFault: String
    ) {
        self.id = id
        self.receiver = receiver
        self.type = type
        self.text = text
        self.createdAt = createdAt
        self.attempts = attempts
        self.lastFault = lastFault
    }

    enum CodingKeys: String, CodingKey {
        case id, receiver, type, text, attempts
        case createdAt = "created_at"
        case lastFault = "last_fault"
    }
}

/// Answer of `POST /v1/alerts/dead/{id}/retry`.
public struct AlertRetry: Codable, Sendable, Equatable {
    public var id: String
    public var receiver: String
    public init(id: String, receiver: String) {
        self.id = id
        self.receiver = receiver
    }
}

/// Answer of `POST /v1/alerts/test`: what each receiver said to an alert of type `test`.
public struct AlertTest: Codable, Sendable, Equatable {
    public struct Outcome: Codable, Sendable, Equatable {
        public var receiver: String
        public var isDelivered: Bool
        /// 0 without an answer.
        public var status: Int
        /// The fault, or the beginning of the answer.
        public var detail: String
        public var milliseconds: Int
        public init(receiver: String, isDelivered: Bool, status: Int, detail: String, milliseconds: Int) {
            self.receiver = receiver
            self.isDelivered = isDelivered
            self.status = status
            self.detail = detail
            self.milliseconds = milliseconds
        }

        enum CodingKeys: String, CodingKey {
            case receiver, status, detail, milliseconds
            case isDelivered = "delivered"
        }
    }

    public var outcomes: [Outcome]
    public init(outcomes: [Outcome]) { self.outcomes = outcomes }
}
