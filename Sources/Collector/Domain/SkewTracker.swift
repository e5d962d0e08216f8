/// How far a host's wall clock is from ours. A report that arrives at once tells it; one that comes late, from the
/// agent's spool, does not: its age is not its clock's fault. So an estimate is taken only from live reports, kept as
/// the time of the host's boot on *our* clock, and carried to late reports by their monotonic time.
struct SkewTracker: Sendable, Equatable {
    /// A post with more reports than this is a catch-up.
    static let liveReports = 2
    /// Of the last so many live reports the quickest counts: a delay only ever makes a clock look slow.
    static let window = 8

    private var bootID: [UInt8] = []
    /// Receipt less time since boot, of the last live reports of this boot.
    private var bootTimes: [Int64] = []
    private var lastReceivedMicroseconds: UInt64 = 0
    private var lastSkew: Int64?

    init() {}

    /// Continues after a restart, from what was stored with the last report.
    init(bootID: [UInt8], bootTimeMicroseconds: Int64, skewMicroseconds: Int64, receivedMicroseconds: UInt64) {
        self.bootID = bootID
        bootTimes = [bootTimeMicroseconds]
        lastSkew = skewMicroseconds
        lastReceivedMicroseconds = receivedMicroseconds
    }

    struct Stamp: Sendable, Equatable {
        var bootID: [UInt8]
        var timeMicroseconds: UInt64
        var boottimeMicroseconds: UInt64
        var intervalMicroseconds: UInt64
    }

    /// - Parameter stamps: of one post, in the order of its reports.
    /// - Returns: the host's clock less ours at each of them.
    mutating func skews(of stamps: [Stamp], receivedMicroseconds: UInt64) -> [Int64] {
        guard let newest = stamps.last else { return [] }
        let pause = receivedMicroseconds - min(lastReceivedMicroseconds, receivedMicroseconds)
        let isLive = stamps.count <= Self.liveReports && pause >= newest.intervalMicroseconds / 2
        lastReceivedMicroseconds = receivedMicroseconds
        if isLive { learn(newest, receivedMicroseconds) }
        let skews = stamps.map { skew(of: $0, receivedMicroseconds) }
        lastSkew = skews.last ?? lastSkew
        return skews
    }

    private mutating func learn(_ stamp: Stamp, _ received: UInt64) {
        if bootID != stamp.bootID {
            bootID = stamp.bootID
            bootTimes = []
        }
        bootTimes.append(Int64(clamping: received) - Int64(clamping: stamp.boottimeMicroseconds))
        if bootTimes.count > Self.window { bootTimes.removeFirst() }
    }

    private func skew(of stamp: Stamp, _ received: UInt64) -> Int64 {
        let time = Int64(clamping: stamp.timeMicroseconds)
        if bootID == stamp.bootID, let boot = bootTimes.min() {
            return time - (boot + Int64(clamping: stamp.boottimeMicroseconds))
        }
        // A boot of which nothing live was seen: as before, and a time that is still to come is surely wrong.
        return max(lastSkew ?? 0, time - Int64(clamping: received))
    }
}
