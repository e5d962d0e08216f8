import Shared
import Synchronization

@testable import Collector

/// A clock that stands until a test moves it.
final class ManualClock: WallClock {
    private let now: Mutex<UInt64>

    init(microseconds: UInt64) { now = Mutex(microseconds) }

    func nowMicroseconds() -> UInt64 { now.withLock { $0 } }
    func advance(microseconds: UInt64) { now.withLock { $0 += microseconds } }
}

extension ReportRow {
    /// A row as the ingest would make it.
    init(_ report: Report, receivedMicroseconds: UInt64, skewMicroseconds: Int64 = 0) {
        do {
            try self.init(
                report, bytes: report.serializedBytes(), receivedMicroseconds: receivedMicroseconds,
                skewMicroseconds: skewMicroseconds)
        } catch {
            preconditionFailure("a test's report can always be written: \(error)")
        }
    }
}
