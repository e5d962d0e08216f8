import Foundation
import Synchronization

/// Mirrored load: every copy of an instance gets the same commands at the same moment and at the same rate, whatever
/// it answers and however slowly (open loop). One thread for all of them. Never slows down for a slow copy.
public final class Load: Sendable {
    /// The copies of one instance and their rate.
    public struct Stream: Sendable {
        public let copies: [RedisServer]
        public let commandsPerSecond: Int
        public init(copies: [RedisServer], commandsPerSecond: Int) {
            self.copies = copies
            self.commandsPerSecond = commandsPerSecond
        }
    }

    /// What happened on one copy.
    public struct Tally: Sendable {
        public let label: String
        public let sent: UInt64
        public let replies: UInt64
        public let errors: UInt64
        public let dropped: UInt64
        public let reconnects: UInt64
        /// Code of the newest error reply, such as `MISCONF`.
        public let lastError: String
    }

    private let streams: [Stream]
    private let seed: UInt64
    private let isStopped = Atomic(false)
    private let results: Mutex<[LoadCopy.Counts]>
    private let cpuMicroseconds = Atomic<UInt64>(0)
    private let isStarted = Atomic(false)
    private let finished = DispatchSemaphore(value: 0)

    public init(_ streams: [Stream], seed: UInt64 = 1) {
        self.streams = streams
        self.seed = seed
        results = Mutex(streams.flatMap(\.copies).map { _ in LoadCopy.Counts() })
    }

    /// Streams for every instance of a fleet, rates spread evenly from the lowest to the highest.
    public static func spread(_ fleet: RedisFleet, commandsPerSecond rates: ClosedRange<Int>) -> [Stream] {
        let names = fleet.names
        return names.enumerated().map { index, name in
            let part = names.count > 1 ? index * (rates.upperBound - rates.lowerBound) / (names.count - 1) : 0
            return Stream(copies: fleet.copies(of: name), commandsPerSecond: rates.lowerBound + part)
        }
    }

    /// Fills every copy with the same keys and makes a snapshot, as a server in service has one, then sets its
    /// statistics back, so that nothing of it is measured.
    public static func preload(_ fleet: RedisFleet, seed: UInt64 = 1) async throws {
        let (bytes, count) = LoadCommands.preload(seed: seed)
        try await fleet.each { server in
            try await server.load(bytes, answers: count)
        }
        try await Task.sleep(for: .seconds(RedisServer.earliestSaveSeconds))
        try await fleet.each { server in
            try await server.save()
            try await server.call("CONFIG", "RESETSTAT")
        }
    }

    public func start() {
        let started = Thread { [self] in
            let loop = LoadLoop(streams, seed: seed)
            loop.run(isStopped: { isStopped.load(ordering: .relaxed) }, publish: { publish($0) })
            finished.signal()
        }
        started.name = "load"
        isStarted.store(true, ordering: .relaxed)
        started.start()
    }

    private func publish(_ counts: [LoadCopy.Counts]) {
        results.withLock { $0 = counts }
        cpuMicroseconds.store(Self.threadCPUMicroseconds(), ordering: .relaxed)
    }

    /// Ends the thread and waits for it.
    public func stop() async {
        guard isStarted.exchange(false, ordering: .relaxed) else { return }
        isStopped.store(true, ordering: .relaxed)
        _ = try? await Waiting.blocking { [finished] in finished.wait() }
    }

    public var tallies: [Tally] {
        let labels = streams.flatMap(\.copies).map(\.label)
        return zip(labels, results.withLock { $0 }).map { label, counts in
            Tally(
                label: label, sent: counts.sent, replies: counts.replies, errors: counts.errors,
                dropped: counts.dropped, reconnects: counts.reconnects, lastError: counts.lastError)
        }
    }

    /// CPU time of the load's own thread.
    public var cpuSeconds: Double { Double(cpuMicroseconds.load(ordering: .relaxed)) / 1e6 }

    private static func threadCPUMicroseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
    }
}
