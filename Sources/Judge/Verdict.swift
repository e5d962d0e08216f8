// Checks to one answer. Must never PASS while anything is missing, nor take back a FAIL.

public struct Verdict: Equatable, Sendable {
    /// Who judged: both must match for a verdict to be recomputed. A version that has signed never changes an answer.
    public static let judgeName = "perch-judge"
    public static let judgeVersion = "1"

    public enum State: String, Sendable {
        case pass = "PASS"
        case fail = "FAIL"
        case inconclusive = "INCONCLUSIVE"

        /// A latched FAIL outlives everything; PASS wants nothing missing.
        public init(hasFailed: Bool, isMissing: Bool) {
            self = hasFailed ? .fail : isMissing ? .inconclusive : .pass
        }
    }

    /// What a PASS rests on.
    public enum Basis: String, Sendable {
        case pairs
        /// Instances move: pairs vanish as planned.
        case moved
        /// No pairs: hosts are compared.
        case hosts
    }

    /// The finding that this judging failed by first.
    public struct Failure: Equatable, Sendable {
        public let hour: Int
        public let check: Check
    }

    /// Finished hours since the start: 1, 2, ….
    public let hour: Int
    public let basis: Basis
    public let state: State
    /// In policy order.
    public let checks: [Check]
    public let failure: Failure?
    /// Hours (of 12 blocks) until PASS at the present mean, for INCONCLUSIVE only; nil when nobody can tell, as when
    /// it is not the limits that are missing.
    public let etaHours: Int?
    public let window: BlockWindow
    /// Metrics over which the error is split.
    public let judgedMetrics: Int
    public let policyDigest: String

    init(
        hour: Int, basis: Basis, findings: Findings, failure: Failure?, window: BlockWindow, judgedMetrics: Int,
        policyDigest: String
    ) {
        self.hour = hour
        self.basis = basis
        self.failure = failure
        self.window = window
        self.judgedMetrics = judgedMetrics
        self.policyDigest = policyDigest
        checks = findings.checks
        state = State(hasFailed: failure != nil, isMissing: findings.isMissing)
        etaHours = state == .inconclusive ? findings.hoursToPass : nil
    }

    /// What stands in the way of PASS.
    public var missing: [Check] { checks.filter { $0.state == .missing } }
    /// The first failure in words.
    public var reason: String? { failure?.check.sentence }
    public var failedSinceHour: Int? { failure?.hour }
}

/// The checks of one evaluation while they are collected.
struct Findings: Equatable, Sendable {
    private(set) var checks: [Check] = []
    /// Hours that each missing limit still wants; nil = none can be named.
    private var waits: [Int?] = []

    mutating func add(_ check: Check) { checks.append(check) }
    mutating func add(_ more: [Check]) { checks += more }
    mutating func wait(_ hours: Int?) { waits.append(hours) }

    var isMissing: Bool { checks.contains { $0.state == .missing } }

    /// The first of the most certain failures.
    var firstFailure: Check? {
        checks.filter { $0.state == .fail }.min { $0.failureRank < $1.failureRank }
    }

    var hoursToPass: Int? {
        var longest = 0
        for hours in waits {
            guard let hours else { return nil }
            longest = max(longest, hours)
        }
        return longest > 0 ? longest : nil
    }
}
