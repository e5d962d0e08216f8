import Evaluation
import Judge
import Ledger
import Shared

/// Puts decisions and verdicts into signed statements, to be stored with what they are about. Without a key nothing is
/// signed, and every list of statements is empty.
struct Scribe: Sendable {
    static let unsigned = Scribe(key: nil)

    let key: SigningKey?

    var isSigning: Bool { key != nil }

    /// - Returns: nothing without a key.
    /// - Throws: `storage-unavailable` when it cannot be signed: what is not on record has not happened.
    func statements(_ decision: Decision?) throws(Problem) -> [StatementRow] {
        guard let key, let decision else { return [] }
        do {
            let statement = try RecordStatement(
                kind: decision.kind,
                subjects: [ResourceDescriptor(name: decision.subject, sha256: decision.subjectDigest)],
                predicate: decision.predicate)
            return [try Self.row(decision, payload: statement.encoded(), key)]
        } catch {
            throw Problem(.storageUnavailable, "the decision cannot be put on record: \(error)")
        }
    }

    private static func row(
        _ decision: Decision, payload: [UInt8], _ key: SigningKey
    ) throws(LedgerRefusal) -> StatementRow {
        let envelope = try Envelope(signing: payload, keys: [key])
        return StatementRow(
            id: decision.id, kind: decision.kind.rawValue, rollout: decision.rollout, by: decision.by,
            atMicroseconds: decision.atMicroseconds, summary: decision.summary,
            leaf: try LogEntry(envelope).leafHash.bytes, envelope: envelope.bytes)
    }

    /// - Throws: `LedgerRefusal`.
    func statement(_ verdict: VerdictStatement, summary: String) throws(LedgerRefusal) -> StatementRow? {
        guard let key else { return nil }
        let envelope = try Envelope(signing: verdict.encoded(), keys: [key])
        return StatementRow(
            id: verdict.verdictID.description, kind: "verdict", rollout: verdict.rollout, by: "\(JudgeName.ours)",
            atMicroseconds: UInt64(verdict.evaluatedAt.unixSeconds) * 1_000_000, summary: summary,
            leaf: try LogEntry(envelope).leafHash.bytes, envelope: envelope.bytes)
    }
}

extension StatementRow {
    /// SHA-256 of the log entry itself, by which a verdict names the records in force.
    var entryDigest: Digest? {
        guard let envelope = try? Envelope(reading: envelope), let entry = try? LogEntry(envelope) else { return nil }
        return Digest(of: entry.bytes)
    }
}
