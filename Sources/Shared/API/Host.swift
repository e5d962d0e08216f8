/// Body of `POST /v1/hosts/{host}/retire`, `/ban` and `/unban`.
public struct HostChangeRequest: Codable, Sendable, Equatable {
    public var reason: String?
    /// For a ban, RFC 3339 in UTC: what the host reported from then on is not trusted.
    public var since: String?

    public init(reason: String?, since: String? = nil) {
        self.reason = reason
        self.since = since
    }
}

/// Answer of `GET /v1/hosts` and `/v1/hosts/{host}`.
public struct HostView: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable, CaseIterable { case pending, active, retired, banned }

    public var host: String
    public var state: State
    /// Empty before the first report.
    public var lastReportAt: String
    public var lastSequence: String
    public var instances: Int
    /// Wall clock of the host minus the collector's, in milliseconds, at the last report.
    public var skewMilliseconds: Int
    public var agentVersion: String
    /// Probes of the last report that could not give everything, with their cause.
    public var troubles: [String]

    enum CodingKeys: String, CodingKey {
        case host, state, instances, troubles
        case lastReportAt = "last_report_at"
        case lastSequence = "last_sequence"
        case skewMilliseconds = "skew_milliseconds"
        case agentVersion = "agent_version"
    }

    public init(
        host: String, state: State, lastReportAt: String, lastSequence: String, instances: Int,
        skewMilliseconds: Int, agentVersion: String, troubles: [String]
    ) {
        self.host = host
        self.state = state
        self.lastReportAt = lastReportAt
        self.lastSequence = lastSequence
        self.instances = instances
        self.skewMilliseconds = skewMilliseconds
        self.agentVersion = agentVersion
        self.troubles = troubles
    }
}

public struct HostPage: Codable, Sendable, Equatable {
    public var hosts: [HostView]
    /// Hosts that knocked with a valid certificate and nobody has registered.
    public var waiting: [WaitingHost]
    public init(hosts: [HostView], waiting: [WaitingHost]) {
        self.hosts = hosts
        self.waiting = waiting
    }
}

public struct WaitingHost: Codable, Sendable, Equatable {
    public var host: String
    public var address: String
    /// SHA-256 in hex, as the host says of itself.
    public var machineIDDigest: String
    public var firstSeenAt: String

    enum CodingKeys: String, CodingKey {
        case host, address
        case machineIDDigest = "machine_id_digest"
        case firstSeenAt = "first_seen_at"
    }

    public init(host: String, address: String, machineIDDigest: String, firstSeenAt: String) {
        self.host = host
        self.address = address
        self.machineIDDigest = machineIDDigest
        self.firstSeenAt = firstSeenAt
    }
}

/// Body of `PUT /v1/hosts/{host}`: registers a host. Absent members are not checked.
public struct HostRegistration: Codable, Sendable, Equatable {
    public var machineIDDigest: String?
    /// CIDR.
    public var addresses: String?

    enum CodingKeys: String, CodingKey {
        case machineIDDigest = "machine_id_digest"
        case addresses
    }

    public init(machineIDDigest: String? = nil, addresses: String? = nil) {
        self.machineIDDigest = machineIDDigest
        self.addresses = addresses
    }
}
