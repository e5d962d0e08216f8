import FoundationEssentials
import Ledger
import Shared
import SwiftProtobuf

/// Between a report and its row. What is read back is checked against its digest, so that a damaged store is noticed
/// before anything is judged from it.
extension ReportRow {
    /// - Parameter bytes: the report's own bytes, as they came.
    init(
        _ report: Report, bytes: [UInt8], receivedMicroseconds: UInt64, skewMicroseconds: Int64
    ) throws(Compression.Failure) {
        self.init(
            host: report.host, runID: Array(report.runID), sequence: report.sequence,
            timeMicroseconds: report.timeUs, receivedMicroseconds: receivedMicroseconds,
            skewMicroseconds: skewMicroseconds, digest: Digest(of: bytes).bytes,
            body: try Compression.deflate(bytes, .raw))
    }

    /// - Throws: `damaged`.
    func report() throws(StoreError) -> Report {
        do {
            let bytes = try Compression.inflate(body, .raw, limitBytes: Limits.inflatedBytes)
            guard Digest(of: bytes).bytes == digest else {
                throw StoreError.damaged("report \(sequence) of \(host) does not match its digest")
            }
            return try Report(serializedBytes: bytes)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .damaged("report \(sequence) of \(host) cannot be read: \(error)")
        }
    }
}
