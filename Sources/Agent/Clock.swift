// The three clocks of a report, in one place, so that tests can hand in their own. Nothing else in the agent may ask
// the system for the time.
import Glibc

struct Clock: Sendable {
    /// Since an arbitrary start; never steps, stands still during suspend. For deadlines.
    var monotonicMicroseconds: @Sendable () -> UInt64
    /// Since 1970. For people.
    var wallMicroseconds: @Sendable () -> UInt64
    /// Since boot, suspend included. For intervals between reports.
    var bootMicroseconds: @Sendable () -> UInt64

    static let system = Clock(
        monotonicMicroseconds: { read(CLOCK_MONOTONIC) },
        wallMicroseconds: { read(CLOCK_REALTIME) },
        bootMicroseconds: { read(CLOCK_BOOTTIME) })

    var moment: Moment {
        Moment(wallMicroseconds: wallMicroseconds(), bootMicroseconds: bootMicroseconds())
    }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(max(0, time.tv_sec)) * 1_000_000 + UInt64(max(0, time.tv_nsec)) / 1000
    }
}
