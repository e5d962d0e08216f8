// One check: what was measured, what was allowed, what follows, and the sentence that says so. Must never carry a
// number that the sentence contradicts: both are made from the same fields.

/// Blocks from `first` to `last`, both included.
public struct BlockWindow: Equatable, Sendable {
    public let first: Int
    public let last: Int
    public let blockSeconds: Int

    /// Unix seconds of the begin of the first block and of the end of the last.
    public var fromSeconds: Int { first * blockSeconds }
    public var toSeconds: Int { (last + 1) * blockSeconds }
}

public struct Check: Equatable, Sendable {
    public enum Level: String, Sendable { case fleet, host, pair, rule }

    public enum Kind: String, Sendable {
        /// Limits of the mean since the start.
        case interval
        /// The same from the beginning of a later quarter day: sees late changes.
        case restart
        /// Gross, sustained or counted excess.
        case `guard`
        /// The last 72 blocks.
        case recent
        case drift
        case coverage
        case rule
        /// Time judged.
        case hours
        case stale
        /// A new copy is silent while its old copy reports.
        case silence
        /// A new host's own reports, once instances move.
        case reports
        /// The comparison of hosts without pairs.
        case comparison
        /// Whether anything is judged at all.
        case metrics
        /// Old against old.
        case selfComparison = "aa"
    }

    public enum State: String, Sendable { case pass, fail, missing, warn, observe }

    /// Codes, none of which is ever renamed.
    public enum Reason: String, Sendable {
        case withinBound, boundExceeded, tooFewSamples, sidesDiffer, measurementAbsent, counterReset, hostSilent
        case policyError
        /// The limit is not below the margin yet, although the mean may be.
        case limitNotBelowMargin
        case guardFired, drifting, tooEarly, stale, ruleBroken, ruleUnknown, ruleAttention
        /// Too few events on both sides for more than half of what was owed: not asked for.
        case mostlyIdle
        /// Was met before instances moved, and is not asked for again.
        case notAskedAgain
    }

    public enum Unit: String, Sendable {
        /// New ÷ old.
        case ratio
        /// Events beyond the allowance per pair and block.
        case perPairBlock
        case share, blocks, hours, hosts, standardDeviations, metrics, none
    }

    public var level: Level
    /// Host, pair or nobody in particular.
    public var subject: String?
    /// Name of the metric or the rule; "all" where the check concerns none.
    public var name: String
    public var kind: Kind
    public var state: State
    public var reason: Reason
    public var unit: Unit
    /// The measurement in `unit`; for intervals the mean.
    public var value: Double?
    /// Limits in `unit`; nil = infinite or not asked. A fleet's upper limit is taken at 0.05.
    public var lower: Double?
    public var upper: Double?
    /// What was allowed, in `unit`.
    public var bound: Double?
    /// Error level of the lower limit.
    public var alpha: Double?
    public var n: Int?
    public var effectiveCount: Double?
    public var inflation: Double?
    /// Hour means behind it.
    public var hours: Int?
    public var window: BlockWindow?
    /// Counts of both sides, for metrics that count.
    public var old: Double?
    public var new: Double?
    /// The smallest change, in `unit`, that the lower limit could have told from none by now; nil if no change could.
    public var detectable: Double?
    /// How many passing checks this row stands for; the subject shown is the worst of them.
    public var folded: Int
    public var sentence: String

    init(level: Level, name: String, kind: Kind, state: State, reason: Reason, unit: Unit = .none) {
        self.level = level
        self.name = name
        self.kind = kind
        self.state = state
        self.reason = reason
        self.unit = unit
        folded = 1
        sentence = ""
    }

    /// LEVEL.METRIC.KIND[:SUBJECT], rules rule.NAME[:HOST].
    public var id: String {
        let subject = subject.map { ":\($0)" } ?? ""
        switch level {
        case .rule: return "rule.\(name)\(subject)"
        case .fleet, .host, .pair: return "\(level.rawValue).\(name).\(kind.rawValue)\(subject)"
        }
    }

    /// A value of this check as the signed integer of its unit, rounded once, downward: parts per million for ratios
    /// and shares, 10⁻⁶ per pair and block for counts, thousandths of standard deviations, whole numbers else. nil
    /// where it is infinite.
    public func integer(_ value: Double?) -> Int64? {
        switch unit {
        case .ratio, .perPairBlock, .share: Check.floored(value, scale: 1_000_000)
        case .standardDeviations: Check.floored(value, scale: 1000)
        case .blocks, .hours, .hosts, .metrics, .none: Check.floored(value, scale: 1)
        }
    }

    public var alphaPpb: Int64? { Check.floored(alpha, scale: 1_000_000_000) }
    public var effectiveThousandths: Int64? { Check.floored(effectiveCount, scale: 1000) }
    public var inflationThousandths: Int64? { Check.floored(inflation, scale: 1000) }

    static func floored(_ value: Double?, scale: Double) -> Int64? {
        guard let value else { return nil }
        let scaled = (value * scale).rounded(.down)
        guard scaled.isFinite, scaled.magnitude < 9e18 else { return nil }
        return Int64(scaled)
    }

    /// What a policy's weight makes of an outcome.
    func weighed(_ weight: Weight) -> Check {
        var check = self
        switch (weight, state) {
        case (.fail, _): break
        case (.warn, .fail), (.warn, .missing): check.state = .warn
        case (.warn, .pass), (.warn, .warn), (.warn, .observe), (.observe, _): check.state = .observe
        }
        return check
    }

    /// Order in which several failing checks are named as the first reason: facts that nobody disputes before limits.
    var failureRank: Int {
        switch kind {
        case .guard: 0
        case .rule: 1
        case .interval: level == .fleet ? 2 : 4
        case .restart: 3
        case .comparison: 5
        case .recent, .drift, .coverage, .hours, .stale, .silence, .reports, .metrics, .selfComparison: 6
        }
    }
}
