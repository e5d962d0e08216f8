// What a verification proved, and what it did not: an auditor signs the second list too.

/// A refusal, and the file of the archive that it is about.
public struct VerificationError: Error, Sendable, Hashable, CustomStringConvertible {
    public let file: String
    public let refusal: LedgerRefusal

    public init(file: String, refusal: LedgerRefusal) {
        self.file = file
        self.refusal = refusal
    }

    public var description: String { "\(file): \(refusal)" }
}

/// The verdict, and a finding for each claim that an auditor may make of it.
public struct VerificationReport: Sendable, Hashable {
    /// What an archive can prove.
    public enum Claim: String, Sendable, CaseIterable {
        /// A trusted collector said this.
        case authentic
        /// It is in the log.
        case logged
        /// It was said no later than a time.
        case witnessed
        /// Nothing said before was removed.
        case onlyGrew
        /// It was said of exactly these measurements under exactly this policy.
        case evidence
        /// Judging them again gives the same answer.
        case recomputed
    }

    /// One claim, proved or not.
    public struct Finding: Sendable, Hashable {
        public let claim: Claim
        public let isProved: Bool
        /// In plain words.
        public let sentence: String
    }

    /// As it was signed.
    public let verdict: VerdictStatement
    /// One for each claim, in their order.
    public internal(set) var findings: [Finding] = []

    public var proved: [String] { findings.filter(\.isProved).map(\.sentence) }
    public var notProved: [String] { findings.filter { !$0.isProved }.map(\.sentence) }

    mutating func add(_ claim: Claim, _ isProved: Bool, _ sentence: String) {
        findings.append(Finding(claim: claim, isProved: isProved, sentence: sentence))
    }
}
