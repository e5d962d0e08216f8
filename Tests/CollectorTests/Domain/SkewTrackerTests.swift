import Testing

@testable import Collector

@Suite struct SkewTrackerTests {
    private static let second: UInt64 = 1_000_000
    private static let start: UInt64 = 1_700_000_000 * second
    private static let boot: [UInt8] = [1]

    /// A report made at `at` seconds of true time on a host whose clock is ahead by `ahead`.
    private static func stamp(_ at: Int64, ahead: Int64 = 0, boot: [UInt8] = boot) -> SkewTracker.Stamp {
        let time = Int64(start) + (at + ahead) * Int64(second)
        return SkewTracker.Stamp(
            bootID: boot, timeMicroseconds: UInt64(time),
            boottimeMicroseconds: UInt64(1_000_000 + at) * second, intervalMicroseconds: 10 * second)
    }

    private static func received(_ at: Int64) -> UInt64 { UInt64(Int64(start) + at * Int64(second)) }

    private static func seconds(_ skews: [Int64]) -> [Int64] { skews.map { $0 / Int64(second) } }

    @Test(arguments: [0, 90, -90] as [Int64])
    func aLiveReportTellsTheClock(_ ahead: Int64) {
        var tracker = SkewTracker()
        for at in stride(from: Int64(0), to: 100, by: 10) {
            let skews = tracker.skews(of: [Self.stamp(at, ahead: ahead)], receivedMicroseconds: Self.received(at))
            #expect(Self.seconds(skews) == [ahead])
        }
    }

    /// Six hours without a network are the reports' age, not the clock's fault.
    @Test func aBacklogIsNoSkew() {
        var tracker = SkewTracker()
        _ = tracker.skews(of: [Self.stamp(0)], receivedMicroseconds: Self.received(0))
        let backlog = (1...2160).map { Self.stamp(Int64($0) * 10) }
        for part in stride(from: 0, to: backlog.count, by: 500) {
            let stamps = Array(backlog[part..<min(part + 500, backlog.count)])
            let skews = tracker.skews(of: stamps, receivedMicroseconds: Self.received(21_600 + Int64(part / 500)))
            #expect(skews.allSatisfy { $0 == 0 })
        }
    }

    @Test func aBacklogWithoutAnythingKnownIsTakenAtItsWord() {
        var tracker = SkewTracker()
        let skews = tracker.skews(
            of: (1...100).map { Self.stamp(Int64($0) * 10) }, receivedMicroseconds: Self.received(90_000))
        #expect(skews.allSatisfy { $0 == 0 })
        // What is still to come cannot be.
        var early = SkewTracker()
        let ahead = early.skews(
            of: (1...3).map { Self.stamp(Int64($0) * 10, ahead: 600) }, receivedMicroseconds: Self.received(30))
        #expect(ahead.allSatisfy { $0 > 500 * Int64(Self.second) })
    }

    @Test func aStepOfTheHostsClockIsSeenAtOnceAndInTheBacklog() {
        var tracker = SkewTracker()
        for at in [0, 10, 20] as [Int64] {
            _ = tracker.skews(of: [Self.stamp(at)], receivedMicroseconds: Self.received(at))
        }
        let stepped = [Self.stamp(30), Self.stamp(40, ahead: 120), Self.stamp(50, ahead: 120)]
        let skews = tracker.skews(of: stepped, receivedMicroseconds: Self.received(300))
        #expect(Self.seconds(skews) == [0, 120, 120])
    }

    @Test func oneSlowDeliveryIsNoSkew() {
        var tracker = SkewTracker()
        for at in [0, 10, 20] as [Int64] {
            _ = tracker.skews(of: [Self.stamp(at)], receivedMicroseconds: Self.received(at))
        }
        let skews = tracker.skews(of: [Self.stamp(30)], receivedMicroseconds: Self.received(75))
        #expect(Self.seconds(skews) == [0])
    }

    @Test func aRestartOfTheCollectorForgetsNothing() {
        var tracker = SkewTracker(
            bootID: Self.boot, bootTimeMicroseconds: Int64(Self.start) - 1_000_000 * Int64(Self.second),
            skewMicroseconds: 90 * Int64(Self.second), receivedMicroseconds: Self.received(0))
        let skews = tracker.skews(
            of: (1...50).map { Self.stamp(Int64($0) * 10, ahead: 90) }, receivedMicroseconds: Self.received(5000))
        #expect(Self.seconds(skews).allSatisfy { $0 == 90 })
    }
}
