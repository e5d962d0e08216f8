// in-toto Statement v1: who is spoken of, in which vocabulary, and what is said. Must never be read before its envelope
// was verified.

/// The common frame of everything Perch signs.
public struct Statement: Sendable, Equatable {
    /// `_type` of in-toto Statement v1.
    public static let type = "https://in-toto.io/Statement/v1"

    /// 1 … 50.
    public let subjects: [ResourceDescriptor]
    /// The vocabulary of `predicate`.
    public let predicateType: String
    /// An object.
    public let predicate: CanonicalJSON

    /// - Throws: `statement` beyond the limits.
    public init(
        subjects: [ResourceDescriptor], predicateType: String, predicate: CanonicalJSON
    ) throws(LedgerRefusal) {
        self.subjects = subjects
        self.predicateType = predicateType
        self.predicate = predicate
        // What a reader would refuse is not written either: one place decides.
        guard try Statement(reading: bytes) == self else {
            throw LedgerRefusal(.statement, "would not read back as it was written")
        }
    }

    /// Canonical JSON, at most 256 KiB.
    public var bytes: [UInt8] {
        CanonicalJSON.object([
            "_type": .string(Self.type), "predicate": predicate, "predicateType": .string(predicateType),
            "subject": .array(subjects.map(\.json)),
        ]).bytes
    }

    /// Reads a statement strictly; the predicate is only known to be an object.
    /// - Throws: `canonical` or `statement`.
    public init(reading bytes: [UInt8]) throws(LedgerRefusal) {
        guard bytes.count <= LedgerLimits.statementBytes else {
            throw LedgerRefusal(.statement, "is longer than \(LedgerLimits.statementBytes) bytes")
        }
        let json = try CanonicalJSON(canonical: bytes, what: "the statement")
        guard json["_type"]?.text == Self.type else { throw LedgerRefusal(.statement, "_type is not \(Self.type)") }
        let members = try Members(
            json, "statement", area: .statement, required: ["_type", "predicate", "predicateType", "subject"])
        predicateType = try members.text("predicateType")
        predicate = try members.value("predicate")
        guard case .object = predicate else { throw members.refusal("predicate", "is not an object") }
        subjects = try ResourceDescriptor.list("subject", in: members, 1...LedgerLimits.subjects)
    }
}
