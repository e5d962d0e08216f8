/// Answer of `GET /v1/rollouts/{id}` and of every call that changes a roll-out.
public struct RolloutView: Codable, Sendable, Equatable {
    public var id: String
    public var stage: Stage
    /// Rises with each change; `If-Match` takes it.
    public var version: Int
    public var policy: String
    public var policyDigest: String
    public var artifacts: [RolloutSpec.Artifact]
    public var old: [String]
    public var new: [String]
    public var pairs: [RolloutSpec.Pair]
    public var createdBy: String
    public var createdAt: String
    /// When each stage was reached, oldest first.
    public var history: [StageChange]
    /// Rules and metrics that the policy only shows.
    public var observed: [String]
    /// 1, 2, … : other artefacts and invalidations begin another evaluation.
    public var judging: Int
    public var overrides: [OverrideView]
    /// After a roll-back: which instances go back where.
    public var moveBack: [RolloutSpec.Move]
    /// What tools told of instances that went over, oldest first.
    public var moves: [MoveView]
    /// Times that count as absent, oldest first.
    public var invalidations: [InvalidationView]

    public struct MoveView: Codable, Sendable, Equatable {
        public var name: String
        public var from: String
        public var to: String
        public var at: String
        public var by: String
        public init(name: String, from: String, to: String, at: String, by: String) {
            self.name = name
            self.from = from
            self.to = to
            self.at = at
            self.by = by
        }
    }

    public struct InvalidationView: Codable, Sendable, Equatable {
        /// Empty: all hosts.
        public var host: String
        public var from: String
        public var to: String
        public var at: String
        public var by: String
        public var reason: String
        public init(host: String, from: String, to: String, at: String, by: String, reason: String) {
            self.host = host
            self.from = from
            self.to = to
            self.at = at
            self.by = by
            self.reason = reason
        }
    }

    /// An override with its reason, in force or not.
    public struct OverrideView: Codable, Sendable, Equatable {
        public var id: String
        public var verdictID: String
        public var checks: [String]
        public var by: String
        public var at: String
        public var until: String
        public var reason: String
        public init(
            id: String, verdictID: String, checks: [String], by: String, at: String, until: String, reason: String
        ) {
            self.id = id
            self.verdictID = verdictID
            self.checks = checks
            self.by = by
            self.at = at
            self.until = until
            self.reason = reason
        }

        enum CodingKeys: String, CodingKey {
            case id, checks, by, at, until, reason
            case verdictID = "verdict_id"
        }
    }

    public struct StageChange: Codable, Sendable, Equatable {
        public var stage: Stage
        public var at: String
        public var by: String
        public var reason: String
        public init(stage: Stage, at: String, by: String, reason: String) {
            self.stage = stage
            self.at = at
            self.by = by
            self.reason = reason
        }
    }

    enum CodingKeys: String, CodingKey {
        case id, stage, version, policy, artifacts, old, new, pairs, history, observed, judging, overrides, moves
        case invalidations
        case moveBack = "move_back"
        case policyDigest = "policy_digest"
        case createdBy = "created_by"
        case createdAt = "created_at"
    }

    public init(
        id: String, stage: Stage, version: Int, policy: String, policyDigest: String,
        artifacts: [RolloutSpec.Artifact], old: [String], new: [String], pairs: [RolloutSpec.Pair], createdBy: String,
        createdAt: String, history: [StageChange], observed: [String], judging: Int = 1,
        overrides: [OverrideView] = [], moveBack: [RolloutSpec.Move] = [], moves: [MoveView] = [],
        invalidations: [InvalidationView] = []
    ) {
        self.moves = moves
        self.invalidations = invalidations
        self.judging = judging
        self.overrides = overrides
        self.moveBack = moveBack
        self.id = id
        self.stage = stage
        self.version = version
        self.policy = policy
        self.policyDigest = policyDigest
        self.artifacts = artifacts
        self.old = old
        self.new = new
        self.pairs = pairs
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.history = history
        self.observed = observed
    }
}

public struct RolloutPage: Codable, Sendable, Equatable {
    public var rollouts: [RolloutView]
    /// For the next call; empty at the end.
    public var cursor: String
    public init(rollouts: [RolloutView], cursor: String) {
        self.rollouts = rollouts
        self.cursor = cursor
    }
}

/// Body of `advance`: the stage that the caller means to reach, so that a repeated call cannot go one further.
public struct AdvanceRequest: Codable, Sendable, Equatable {
    public var to: Stage
    public var reason: String?
    public init(to: Stage, reason: String? = nil) {
        self.to = to
        self.reason = reason
    }
}

public struct RollbackRequest: Codable, Sendable, Equatable {
    public var reason: String
    public init(reason: String) { self.reason = reason }
}
