/// Where the collector's time comes from. Nothing else in the collector reads a clock, so that tests can move it.
protocol WallClock: Sendable {
    /// Microseconds since 1970.
    func nowMicroseconds() -> UInt64
}
