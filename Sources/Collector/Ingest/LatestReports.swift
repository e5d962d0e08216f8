import Shared
import Synchronization

/// What the newest report of each host says of it, in memory: for the fleet's view and for the hosts' clocks. Filled
/// from the store at the start.
final class LatestReports: Sendable {
    struct Summary: Sendable, Equatable {
        var receivedMicroseconds: UInt64
        var timeMicroseconds: UInt64
        var intervalMicroseconds: UInt64
        var sequence: UInt64
        var instances: Int
        var skewMicroseconds: Int64
        var agentVersion: String
        var troubles: [String]
    }

    private struct Entry {
        var tracker = SkewTracker()
        var summary: Summary?
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// The host's clock less ours at each report of one post.
    func skews(of reports: [Report], receivedMicroseconds: UInt64) -> [Int64] {
        guard let host = reports.first?.host else { return [] }
        let stamps = reports.map {
            SkewTracker.Stamp(
                bootID: Array($0.bootID), timeMicroseconds: $0.timeUs, boottimeMicroseconds: $0.boottimeUs,
                intervalMicroseconds: $0.intervalUs)
        }
        return entries.withLock {
            $0[host, default: Entry()].tracker.skews(of: stamps, receivedMicroseconds: receivedMicroseconds)
        }
    }

    /// After its commit.
    func note(_ report: Report, skewMicroseconds: Int64, receivedMicroseconds: UInt64) {
        let summary = Summary(
            report, skewMicroseconds: skewMicroseconds, receivedMicroseconds: receivedMicroseconds)
        entries.withLock { $0[report.host, default: Entry()].summary = summary }
    }

    func summary(of host: String) -> Summary? { entries.withLock { $0[host]?.summary } }

    /// - Throws: `StoreError`.
    func restore(hosts: [String], from store: any ReportStore) async throws(StoreError) {
        for host in hosts {
            guard let row = try await store.lastReport(host: host) else { continue }
            let report = try row.report()
            let boot = Int64(clamping: row.timeMicroseconds) - row.skewMicroseconds - Int64(clamping: report.boottimeUs)
            let entry = Entry(
                tracker: SkewTracker(
                    bootID: Array(report.bootID), bootTimeMicroseconds: boot, skewMicroseconds: row.skewMicroseconds,
                    receivedMicroseconds: row.receivedMicroseconds),
                summary: Summary(
                    report, skewMicroseconds: row.skewMicroseconds, receivedMicroseconds: row.receivedMicroseconds))
            entries.withLock { $0[host] = entry }
        }
    }
}

extension LatestReports.Summary {
    fileprivate init(_ report: Report, skewMicroseconds: Int64, receivedMicroseconds: UInt64) {
        self.init(
            receivedMicroseconds: receivedMicroseconds, timeMicroseconds: report.timeUs,
            intervalMicroseconds: report.intervalUs, sequence: report.sequence, instances: report.instances.count,
            skewMicroseconds: skewMicroseconds, agentVersion: report.agentVersion,
            troubles: report.probes.compactMap { run in
                guard run.cause != .unspecified || run.truncated > 0 else { return nil }
                let name = report.name(run.name) ?? "?"
                let cause = AbsenceCause(wire: run.cause).map { ": \($0.rawValue)" } ?? ""
                return name + cause + (run.truncated > 0 ? ", \(run.truncated) cut" : "")
            })
    }
}
