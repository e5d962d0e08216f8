import Ledger
import Pages
import Shared

/// The collector's own log as pages show it: what is in the published checkpoint, and nothing that is not.
struct LedgerPages: LogPageSource {
    let ledger: LedgerService
    let store: any StatementStore
    /// Of the key that signs statements.
    let keyID: String

    func entries(before: UInt64?, limit: Int) async throws -> [LogContent.Entry] {
        let size = ledger.publishedSize
        return try await store.statements(before: min(before ?? size, size), limit: limit).compactMap { logged in
            guard let index = logged.index else { return nil }
            let row = logged.statement
            return LogContent.Entry(
                index: index, time: Timestamp.text(microseconds: row.atMicroseconds), kind: row.kind,
                subject: row.rollout, by: row.by, what: row.summary,
                address: row.kind == "verdict"
                    ? Link.verdict(row.id) : row.rollout.isEmpty ? "" : Link.rollout(row.rollout)
            )
        }
    }

    func checkpoint() async throws -> LogContent.Checkpoint? {
        try published.map { LogContent.Checkpoint(size: $0.size, root: Base64.encode($0.root.bytes)) }
    }

    func position(ofVerdict id: String) async throws -> ReportContent.LogPosition? {
        guard let index = try await store.statement(id: id)?.index, let published = try published,
            index < published.size
        else { return nil }
        return ReportContent.LogPosition(
            index: index, size: published.size, root: Base64.encode(published.root.bytes), keyID: keyID,
            checkpointTime: "")
    }

    private var published: Checkpoint? {
        get throws { try ledger.checkpoint.map { try Checkpoint(text: SignedNote(reading: $0).text) } }
    }
}
