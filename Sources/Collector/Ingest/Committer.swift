import Logging
import ServiceLifecycle
import Shared
import Synchronization

/// Group commit: many requests wait for one transaction. One task takes what has gathered, commits it, answers those
/// who wait, and hands the new reports to the sink, in commit order. Nothing is acknowledged that is not on disk; the
/// queue is bounded, and beyond its bound a request is refused at once.
final class Committer: Service {
    /// One request's reports, which succeed or fail together with their transaction.
    struct Batch: Sendable {
        var rows: [ReportRow]
        /// One for each row.
        var reports: [CommittedReport]
        var bytes: Int { rows.reduce(0) { $0 + $1.body.count } }
    }

    struct Bounds: Sendable {
        var reports = 4096
        var bytes = 64 << 20
        /// Of one transaction: more would make the first in it wait for the last.
        var reportsPerCommit = 256
    }

    private struct Waiting {
        var batch: Batch
        var continuation: CheckedContinuation<Result<[CommitOutcome], Problem>, Never>
    }

    private struct State {
        var queue: [Waiting] = []
        var reports = 0
        var bytes = 0
        var isClosed = false
    }

    private let store: any ReportStore
    private let sink: any ReportSink
    private let metrics: Metrics
    private let clock: any WallClock
    private let bounds: Bounds
    private let logger: Logger
    private let state = Mutex(State())
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(
        store: any ReportStore, sink: any ReportSink, metrics: Metrics, clock: any WallClock,
        bounds: Bounds = Bounds(), logger: Logger
    ) {
        self.store = store
        self.sink = sink
        self.metrics = metrics
        self.clock = clock
        self.bounds = bounds
        self.logger = logger
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Reports that wait for their commit.
    var queueLength: Int { state.withLock { $0.reports } }

    /// Cheap to ask before a body is read.
    var isFull: Bool { state.withLock { $0.reports >= bounds.reports || $0.bytes >= bounds.bytes } }

    /// Waits until the rows are on disk.
    /// - Returns: one outcome for each row.
    /// - Throws: `overloaded`, `storage-unavailable`, `starting`.
    func submit(_ batch: Batch) async throws(Problem) -> [CommitOutcome] {
        let bytes = batch.bytes
        let result = await withCheckedContinuation { continuation in
            let refusal = state.withLock { state -> Problem? in
                if state.isClosed { return Problem(.starting, "the collector is stopping") }
                let isFull = state.reports >= bounds.reports || state.bytes >= bounds.bytes
                if isFull { return Problem(.overloaded, "too many reports wait for the store") }
                state.queue.append(Waiting(batch: batch, continuation: continuation))
                state.reports += batch.rows.count
                state.bytes += bytes
                return nil
            }
            if let refusal {
                if refusal.code == .overloaded { metrics.count { $0.overloads += 1 } }
                continuation.resume(returning: .failure(refusal))
            } else {
                waker.yield()
            }
        }
        return try result.get()
    }

    /// Until graceful shutdown; what is queued by then is still committed.
    func run() async throws {
        await withGracefulShutdownHandler {
            for await _ in wake {
                while let group = next() { await commit(group) }
            }
        } onGracefulShutdown: {
            self.close()
        }
        close()
        while let group = next() { await commit(group) }
    }

    private func close() {
        state.withLock { $0.isClosed = true }
        waker.finish()
    }

    /// Whole batches, at least one, until the bound of a transaction is reached.
    private func next() -> [Waiting]? {
        state.withLock { state in
            var count = 0
            var reports = 0
            for waiting in state.queue {
                if count > 0, reports + waiting.batch.rows.count > bounds.reportsPerCommit { break }
                count += 1
                reports += waiting.batch.rows.count
            }
            guard count > 0 else { return nil }
            let group = Array(state.queue.prefix(count))
            state.queue.removeFirst(count)
            state.reports -= reports
            state.bytes -= group.reduce(0) { $0 + $1.batch.bytes }
            return group
        }
    }

    private func commit(_ group: [Waiting]) async {
        let begin = ContinuousClock.now
        let outcomes: [CommitOutcome]
        do {
            outcomes = try await store.commit(group.flatMap(\.batch.rows))
        } catch {
            fail(group, error)
            return
        }
        let took = begin.duration(to: .now)
        var fresh: [CommittedReport] = []
        var rest = outcomes[...]
        for waiting in group {
            let own = Array(rest.prefix(waiting.batch.rows.count))
            rest = rest.dropFirst(waiting.batch.rows.count)
            for (report, outcome) in zip(waiting.batch.reports, own) where outcome == .stored { fresh.append(report) }
            waiting.continuation.resume(returning: .success(own))
        }
        count(outcomes, took)
        if !fresh.isEmpty { await sink.committed(fresh) }
    }

    private func fail(_ group: [Waiting], _ error: StoreError) {
        logger.error("\(group.count) requests could not be committed: \(error)")
        let now = clock.nowMicroseconds()
        metrics.count {
            $0.storeErrors += 1
            $0.lastStoreErrorMicroseconds = now
        }
        let problem = Problem(.storageUnavailable, "the store cannot be written at the moment")
        for waiting in group { waiting.continuation.resume(returning: .failure(problem)) }
    }

    private func count(_ outcomes: [CommitOutcome], _ took: Duration) {
        let microseconds = UInt64(max(0, took / .microseconds(1)))
        let now = clock.nowMicroseconds()
        metrics.count { values in
            values.commits.add(microseconds: microseconds)
            values.lastCommitMicroseconds = now
            for outcome in outcomes {
                switch outcome {
                case .stored: values.reportsCommitted += 1
                case .duplicate: values.duplicates += 1
                case .conflict: values.conflicts += 1
                }
            }
        }
    }
}
