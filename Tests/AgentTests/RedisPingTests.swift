import Shared
import Testing

@testable import Agent

struct RedisPingTests {
    private static let second: UInt64 = 1_000_000_000

    private static func buckets(_ nanoseconds: UInt64...) -> [UInt32: UInt64] {
        var found: [UInt32: UInt64] = [:]
        for value in nanoseconds { found[PingHistogram.index(nanoseconds: value), default: 0] += 1 }
        return found
    }

    @Test func aRoundTripCountsOnce() {
        var ping = RedisPing()
        ping.tick(atNanoseconds: 1000)
        ping.answered(atNanoseconds: 81_000)
        let (counts, cause) = ping.take(atNanoseconds: 90_000)
        #expect(counts == Self.buckets(80_000))
        #expect(cause == nil)
        #expect(ping.take(atNanoseconds: 90_000).counts.isEmpty)
    }

    @Test func ticksMissedInAStallCountWithWhatTheyWouldHaveWaited() {
        var ping = RedisPing()
        for tick in 0..<4 { ping.tick(atNanoseconds: UInt64(tick) * Self.second / 2) }
        ping.answered(atNanoseconds: Self.second * 19 / 10)
        #expect(
            ping.take(atNanoseconds: 2 * Self.second).counts
                == Self.buckets(1_900_000_000, 1_400_000_000, 900_000_000, 400_000_000))
        #expect(ping.timeouts == 0)
    }

    @Test func aPingPastItsDeadlineCountsAsAtLeastThatLong() {
        var ping = RedisPing()
        for tick in 0..<60 { ping.tick(atNanoseconds: UInt64(tick) * Self.second) }
        let (counts, cause) = ping.take(atNanoseconds: 60 * Self.second)
        #expect(ping.timeouts == 59)
        #expect(cause == nil)
        let shortest = PingHistogram.index(nanoseconds: RedisPing.deadlineNanoseconds)
        #expect(counts.keys.allSatisfy { $0 >= shortest })
        #expect(counts.values.reduce(0, +) == 59)
        // The one still waiting is answered within its time.
        ping.answered(atNanoseconds: 60 * Self.second)
        #expect(ping.take(atNanoseconds: 60 * Self.second).counts == Self.buckets(Self.second))
    }

    @Test func aGoneConnectionIsNeitherQuickNorSlow() {
        var ping = RedisPing()
        ping.tick(atNanoseconds: 0)
        ping.abandon(.unsupported)
        let (counts, cause) = ping.take(atNanoseconds: 10 * Self.second)
        #expect(counts.isEmpty)
        #expect(cause == .unsupported)
        ping.tick(atNanoseconds: 11 * Self.second)
        ping.answered(atNanoseconds: 11 * Self.second + 5)
        #expect(ping.take(atNanoseconds: 11 * Self.second + 9).cause == nil)
    }

    @Test func whatWaitsIsBounded() {
        var ping = RedisPing()
        for tick in 0..<100_000 { ping.tick(atNanoseconds: UInt64(tick)) }
        ping.answered(atNanoseconds: 200_000)
        #expect(ping.take(atNanoseconds: 200_000).counts.values.reduce(0, +) == UInt64(RedisPing.waitingTicks))
    }

    @Test func schedulesOfManyInstancesAreSpreadOverThePeriod() {
        var random = HostRandom.seeded("schedulesAreSpread")
        let starts = (0..<100).map {
            PingSchedule(periodMilliseconds: 1000, ordinal: $0, now: 0, using: &random).next
        }
        for tenth in 0..<10 {
            let inTenth = starts.filter { $0 % Self.second / (Self.second / 10) == UInt64(tenth) }.count
            #expect((3...20).contains(inTenth))
        }
    }

    @Test func ticksKeepTheirPeriodWithSmallRandomGaps() {
        var random = HostRandom.seeded("ticksKeepTheirPeriod")
        var schedule = PingSchedule(periodMilliseconds: 1000, ordinal: 3, now: 0, using: &random)
        var ticks: [UInt64] = []
        for _ in 0..<100 {
            ticks.append(schedule.next)
            schedule.advance(now: schedule.next, using: &random)
        }
        let gaps = zip(ticks.dropFirst(), ticks).map { $0 - $1 }
        #expect(gaps.allSatisfy { (750_000_000...1_250_000_000).contains($0) })
        #expect(Set(gaps).count > 50)
        #expect((ticks.last ?? 0) - (ticks.first ?? 0) < 100 * Self.second)
    }

    @Test func whatTheAgentSleptThroughIsNotMadeUp() {
        var random = HostRandom.seeded("whatTheAgentSleptThrough")
        var schedule = PingSchedule(periodMilliseconds: 1000, ordinal: 0, now: 0, using: &random)
        schedule.advance(now: 500 * Self.second + 1, using: &random)
        #expect(schedule.next >= 499 * Self.second)
        #expect(schedule.next <= 502 * Self.second)
    }
}
