// When the next report is due, and which probes are. Ticks are fixed on the monotonic clock and fall on multiples of
// the interval in wall time, so that the blocks of all hosts hold the same number of reports. Pure: the clock's
// readings come in, nothing is awaited here.

struct Schedule {
    /// Both clocks at one instant.
    struct Instant {
        var monotonicMicroseconds: UInt64
        var wallMicroseconds: UInt64
    }

    let intervalMicroseconds: UInt64
    /// Monotonic time of the next tick.
    private(set) var nextMicroseconds: UInt64
    /// Ticks that passed while the agent was busy, suspended or not scheduled.
    private(set) var missed: UInt64 = 0

    init(intervalMilliseconds: Int, now: Instant) {
        precondition(intervalMilliseconds > 0)
        intervalMicroseconds = UInt64(intervalMilliseconds) * 1000
        nextMicroseconds = now.monotonicMicroseconds + intervalMicroseconds
        align(now)
    }

    /// Called when a tick was taken; a tick that is already past is skipped, never made up for in a burst.
    mutating func advance(now: Instant) {
        nextMicroseconds += intervalMicroseconds
        if nextMicroseconds <= now.monotonicMicroseconds {
            let behind = (now.monotonicMicroseconds - nextMicroseconds) / intervalMicroseconds + 1
            nextMicroseconds += behind * intervalMicroseconds
            missed += behind
        }
        align(now)
    }

    /// Wall time drifts against the monotonic clock and may step: each tick moves to the nearest multiple, which
    /// changes one interval by at most half of its length.
    private mutating func align(_ now: Instant) {
        let wall = now.wallMicroseconds &+ (nextMicroseconds - now.monotonicMicroseconds)
        let beyond = wall % intervalMicroseconds
        if beyond <= intervalMicroseconds / 2 {
            nextMicroseconds -= min(beyond, nextMicroseconds)
        } else {
            nextMicroseconds += intervalMicroseconds - beyond
        }
        if nextMicroseconds <= now.monotonicMicroseconds { nextMicroseconds += intervalMicroseconds }
    }
}

/// Whether a probe with a period of its own is to be asked in this report.
struct Period {
    let seconds: UInt64
    private var last: UInt64?

    init(seconds: UInt64) { self.seconds = seconds }

    /// Half an interval of tolerance: ticks are never exactly a period apart, and a period must not become one longer.
    func isDue(bootMicroseconds: UInt64, intervalMicroseconds: UInt64) -> Bool {
        guard seconds > 0, let last else { return true }
        guard bootMicroseconds >= last else { return true }
        return bootMicroseconds - last + intervalMicroseconds / 2 >= seconds * 1_000_000
    }

    /// Due again with the next report.
    mutating func forget() { last = nil }

    mutating func taken(bootMicroseconds: UInt64) { last = bootMicroseconds }
}
