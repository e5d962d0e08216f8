import Shared

/// A report that is on disk, as the judging side takes it.
struct CommittedReport: Sendable {
    var report: Report
    /// When the collector had received it.
    var receivedMicroseconds: UInt64
    /// The host's wall clock less the collector's, as far as it is known (SkewTracker.swift).
    var skewMicroseconds: Int64
    /// The peer's address, without the port.
    var address: String

    init(report: Report, receivedMicroseconds: UInt64, skewMicroseconds: Int64, address: String) {
        self.report = report
        self.receivedMicroseconds = receivedMicroseconds
        self.skewMicroseconds = skewMicroseconds
        self.address = address
    }
}

/// Takes every new report after its commit, in commit order, duplicates left out. The committer waits for it, so a slow
/// sink slows ingest down instead of filling memory. It must never throw away what it is given.
protocol ReportSink: Sendable {
    func committed(_ reports: [CommittedReport]) async
}
