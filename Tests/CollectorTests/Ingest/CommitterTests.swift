import Logging
import ServiceLifecycle
import Shared
import Testing

@testable import Collector

@Suite struct CommitterTests {
    private struct World {
        let store: any Store
        let faulty: FaultyReports
        let sink = CollectedReports()
        let metrics = Metrics()
        let committer: Committer
        let group: ServiceGroup

        init(_ mode: FaultyReports.Mode, _ bounds: Committer.Bounds = Committer.Bounds()) throws {
            store = try TestStore.make()
            faulty = FaultyReports(store, mode)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            committer = Committer(
                store: faulty, sink: sink, metrics: metrics, clock: ManualClock(microseconds: 1), bounds: bounds,
                logger: logger)
            group = ServiceGroup(services: [committer], logger: logger)
        }
    }

    private func run(_ world: World, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await world.group.run() }
            do {
                try await body()
            } catch {
                Issue.record(error)
            }
            await world.group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private static func batch(_ hosts: inout [SyntheticHost], _ index: Int, reports count: Int = 1) -> Committer.Batch {
        let reports = (0..<count).map { _ in hosts[index].next() }
        return Committer.Batch(
            rows: reports.map { ReportRow($0, receivedMicroseconds: 5) },
            reports: reports.map {
                CommittedReport(report: $0, receivedMicroseconds: 5, skewMicroseconds: 0, address: "::1")
            })
    }

    private static func hosts(_ count: Int) -> [SyntheticHost] {
        (0..<count).map { SyntheticHost("h\($0)", instances: [], startSeconds: 1_700_000_000) }
    }

