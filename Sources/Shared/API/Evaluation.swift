/// Body of `moves`: instances that went over. Known ones may be told again.
public struct MovesRequest: Codable, Sendable, Equatable {
    public var moves: [RolloutSpec.Move]
    public init(moves: [RolloutSpec.Move]) { self.moves = moves }
}

/// Body of `artifacts`: what is rolled out from now on. Judging begins anew.
public struct ArtifactsRequest: Codable, Sendable, Equatable {
    public var artifacts: [RolloutSpec.Artifact]
    public var files: [RolloutSpec.File]?
    public init(artifacts: [RolloutSpec.Artifact], files: [RolloutSpec.File]? = nil) {
        self.artifacts = artifacts
        self.files = files
    }

    /// Whether every digest is SHA-256 in lowercase hex.
    public var hasDigests: Bool {
        (artifacts.map(\.sha256) + (files ?? []).map(\.sha256)).allSatisfy(DigestText.isValid)
    }
}

/// Body of `invalidate`: blocks of this time count as absent.
public struct InvalidateRequest: Codable, Sendable, Equatable {
    /// `nil`: all hosts of the roll-out.
    public var host: String?
    /// RFC 3339, UTC.
    public var from: String
    public var to: String
    public var reason: String
    public init(host: String?, from: String, to: String, reason: String) {
        self.host = host
        self.from = from
        self.to = to
        self.reason = reason
    }
}

/// Body of `override`: checks of the last verdict that an approver accepts for a while.
public struct OverrideRequest: Codable, Sendable, Equatable {
    public var verdictID: String
    /// Ids of checks that fail or are missing.
    public var checks: [String]
    /// RFC 3339, UTC; at most 7 days away.
    public var until: String
    public var reason: String
    public init(verdictID: String, checks: [String], until: String, reason: String) {
        self.verdictID = verdictID
        self.checks = checks
        self.until = until
        self.reason = reason
    }

    enum CodingKeys: String, CodingKey {
        case verdictID = "verdict_id"
        case checks, until, reason
    }
}

/// Answer of `GET /v1/rollouts/{id}/rejudged`, newest first.
public struct RejudgedList: Codable, Sendable, Equatable {
    public var verdicts: [VerdictView]
    public init(verdicts: [VerdictView]) { self.verdicts = verdicts }
}
