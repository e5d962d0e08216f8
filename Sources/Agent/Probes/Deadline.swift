// An end on the monotonic clock for a wait inside one probe; the schedule's own deadline stands above it.
struct Deadline {
    private let endMicroseconds: UInt64

    init(milliseconds: Int64) {
        endMicroseconds = Clock.system.monotonicMicroseconds() &+ UInt64(max(0, milliseconds)) &* 1000
    }

    /// 0 when it has passed; a part of a millisecond counts as a whole one.
    var millisecondsLeft: Int64 {
        let now = Clock.system.monotonicMicroseconds()
        return now >= endMicroseconds ? 0 : Int64((endMicroseconds - now + 999) / 1000)
    }
}
