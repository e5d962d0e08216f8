import Evaluation
import Ledger
import Shared

// What is said here as signed statements.
extension JudgingService {
    /// - Throws: `LedgerRefusal`.
    func sign(_ pending: inout PendingVerdict, _ hour: JudgedHour, _ entry: RolloutEntry) throws {
        guard scribe.isSigning, let policyDigest = Digest(hex: entry.rollout.policyDigest) else { return }
        let rollout = entry.rollout
        let context = rollout.context(records)
        let evidence = try VerdictEvidence(hour, context: context, policyText: rollout.policyText)
        let view = pending.judged.view
        var statement = try VerdictStatement(
            hour.verdict, id: view.id, url: VerdictView.address(of: view.id), context: context, stage: rollout.stage,
            judging: rollout.judging.number, policyDigest: policyDigest, evidence: evidence,
            evaluatedAtSeconds: Int64(pending.row.evaluatedAtMicroseconds / 1_000_000))
        statement.overrides = rollout.overrides(atMicroseconds: pending.row.evaluatedAtMicroseconds)
            .compactMap { .init($0.id, entry: $0.entry) }
        statement.invalidations = rollout.invalidations.compactMap { .init($0.id, entry: $0.entry) }
        statement.supersedes = entry.superseded.flatMap { LedgerID($0) }
        if let row = try scribe.statement(statement, summary: "\(view.verdict.rawValue): \(view.summary)") {
            pending.statements = [row]
        }
        let policy = Array(rollout.policyText.utf8)
        pending.evidence = [evidence.manifest, evidence.context, policy].map {
            EvidenceFileRow(digest: Digest(of: $0).bytes, bytes: $0)
        }
    }

    /// A change of a roll-out as it is put on record.
    func decision(
        _ action: String, on rollout: Rollout, by caller: String, at now: UInt64, reason: String = "",
        details: [String: String] = [:], lists: [String: [String]] = [:]
    ) -> Decision {
        var details = details
        details["reason"] = reason
        details["stage"] = rollout.stage.rawValue
        details["version"] = String(rollout.version)
        let why = reason.isEmpty ? "" : ": \(reason)"
        return Decision(
            kind: .stage, id: UUIDv7.make(nowMicroseconds: now), action: action, rollout: rollout.spec.id, by: caller,
            atMicroseconds: now, subject: "rollout:\(rollout.spec.id)",
            subjectDigest: Digest(of: StoredJSON.encoded(rollout)),
            summary: Gate.oneLine("\(rollout.spec.id) \(action)\(why)"), details: details, lists: lists)
    }

    /// What an override concerns: the verdict's signed payload, where it was signed.
    func digest(ofVerdict view: VerdictView) async throws(StoreError) -> Digest {
        if let row = try await store.statement(id: view.id)?.statement,
            let envelope = try? Envelope(reading: row.envelope)
        {
            return Digest(of: envelope.payload)
        }
        return Digest(of: StoredJSON.encoded(view))
    }
}

extension VerdictStatement.Reference {
    fileprivate init?(_ id: String, entry: String?) {
        guard let id = LedgerID(id), let entry = entry.flatMap({ Digest(hex: $0) }) else { return nil }
        self.init(id: id, entrySha256: entry)
    }
}

extension VerdictView {
    /// Where the report of a verdict is.
    static func address(of id: String) -> String { "/v1/reports/\(id).html" }
}
