// PING's round trips of one instance as the wire's histogram. A stall must weigh as much as calm: every tick counts,
// those too at which no PING could be sent because an earlier one was still waiting, with the time that it would have
// waited; and one that waited past its deadline counts as at least that long, never as missing.
import Terms

struct RedisPing {
    static let deadlineNanoseconds = UInt64(Limits.probeDeadlineMilliseconds) * 1_000_000
    /// Ticks that can wait before the oldest passes its deadline, at the shortest period.
    static let waitingTicks = Limits.probeDeadlineMilliseconds / Limits.shortestPingIntervalMilliseconds + 2

    /// Since it was last taken. Its place is taken at once, for ten of them (PackedHistograms).
    private var counts = [UInt32: UInt64](minimumCapacity: 10)
    /// Since the agent's start.
    private(set) var timeouts: UInt64 = 0
    /// Monotonic times of the ticks without an answer, oldest first.
    private var waiting: [UInt64] = []
    /// Why there are none, when there are none.
    private(set) var cause: AbsenceCause?

    var isWaiting: Bool { !waiting.isEmpty }

    /// A PING is written now, or would have been.
    mutating func tick(atNanoseconds now: UInt64) {
        expire(atNanoseconds: now)
        if waiting.count < Self.waitingTicks { waiting.append(now) }
    }

    /// Those that have waited too long are counted with what they waited.
    mutating func expire(atNanoseconds now: UInt64) {
        while let first = waiting.first, now >= first, now - first >= Self.deadlineNanoseconds {
            waiting.removeFirst()
            count(now - first)
            timeouts += 1
        }
    }

    mutating func answered(atNanoseconds now: UInt64) {
        expire(atNanoseconds: now)
        for tick in waiting { count(now - min(tick, now)) }
        waiting.removeAll(keepingCapacity: true)
        cause = nil
    }

    /// The connection is gone or PING is refused: what still waits was never measured, and a guess would look fast.
    mutating func abandon(_ cause: AbsenceCause) {
        waiting = []
        self.cause = cause
    }

    /// The histogram since the last call; with the cause if it is empty for one.
    mutating func take(atNanoseconds now: UInt64) -> (counts: [UInt32: UInt64], cause: AbsenceCause?) {
        expire(atNanoseconds: now)
        // A copy goes, made by hand: a dictionary copied or filtered may be the same one.
        var taken = [UInt32: UInt64](minimumCapacity: counts.count)
        for (bucket, count) in counts { taken[bucket] = count }
        counts.removeAll(keepingCapacity: true)
        return (taken, taken.isEmpty ? cause : nil)
    }

    private mutating func count(_ nanoseconds: UInt64) {
        counts[PingHistogram.index(nanoseconds: nanoseconds), default: 0] += 1
    }
}

/// When to ping: a fixed grid for each instance, spread over the period, each tick late by a small random time. An
/// order that never changes would always measure one instance in the wake of the same other one.
struct PingSchedule {
    let periodNanoseconds: UInt64
    /// Grid point of the coming tick.
    private var grid: UInt64
    private(set) var next: UInt64

    init(
        periodMilliseconds: Int, ordinal: Int, now: UInt64, using random: inout some RandomNumberGenerator
    ) {
        periodNanoseconds =
            UInt64(max(periodMilliseconds, Limits.shortestPingIntervalMilliseconds)) * 1_000_000
        // Multiples of the golden section spread evenly whatever their number (Weyl).
        let fraction = UInt64(truncatingIfNeeded: ordinal) &* 0x9e37_79b9_7f4a_7c15
        grid = now + periodNanoseconds.multipliedFullWidth(by: fraction).high
        next = grid
        next = late(using: &random)
    }

    /// The grid point after `now`. What our own loop slept through is nobody's latency.
    mutating func advance(now: UInt64, using random: inout some RandomNumberGenerator) {
        grid += periodNanoseconds
        if grid + periodNanoseconds <= now {
            grid += (now - grid) / periodNanoseconds * periodNanoseconds
        }
        next = late(using: &random)
    }

    private func late(using random: inout some RandomNumberGenerator) -> UInt64 {
        grid + UInt64.random(in: 0..<periodNanoseconds / 4, using: &random)
    }
}