    @Test func whatGathersDuringACommitGoesIntoOneTransaction() async throws {
        let world = try World(.held)
        try await run(world) {
            var hosts = Self.hosts(10)
            let batches = (0..<10).map { Self.batch(&hosts, $0) }
            try await withThrowingTaskGroup(of: [CommitOutcome].self) { tasks in
                tasks.addTask { try await world.committer.submit(batches[0]) }
                try await eventually("the first is being committed") { world.faulty.commits == [1] }
                for batch in batches.dropFirst() { tasks.addTask { try await world.committer.submit(batch) } }
                try await eventually("nine wait") { world.committer.queueLength == 9 }
                world.faulty.set(.working)
                for try await outcomes in tasks { #expect(outcomes == [.stored]) }
            }
            #expect(world.faulty.commits == [1, 9])
            try await eventually("all are handed on") { world.sink.reports.count == 10 }
        }
    }

    @Test func nothingIsAnsweredOrHandedOnBeforeTheCommit() async throws {
        let world = try World(.held)
        try await run(world) {
            var hosts = Self.hosts(1)
            let batch = Self.batch(&hosts, 0)
            async let outcomes = world.committer.submit(batch)
            try await eventually("it is being committed") { world.faulty.commits == [1] }
            #expect(world.sink.reports.isEmpty)
            #expect(world.metrics.snapshot.reportsCommitted == 0)
            world.faulty.set(.working)
            #expect(try await outcomes == [.stored])
        }
    }

    @Test func theSinkGetsNewReportsInCommitOrder() async throws {
        let world = try World(.working)
        try await run(world) {
            var hosts = Self.hosts(1)
            let first = Self.batch(&hosts, 0, reports: 3)
            let second = Self.batch(&hosts, 0, reports: 2)
            #expect(try await world.committer.submit(first) == [.stored, .stored, .stored])
            var mixed = first
            mixed.rows += second.rows
            mixed.reports += second.reports
            #expect(try await world.committer.submit(mixed) == [.duplicate, .duplicate, .duplicate, .stored, .stored])
            try await eventually("five are handed on") { world.sink.reports.count == 5 }
            #expect(world.sink.reports.map(\.report.sequence) == [1, 2, 3, 4, 5])
            let stored = try await world.store.reports(host: "h0", fromTimeMicroseconds: 0, after: 0, limit: 9)
            #expect(stored.map(\.row.sequence) == [1, 2, 3, 4, 5])
        }
    }

    @Test func aFailedTransactionFailsAllInItAndNothingElse() async throws {
        let world = try World(.held)
        try await run(world) {
            var hosts = Self.hosts(4)
            let batches = (0..<4).map { Self.batch(&hosts, $0) }
            try await withThrowingTaskGroup(of: ProblemCode?.self) { tasks in
                for batch in batches {
                    tasks.addTask {
                        do throws(Problem) {
                            _ = try await world.committer.submit(batch)
                            return nil
                        } catch {
                            return error.code
                        }
                    }
                }
                try await eventually("all are on their way") {
                    world.committer.queueLength + world.faulty.commits.reduce(0, +) == 4
                }
                world.faulty.set(.failing)
                for try await code in tasks { #expect(code == .storageUnavailable) }
            }
            #expect(world.sink.reports.isEmpty)
            world.faulty.set(.working)
            for batch in batches { #expect(try await world.committer.submit(batch) == [.stored]) }
        }
    }

    @Test func aTransactionIsBoundedAndALargeBatchStaysWhole() async throws {
        let world = try World(.held, Committer.Bounds(reports: 100, reportsPerCommit: 5))
        try await run(world) {
            var hosts = Self.hosts(5)
            let batches = [1, 3, 3, 7, 1].enumerated().map { Self.batch(&hosts, $0, reports: $1) }
            try await withThrowingTaskGroup(of: [CommitOutcome].self) { tasks in
                var queued = 0
                tasks.addTask { try await world.committer.submit(batches[0]) }
                try await eventually("the first is being committed") { world.faulty.commits == [1] }
                for batch in batches.dropFirst() {
                    tasks.addTask { try await world.committer.submit(batch) }
                    queued += batch.rows.count
                    let wanted = queued
                    try await eventually("it is queued") { world.committer.queueLength == wanted }
                }
                world.faulty.set(.working)
                for try await outcomes in tasks { #expect(outcomes.allSatisfy { $0 == .stored }) }
            }
            #expect(world.faulty.commits == [1, 3, 3, 7, 1])
        }
    }

    @Test func theQueueIsBoundedByReportsAndByBytes() async throws {
        for bounds in [Committer.Bounds(reports: 2), Committer.Bounds(bytes: 1)] {
            let world = try World(.held, bounds)
            try await run(world) {
                var hosts = Self.hosts(3)
                let batches = (0..<3).map { Self.batch(&hosts, $0, reports: 2) }
                async let first = world.committer.submit(batches[0])
                try await eventually("the first is being committed") { world.faulty.commits == [2] }
                async let second = world.committer.submit(batches[1])
                try await eventually("the second waits") { world.committer.queueLength == 2 }
                #expect(world.committer.isFull)
                let problem = await #expect(throws: Problem.self) { try await world.committer.submit(batches[2]) }
                #expect(problem?.code == .overloaded)
                world.faulty.set(.working)
                _ = try await (first, second)
                #expect(!world.committer.isFull)
                #expect(world.metrics.snapshot.overloads == 1)
            }
        }
    }

    @Test func aGracefulStopCommitsWhatIsQueued() async throws {
        let world = try World(.held)
        var hosts = Self.hosts(2)
        let batches = (0..<2).map { Self.batch(&hosts, $0) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await world.group.run() }
            tasks.addTask {
                let outcomes = try await world.committer.submit(batches[0])
                #expect(outcomes == [.stored])
            }
            try await eventually("the first is being committed") { world.faulty.commits == [1] }
            tasks.addTask {
                let outcomes = try await world.committer.submit(batches[1])
                #expect(outcomes == [.stored])
            }
            try await eventually("the second waits") { world.committer.queueLength == 1 }
            await world.group.triggerGracefulShutdown()
            world.faulty.set(.working)
            try await tasks.waitForAll()
        }
        #expect(world.sink.reports.count == 2)
        let late = Self.batch(&hosts, 0)
        let problem = await #expect(throws: Problem.self) { try await world.committer.submit(late) }
        #expect(problem?.code == .starting)
    }
}
