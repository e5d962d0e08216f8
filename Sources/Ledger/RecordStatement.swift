// Statements about everything that is no verdict: who overrode, changed, approved, registered.

/// A logged record: `predicateType` is `urn:x-perch:predicate:KIND:v1`, the subject is the digest of what it concerns.
public struct RecordStatement: Sendable, Equatable {
    /// What the record is about.
    public enum Kind: String, Sendable, CaseIterable {
        case override, invalidation, policy, stage, permission, origin, access, host, key
    }

    public let kind: Kind
    /// 1 … 50.
    public let subjects: [ResourceDescriptor]
    /// An object; its members are the kind's.
    public let predicate: CanonicalJSON

    /// `urn:x-perch:predicate:KIND:v1`.
    public static func predicateType(_ kind: Kind) -> String { "urn:x-perch:predicate:\(kind.rawValue):v1" }

    /// - Throws: `statement` beyond the limits.
    public init(kind: Kind, subjects: [ResourceDescriptor], predicate: CanonicalJSON) throws(LedgerRefusal) {
        try self.init(
            Statement(subjects: subjects, predicateType: Self.predicateType(kind), predicate: predicate))
    }

    /// - Throws: `statement` if it is of another kind.
    public init(_ statement: Statement) throws(LedgerRefusal) {
        guard let kind = Kind.allCases.first(where: { Self.predicateType($0) == statement.predicateType }) else {
            throw LedgerRefusal(
                .statement, "predicateType \(LedgerRefusal.quoted(statement.predicateType)) is no record's")
        }
        self.kind = kind
        subjects = statement.subjects
        predicate = statement.predicate
    }

    /// Reads a verified payload.
    /// - Throws: `canonical` or `statement`.
    public init(reading bytes: [UInt8]) throws(LedgerRefusal) { try self.init(Statement(reading: bytes)) }

    /// Canonical JSON: the payload to sign.
    public func encoded() throws(LedgerRefusal) -> [UInt8] {
        try Statement(subjects: subjects, predicateType: Self.predicateType(kind), predicate: predicate).bytes
    }
}
