/// Answer of `GET /v1/rollouts/{id}/verdict`: one evaluation with all its checks.
public struct VerdictView: Codable, Sendable, Equatable {
    public var id: String
    public var rollout: String
    public var verdict: VerdictState
    /// One sentence for a person.
    public var summary: String
    /// First failing reason; empty unless FAIL.
    public var reason: String
    /// Id of the check that failed first; absent unless FAIL. The check itself may pass again: a FAIL stays.
    public var failedCheck: String?
    /// What is missing for PASS, one sentence each.
    public var missing: [String]
    /// Hours until PASS may come, if nothing changes; absent when it cannot be told.
    public var etaHours: Int?
    /// Hour of the roll-out that was judged: 1, 2, ...
    public var hour: Int
    /// 1, 2, ... after a new artefact or an invalidation.
    public var judging: Int
    public var evaluatedAt: String
    public var windowFrom: String
    public var windowTo: String
    public var policy: String
    public var policyDigest: String
    public var pairs: Int
    public var checks: [CheckView]

    enum CodingKeys: String, CodingKey {
        case id, rollout, verdict, summary, reason, missing, hour, judging, policy, pairs, checks
        case failedCheck = "failed_check"
        case etaHours = "eta_hours"
        case evaluatedAt = "evaluated_at"
        case windowFrom = "window_from"
        case windowTo = "window_to"
        case policyDigest = "policy_digest"
    }

    public init(
        id: String, rollout: String, verdict: VerdictState, summary: String, reason: String, missing: [String],
        etaHours: Int?, hour: Int, judging: Int, evaluatedAt: String, windowFrom: String, windowTo: String,
        policy: String, policyDigest: String, pairs: Int, checks: [CheckView], failedCheck: String? = nil
    ) {
        self.failedCheck = failedCheck
        self.id = id
        self.rollout = rollout
        self.verdict = verdict
        self.summary = summary
        self.reason = reason
        self.missing = missing
        self.etaHours = etaHours
        self.hour = hour
        self.judging = judging
        self.evaluatedAt = evaluatedAt
        self.windowFrom = windowFrom
        self.windowTo = windowTo
        self.policy = policy
        self.policyDigest = policyDigest
        self.pairs = pairs
        self.checks = checks
    }
}

/// A check with its explanation. Numbers are decimal strings in the named unit, an infinite limit is absent.
public struct CheckView: Codable, Sendable, Equatable {
    public var id: String
    public var level: String
    public var subject: String
    public var metric: String
    public var kind: String
    public var outcome: String
    public var reason: String
    public var observed: String?
    public var lower: String?
    public var upper: String?
    public var bound: String?
    public var unit: String
    /// Blocks seen, and how many independent ones they are worth (thousandths).
    public var samples: String?
    public var effectiveSamples: String?
    /// The smallest change that this check could have seen by now, in its unit.
    public var detectable: String?
    public var sentence: String

    enum CodingKeys: String, CodingKey {
        case id, level, subject, metric, kind, outcome, reason, observed, lower, upper, bound, unit, samples
        case detectable, sentence
        case effectiveSamples = "effective_samples"
    }

    public init(
        id: String, level: String, subject: String, metric: String, kind: String, outcome: String, reason: String,
        observed: String?, lower: String?, upper: String?, bound: String?, unit: String, samples: String?,
        effectiveSamples: String?, detectable: String?, sentence: String
    ) {
        self.id = id
        self.level = level
        self.subject = subject
        self.metric = metric
        self.kind = kind
        self.outcome = outcome
        self.reason = reason
        self.observed = observed
        self.lower = lower
        self.upper = upper
        self.bound = bound
        self.unit = unit
        self.samples = samples
        self.effectiveSamples = effectiveSamples
        self.detectable = detectable
        self.sentence = sentence
    }
}
