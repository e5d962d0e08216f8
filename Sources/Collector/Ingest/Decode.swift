import Shared
import SwiftProtobuf

/// A report with its own bytes, as they came: what its digest is taken over.
struct DecodedReport: Sendable {
    var report: Report
    var bytes: [UInt8]
}

/// From the body of POST /v1/reports to checked reports. It is all or nothing: one bad report and none is taken, so
/// that an agent never has to guess which ones were.
enum Decode {
    static let mediaType = "application/x-protobuf"

    /// - Parameter encoding: `Content-Encoding`; gzip or none.
    /// - Throws: `media-type`, `too-large`, `malformed` and `version-unsupported`, naming the field.
    static func batch(_ body: some Sequence<UInt8>, encoding: String?) throws(Problem) -> [DecodedReport] {
        let bytes = try inflated(body, encoding)
        let parts = try split(bytes)
        var reports: [DecodedReport] = []
        reports.reserveCapacity(parts.count)
        for (index, part) in parts.enumerated() { reports.append(try report(part, index)) }
        return reports
    }

    private static func inflated(_ body: some Sequence<UInt8>, _ encoding: String?) throws(Problem) -> [UInt8] {
        switch encoding?.lowercased() ?? "identity" {
        case "identity": return Array(body)
        case "gzip":
            do throws(Compression.Failure) {
                return try Compression.inflate(body, .gzip, limitBytes: Limits.inflatedBytes)
            } catch {
                switch error {
                case .tooLarge:
                    throw Problem(.tooLarge, "the body inflates to more than \(Limits.inflatedBytes) bytes")
                case .malformed: throw Problem(.malformed, "the body is no gzip, or is cut short")
                case .noMemory: throw Problem(.overloaded, "no memory to inflate the body")
                }
            }
        default: throw Problem(.mediaType, "send the body as gzip or without a Content-Encoding")
        }
    }

    /// The batch's framing, read by hand so that each report's own bytes are at hand.
    private static func split(_ bytes: [UInt8]) throws(Problem) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var reader = WireReader(bytes[...])
        do throws(WireScan.Failure) {
            while let field = try reader.next() {
                guard field.number == 1, field.isLengthDelimited else { throw .malformed }
                guard parts.count < Limits.reportsPerBatch else {
                    throw .tooMany(WireScan.Excess(field: "reports", limit: Limits.reportsPerBatch))
                }
                parts.append(field.payload)
            }
        } catch {
            throw problem(error, prefix: "")
        }
        guard !parts.isEmpty else { throw Problem(.malformed, "reports: the body holds no report") }
        return parts
    }

    private static func report(_ bytes: ArraySlice<UInt8>, _ index: Int) throws(Problem) -> DecodedReport {
        do throws(WireScan.Failure) {
            try WireScan.check(bytes)
        } catch {
            throw problem(error, prefix: "reports[\(index)].")
        }
        let own = Array(bytes)
        let report: Report
        do {
            report = try Report(serializedBytes: own)
        } catch {
            throw Problem(.malformed, "reports[\(index)]: it is no report of perch.v1")
        }
        guard report.version == Report.currentVersion else {
            throw Problem(
                .versionUnsupported,
                "reports[\(index)].version: is \(report.version); this collector reads \(Report.currentVersion)")
        }
        do throws(InvalidField) {
            try ReportValidation.check(report)
        } catch {
            throw Problem(.malformed, error.inside("reports[\(index)]").description)
        }
        return DecodedReport(report: report, bytes: own)
    }

    private static func problem(_ failure: WireScan.Failure, prefix: String) -> Problem {
        switch failure {
        case .malformed: return Problem(.malformed, "\(prefix.isEmpty ? "the body" : prefix): it is no valid protobuf")
        case .tooMany(let excess):
            let code: ProblemCode = excess.field == "instances" ? .tooLarge : .malformed
            return Problem(code, "\(prefix)\(excess.field): has more than \(excess.limit) entries")
        }
    }
}
