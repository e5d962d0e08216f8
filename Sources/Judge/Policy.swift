// What users decide: which metrics and rules count, and how much worse is too much. The defaults are judgement, not
// statistics. Must never change an answer by anything that is not written here.

/// What a metric or a rule can do to a verdict.
public enum Weight: String, CaseIterable, Sendable {
    /// Fails, and is asked for at PASS.
    case fail
    /// Shown, with a warning; never fails and is not asked for.
    case warn
    /// Numbers only.
    case observe
}

public struct MetricPolicy: Equatable, Sendable {
    public var metric: Metric
    public var weight: Weight
    /// How many times the old value the new one may be; at 1 or below the metric only warns.
    public var marginRatio: Double
    /// Counts only: events per operation that are allowed beside that.
    public var floorPerOperation: Double

    public init(metric: Metric, weight: Weight = .fail, marginRatio: Double, floorPerOperation: Double = 0) {
        self.metric = metric
        self.weight = weight
        self.marginRatio = marginRatio
        self.floorPerOperation = floorPerOperation
    }

    public static let defaults: [MetricPolicy] = [
        MetricPolicy(metric: .cpu, marginRatio: 1.15),
        MetricPolicy(metric: .service, marginRatio: 1.15),
        MetricPolicy(metric: .p50, marginRatio: 1.15),
        MetricPolicy(metric: .p99, marginRatio: 1.20),
        MetricPolicy(metric: .mem, marginRatio: 1.10),
        MetricPolicy(metric: .net, marginRatio: 1.15),
        MetricPolicy(metric: .disk, marginRatio: 1.25),
        MetricPolicy(metric: .err, marginRatio: 1.5, floorPerOperation: 1e-6),
        MetricPolicy(metric: .slow, marginRatio: 1.5, floorPerOperation: 2e-5),
        MetricPolicy(metric: .log, marginRatio: 1.5, floorPerOperation: 1e-6),
    ]
}

public struct JudgePolicy: Equatable, Sendable {
    public enum AfterMigration: String, CaseIterable, Sendable {
        /// The comparison of hosts must not FAIL once instances move.
        case noFail
        /// It must PASS.
        case pass
    }

    /// Digest of the policy's document; copied into every verdict.
    public var digest: String
    /// At least 1.
    public var blockSeconds: Int
    public var minHoursPass: Int
    /// Once instances move: as long as this many pairs are still owed, they are asked for.
    public var minPairs: Int
    public var afterMigration: AfterMigration
    /// Redis' latency edge above which an operation is slow: 0 … 20, default 10 = 1,056 µs.
    public var slowEdgeIndex: Int
    /// In the order in which checks are listed; each metric at most once.
    public var metrics: [MetricPolicy]
    /// Rules that are not named here weigh `fail`.
    public var ruleWeights: [String: Weight]

    public init(
        digest: String = "", blockSeconds: Int = 300, minHoursPass: Int = 24, minPairs: Int = 5,
        afterMigration: AfterMigration = .noFail, slowEdgeIndex: Int = 10,
        metrics: [MetricPolicy] = MetricPolicy.defaults, ruleWeights: [String: Weight] = ["agent_health": .warn]
    ) {
        self.digest = digest
        self.blockSeconds = blockSeconds
        self.minHoursPass = minHoursPass
        self.minPairs = minPairs
        self.afterMigration = afterMigration
        self.slowEdgeIndex = slowEdgeIndex
        self.metrics = metrics
        self.ruleWeights = ruleWeights
    }

    public static let `default` = JudgePolicy()

    public func weight(ofRule rule: String) -> Weight { ruleWeights[rule] ?? .fail }
}

/// A metric of the policy with the numbers that follow from it.
struct JudgedMetric: Equatable, Sendable {
    static let clip = Elementary.log(20)
    static let hostFactor = 1.5
    static let pairFactor = 2.0

    let metric: Metric
    let kind: Metric.Kind
    let weight: Weight
    let marginRatio: Double
    /// Margin μ* of the fleet: ln of the ratio; 0 for counts, whose stream has the allowance taken off already.
    let margin: Double
    let floorPerBlock: Double

    init(_ policy: MetricPolicy, blockSeconds: Int) {
        metric = policy.metric
        kind = policy.metric.kind
        weight = policy.weight == .fail && policy.marginRatio <= 1 ? .warn : policy.weight
        marginRatio = policy.marginRatio
        switch policy.metric.kind {
        case .ratio, .level: margin = Elementary.log(policy.marginRatio)
        case .count: margin = 0
        }
        floorPerBlock = policy.floorPerOperation * Double(blockSeconds)
    }

    var isJudged: Bool { weight == .fail }
    var isCount: Bool { kind == .count }
    var hostMargin: Double { JudgedMetric.hostFactor * margin }
    var pairMargin: Double { JudgedMetric.pairFactor * margin }

    /// One pair's value in one block; nil where either copy has none.
    func value(old: Double?, new: Double?, newOps: Double) -> Double? {
        switch kind {
        case .ratio, .level: JudgedMetric.ratio(old: old, new: new)
        case .count: count(old: old, new: new, newOps: newOps)
        }
    }

    /// Clipped log ratio.
    static func ratio(old: Double?, new: Double?) -> Double? {
        guard let old, let new, old > 0, new > 0 else { return nil }
        return min(max(Elementary.log(new / old), -clip), clip)
    }

    /// Events beyond the allowance.
    func count(old: Double?, new: Double?, newOps: Double) -> Double? {
        guard let old, let new else { return nil }
        return new - marginRatio * old - floorPerBlock * newOps
    }
}
