import Pages

/// What the pages need of the audit log, whoever keeps it.
protocol LogPageSource: Sendable {
    /// Newest first: those with an index below `before`, or the newest of all.
    func entries(before: UInt64?, limit: Int) async throws -> [LogContent.Entry]
    /// The published one; `nil` before the first.
    func checkpoint() async throws -> LogContent.Checkpoint?
    /// Where a verdict's entry stands; `nil` while no published checkpoint covers it.
    func position(ofVerdict id: String) async throws -> ReportContent.LogPosition?
}
