import Foundation

/// The load's thread: which stream is due, how many commands, to all its copies. Each visit first reads the replies of
/// the visit before, so one system call reads and one writes for several commands.
final class LoadLoop {
    private struct Lane {
        let copies: [LoadCopy]
        let commandsPerSecond: Double
        var dueSeconds: Double
        var sinceSeconds: Double
        /// Commands owed from earlier visits, below one.
        var owed = 0.0
        /// Next command of the common list.
        var next: Int
    }

    /// Between two visits of a stream, on the average; gaps vary by half of it, so that nothing else beats in time.
    private static let visitSeconds = 0.005
    private static let publishSeconds = 0.1
    /// After a longer standstill of this machine the commands missed are not made up for: a burst is no load.
    private static let mostBehindSeconds = 1.0
    private static let commandsInList = 16_384

    private var lanes: [Lane]
    private let commands: LoadCommands
    private var random: SplitMix64
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)

    init(_ streams: [Load.Stream], seed: UInt64) {
        commands = LoadCommands(count: Self.commandsInList, seed: seed)
        random = SplitMix64(state: seed &+ 1)
        let now = Self.now()
        lanes = streams.enumerated().map { index, stream in
            let phase = Self.visitSeconds * Double(index) / Double(max(streams.count, 1))
            return Lane(
                copies: stream.copies.map(LoadCopy.init), commandsPerSecond: Double(stream.commandsPerSecond),
                dueSeconds: now + phase, sinceSeconds: now + phase,
                next: index * Self.commandsInList / max(streams.count, 1))
        }
    }

    deinit { buffer.deallocate() }

    func run(isStopped: () -> Bool, publish: ([LoadCopy.Counts]) -> Void) {
        var publishAt = 0.0
        while !isStopped(), let lane = lanes.indices.min(by: { lanes[$0].dueSeconds < lanes[$1].dueSeconds }) {
            Self.sleep(until: lanes[lane].dueSeconds)
            let now = Self.now()
            visit(lane, now: now)
            if now >= publishAt {
                publish(lanes.flatMap { $0.copies.map(\.counts) })
                publishAt = now + Self.publishSeconds
            }
        }
        publish(lanes.flatMap { $0.copies.map(\.counts) })
    }

    private func visit(_ index: Int, now: Double) {
        let elapsed = min(now - lanes[index].sinceSeconds, Self.mostBehindSeconds)
        lanes[index].sinceSeconds = now
        let wanted = lanes[index].owed + elapsed * lanes[index].commandsPerSecond
        let count = max(0, Int(wanted))
        lanes[index].owed = wanted - Double(count)
        let jitter = Double(random.next() >> 11) / Double(1 << 53) - 0.5
        lanes[index].dueSeconds = now + Self.visitSeconds * (1 + jitter)

        let copies = lanes[index].copies
        // A fixed order would serve one side first every time, and its latency would be the better for it.
        let first = Int(random.next() >> 33) % max(copies.count, 1)
        for step in copies.indices {
            let copy = copies[(first + step) % copies.count]
            copy.receive(into: buffer, now: now)
            send(count, from: lanes[index].next, to: copy, now: now)
        }
        lanes[index].next = (lanes[index].next + count) % Self.commandsInList
    }

    private func send(_ count: Int, from first: Int, to copy: LoadCopy, now: Double) {
        var position = first
        var left = count
        while left > 0 {
            let step = min(left, Self.commandsInList - position)
            let start = position == 0 ? 0 : commands.ends[position - 1]
            let end = commands.ends[position + step - 1]
            commands.bytes.withUnsafeBytes {
                copy.send(UnsafeRawBufferPointer(rebasing: $0[start..<end]), commands: step, now: now)
            }
            left -= step
            position = (position + step) % Self.commandsInList
        }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func sleep(until seconds: Double) {
        let whole = seconds.rounded(.down)
        var time = timespec(tv_sec: Int(whole), tv_nsec: Int((seconds - whole) * 1e9))
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil)
    }
}
