import CSystemd
import Logging
import ServiceLifecycle
import Shared

/// What must be done from time to time: copying the store's log back, forgetting old reports and kept answers, telling
/// systemd that the process is well.
struct Housekeeping: Service {
    let store: any Store
    let clock: any WallClock
    let rawReportHours: Int
    let logger: Logger

    private static let tickMilliseconds = 200
    private static let pruneSeconds = 60
    /// Of one deletion: a longer one would hold up commits.
    private static let reportsPerDeletion = 500
    private static let deletionsPerRound = 200

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var ticks = 0
            while !Task.isCancelled {
                if let store = store as? SQLiteStore { try? await store.checkpoint() }
                if ticks % (1000 / Self.tickMilliseconds) == 0 { sd_notify(0, "WATCHDOG=1") }
                if ticks % (Self.pruneSeconds * 1000 / Self.tickMilliseconds) == 0 { await prune() }
                ticks += 1
                try await Task.sleep(for: .milliseconds(Self.tickMilliseconds))
            }
        }
        sd_notify(0, "STOPPING=1")
    }

    func prune() async {
        let now = clock.nowMicroseconds()
        let kept = UInt64(rawReportHours) * 3600 * 1_000_000
        do {
            for _ in 0..<Self.deletionsPerRound where !Task.isCancelled {
                let count = try await store.deleteReports(
                    receivedBefore: now - min(now, kept), limit: Self.reportsPerDeletion)
                if count < Self.reportsPerDeletion { break }
            }
            _ = try await store.forgetAnswers(storedBefore: now - min(now, StoredAnswer.keptMicroseconds))
        } catch {
            logger.warning("old reports could not be deleted: \(error)")
        }
    }
}
