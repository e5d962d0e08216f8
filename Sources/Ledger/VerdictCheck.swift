// One check of a verdict as it is signed. Must never carry a number that is not an integer.

/// A row of `checks`: what was measured, what was allowed, what follows.
public struct VerdictCheck: Sendable, Hashable {
    /// PASS, FAIL and INCONCLUSIVE stand in in-toto's lists.
    public enum Outcome: String, Sendable, CaseIterable {
        case pass = "PASS"
        case fail = "FAIL"
        case inconclusive = "INCONCLUSIVE"
        /// Stands in no test list, as `observed`.
        case warn = "WARN"
        case observed = "OBSERVED"
    }

    /// Rows, reports or blocks behind the check, by side.
    public struct Samples: Sendable, Hashable {
        public let old: UInt64
        public let new: UInt64

        public init(old: UInt64, new: UInt64) {
            self.old = old
            self.new = new
        }
    }

    /// `LEVEL.METRIC.KIND[:SUBJECT]`, rules `rule.NAME[:HOST]`.
    public let id: String
    public let outcome: Outcome
    /// A code, letters and digits; none is ever renamed.
    public let reason: String
    /// In `unit`, rounded downward; `nil` where nothing was measured.
    public let observed: Int64?
    /// In `unit`; `nil` = infinite or none.
    public let bound: Int64?
    /// Such as `ppm`; `1` for plain counts.
    public let unit: String
    /// `nil` where the check counts none.
    public let samples: Samples?
    /// What else the judge explains, by the member's name. Names are the judge's, never an outsider's.
    public let explanation: [String: String]

    public init(
        id: String, outcome: Outcome, reason: String, observed: Int64?, bound: Int64?, unit: String,
        samples: Samples?, explanation: [String: String] = [:]
    ) {
        self.id = id
        self.outcome = outcome
        self.reason = reason
        self.observed = observed
        self.bound = bound
        self.unit = unit
        self.samples = samples
        self.explanation = explanation
    }

    private static let known: Set<String> = ["bound", "id", "observed", "outcome", "reason", "samples", "unit"]
    static let required: Set<String> = ["id", "outcome", "reason", "unit"]

    /// As it is signed.
    public var json: CanonicalJSON {
        var members = explanation.mapValues { CanonicalJSON.string($0) }
        members["id"] = .string(id)
        members["outcome"] = .string(outcome.rawValue)
        members["reason"] = .string(reason)
        members["unit"] = .string(unit)
        members["observed"] = observed.map { .integer($0) }
        members["bound"] = bound.map { .integer($0) }
        members["samples"] = samples.map { .object(["new": .integer($0.new), "old": .integer($0.old)]) }
        return .object(members)
    }

    init(reading members: Members) throws(LedgerRefusal) {
        id = try members.text("id")
        outcome = try members.choice("outcome")
        reason = try members.text("reason", limit: 64)
        guard Self.isCode(reason) else { throw members.refusal("reason", "is no code of letters and digits") }
        unit = try members.text("unit", limit: 64)
        observed = members.has("observed") ? try members.integer("observed") : nil
        bound = members.has("bound") ? try members.integer("bound") : nil
        if members.has("samples") {
            let sides = try members.nested("samples", required: ["new", "old"])
            samples = Samples(old: try sides.integer("old"), new: try sides.integer("new"))
        } else {
            samples = nil
        }
        let names = members.names(except: Self.known)
        guard names.count <= LedgerLimits.explanations else {
            throw LedgerRefusal(members.area, "\(members.path) has more than \(LedgerLimits.explanations) more members")
        }
        var explanation: [String: String] = [:]
        for name in names {
            guard Self.isCode(name) else {
                throw LedgerRefusal(members.area, "\(members.path) has the member \(LedgerRefusal.quoted(name))")
            }
            explanation[name] = try members.text(name, limit: LedgerLimits.textBytes)
        }
        self.explanation = explanation
    }

    /// A letter, then letters, digits and underscores; ASCII.
    static func isCode(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 64, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
        }
    }
}
