// The verdict as it is signed: in-toto's test result with Perch's extension. Must never let a reader that ignores the
// extension take a refusal for a pass.

/// A verdict (in-toto Statement v1, test-result v0.1, `perch_canary` version 1).
public struct VerdictStatement: Sendable, Hashable {
    public static let predicateType = "https://in-toto.io/attestation/test-result/v0.1"
    /// Of the extension; readers refuse another one.
    public static let version = "1"

    /// The judge's answer.
    public enum Verdict: String, Sendable, CaseIterable {
        case pass = "PASS"
        case fail = "FAIL"
        case inconclusive = "INCONCLUSIVE"

        /// in-toto has no third state: inconclusive must not read as a pass.
        public var result: String { self == .pass ? "PASSED" : "FAILED" }
    }

    /// Of the roll-out, when it was judged.
    public enum Stage: String, Sendable, CaseIterable {
        case mirroring, open, migrating, switched, retired
        case rolledBack = "rolled_back"
    }

    /// What a PASS rests on.
    public enum Basis: String, Sendable, CaseIterable { case pairs, moved, hosts }

    /// Which evaluation this was.
    public struct Look: Sendable, Hashable {
        /// The judge's hour.
        public let number: UInt64
        public let basis: Basis?
        /// 1, 2, … after a new digest or an invalidation.
        public let judging: UInt64?
        /// Only where looks are scheduled.
        public let planned: UInt64?

        public init(number: UInt64, basis: Basis?, judging: UInt64?, planned: UInt64? = nil) {
            self.number = number
            self.basis = basis
            self.judging = judging
            self.planned = planned
        }
    }

    /// An override or invalidation in force when the verdict was made.
    public struct Reference: Sendable, Hashable {
        public let id: LedgerID
        /// SHA-256 of the record's log entry.
        public let entrySha256: Digest

        public init(id: LedgerID, entrySha256: Digest) {
            self.id = id
            self.entrySha256 = entrySha256
        }
    }

    /// What is being rolled out, 1 … 50.
    public var subjects: [ResourceDescriptor]
    /// The policy, by digest; 1 … 16 files.
    public var configuration: [ResourceDescriptor]
    /// The verdict's address.
    public var url: String
    public var verdict: Verdict
    /// In the address too.
    public var verdictID: LedgerID
    public var rollout: String
    public var stage: Stage
    public var look: Look
    /// Of the evidence.
    public var window: UTCWindow
    /// Not before the window's end.
    public var evaluatedAt: UTCTime
    public var judge: JudgeName
    /// The manifest.
    public var evidence: ResourceDescriptor
    /// In policy order, at most 500.
    public var checks: [VerdictCheck]
    /// In force when it was judged, at most 500; the judge never sees them.
    public var overrides: [Reference] = []
    /// In force when it was judged, at most 500.
    public var invalidations: [Reference] = []
    /// The verdict that this one corrects.
    public var supersedes: LedgerID?

    public init(
        subjects: [ResourceDescriptor], configuration: [ResourceDescriptor], url: String, verdict: Verdict,
        verdictID: LedgerID, rollout: String, stage: Stage, look: Look, window: UTCWindow, evaluatedAt: UTCTime,
        judge: JudgeName, evidence: ResourceDescriptor, checks: [VerdictCheck]
    ) {
        self.subjects = subjects
        self.configuration = configuration
        self.url = url
        self.verdict = verdict
        self.verdictID = verdictID
        self.rollout = rollout
        self.stage = stage
        self.look = look
        self.window = window
        self.evaluatedAt = evaluatedAt
        self.judge = judge
        self.evidence = evidence
        self.checks = checks
    }

    /// Canonical JSON: the payload to sign.
    /// - Throws: `statement` for what a reader would refuse.
    public func encoded() throws(LedgerRefusal) -> [UInt8] {
        let statement = try Statement(subjects: subjects, predicateType: Self.predicateType, predicate: predicate)
        guard try VerdictStatement(statement) == self else {
            throw LedgerRefusal(.statement, "would not read back as it was written")
        }
        return statement.bytes
    }

    /// Ids of the checks with one of the outcomes, in policy order.
    func tests(_ outcomes: Set<VerdictCheck.Outcome>) -> [String] {
        checks.filter { outcomes.contains($0.outcome) }.map(\.id)
    }

    /// Ids, in policy order.
    public var passedTests: [String] { tests([.pass]) }
    /// An inconclusive check is no pass either.
    public var failedTests: [String] { tests([.fail, .inconclusive]) }
}

/// Who judged: both must match for a verdict to be recomputed.
public struct JudgeName: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    public let version: String

    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }

    public var description: String { "\(name) \(version)" }

    var json: CanonicalJSON { .object(["name": .string(name), "version": .string(version)]) }

    init(reading members: Members) throws(LedgerRefusal) {
        name = try members.text("name")
        version = try members.text("version")
    }
}
