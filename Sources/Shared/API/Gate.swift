/// The one answer that every deployment tool reads. All keys are always present.
public struct GateAnswer: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable, CaseIterable { case open, waiting, blocked }

    /// True only when the gate is open.
    public var ok: Bool
    public var state: State
    public var verdict: VerdictState
    /// Always `null` while no override is in force.
    public var override: GateOverride?
    public var rollout: String
    public var stage: Stage
    /// Every condition that is missing or failing, one sentence each.
    public var reasons: [String]
    /// One line, at most 500 bytes.
    public var summary: String
    public var verdictID: String
    public var evaluatedAt: String
    public var validUntil: String
    /// Seconds after which asking again may give another answer.
    public var retryAfter: Int
    public var checks: [CheckSummary]
    public var report: String

    enum CodingKeys: String, CodingKey {
        case ok, state, verdict, override, rollout, stage, reasons, summary, checks, report
        case verdictID = "verdict_id"
        case evaluatedAt = "evaluated_at"
        case validUntil = "valid_until"
        case retryAfter = "retry_after"
    }

    public init(
        state: State, verdict: VerdictState, override: GateOverride? = nil, rollout: String, stage: Stage,
        reasons: [String], summary: String, verdictID: String, evaluatedAt: String, validUntil: String,
        retryAfter: Int, checks: [CheckSummary], report: String
    ) {
        self.ok = state == .open
        self.state = state
        self.verdict = verdict
        self.override = override
        self.rollout = rollout
        self.stage = stage
        self.reasons = reasons
        self.summary = summary
        self.verdictID = verdictID
        self.evaluatedAt = evaluatedAt
        self.validUntil = validUntil
        self.retryAfter = retryAfter
        self.checks = checks
        self.report = report
    }

    /// Written by hand for one reason: `override` must stand there as `null`, not be left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(ok, forKey: .ok)
        try container.encode(state, forKey: .state)
        try container.encode(verdict, forKey: .verdict)
        try container.encode(override, forKey: .override)
        try container.encode(rollout, forKey: .rollout)
        try container.encode(stage, forKey: .stage)
        try container.encode(reasons, forKey: .reasons)
        try container.encode(summary, forKey: .summary)
        try container.encode(verdictID, forKey: .verdictID)
        try container.encode(evaluatedAt, forKey: .evaluatedAt)
        try container.encode(validUntil, forKey: .validUntil)
        try container.encode(retryAfter, forKey: .retryAfter)
        try container.encode(checks, forKey: .checks)
        try container.encode(report, forKey: .report)
    }
}

/// An approver's acceptance of named checks, with an end.
public struct GateOverride: Codable, Sendable, Equatable {
    public var id: String
    public var by: String
    public var until: String
    public var checks: [String]
    public init(id: String, by: String, until: String, checks: [String]) {
        self.id = id
        self.by = by
        self.until = until
        self.checks = checks
    }
}

public enum VerdictState: String, Codable, Sendable, CaseIterable {
    case pass = "PASS"
    case fail = "FAIL"
    case inconclusive = "INCONCLUSIVE"
}

/// A check in a few words; integers are decimal strings in the named unit.
public struct CheckSummary: Codable, Sendable, Equatable {
    public var id: String
    /// PASS, FAIL, INCONCLUSIVE, WARN or OBSERVED.
    public var outcome: String
    /// A code, such as `withinBound`.
    public var reason: String
    public var observed: String
    public var bound: String
    public var unit: String
    public init(id: String, outcome: String, reason: String, observed: String, bound: String, unit: String) {
        self.id = id
        self.outcome = outcome
        self.reason = reason
        self.observed = observed
        self.bound = bound
        self.unit = unit
    }
}
