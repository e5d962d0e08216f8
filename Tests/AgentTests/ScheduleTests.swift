// The schedule against clocks that drift, step and stand still.
import Testing

@testable import Agent

@Suite struct ScheduleTests {
    private static let interval: UInt64 = 10_000_000

    private func instant(_ monotonic: UInt64, wall: UInt64) -> Schedule.Instant {
        Schedule.Instant(monotonicMicroseconds: monotonic, wallMicroseconds: wall)
    }

    @Test func firstTickFallsOnAMultipleOfTheIntervalInWallTime() {
        let schedule = Schedule(intervalMilliseconds: 10_000, now: instant(5_000_000, wall: 1_003_000_000))
        #expect(schedule.nextMicroseconds == 5_000_000 + 7_000_000)
    }

    @Test func ticksAreOneIntervalApartWhileTheClocksAgree() {
        var schedule = Schedule(intervalMilliseconds: 10_000, now: instant(0, wall: 1_000_000_000))
        #expect(schedule.nextMicroseconds == Self.interval)
        for tick in 1...100 {
            let now = schedule.nextMicroseconds + 1234
            schedule.advance(now: instant(now, wall: 1_000_000_000 + now))
            #expect(schedule.nextMicroseconds == UInt64(tick + 1) * Self.interval)
        }
        #expect(schedule.missed == 0)
    }

    @Test func wallTimeThatRunsFastIsFollowedWithoutASkip() {
        var schedule = Schedule(intervalMilliseconds: 10_000, now: instant(0, wall: 0))
        var last: UInt64 = 0
        for _ in 0..<1000 {
            let now = schedule.nextMicroseconds
            // 100 ppm fast.
            let wall = now + now / 10_000
            #expect(min(wall % Self.interval, Self.interval - wall % Self.interval) <= 2000)
            #expect(last == 0 || (now - last) > Self.interval * 9 / 10)
            last = now
            schedule.advance(now: instant(now, wall: wall))
        }
        #expect(schedule.missed == 0)
    }

    @Test func aStepOfWallTimeChangesOneIntervalByAtMostHalf() {
        for step in stride(from: UInt64(0), to: 40_000_000, by: 777_777) {
            var schedule = Schedule(intervalMilliseconds: 10_000, now: instant(0, wall: 1_000_000_000))
            let now = schedule.nextMicroseconds
            schedule.advance(now: instant(now, wall: 1_000_000_000 + now + step))
            let length = schedule.nextMicroseconds - now
            #expect(length >= Self.interval / 2 && length <= Self.interval * 3 / 2, "step \(step)")
            #expect((1_000_000_000 + schedule.nextMicroseconds + step) % Self.interval == 0)
        }
    }

    @Test func ticksThatPassedAreSkippedAndCounted() {
        var schedule = Schedule(intervalMilliseconds: 10_000, now: instant(0, wall: 0))
        schedule.advance(now: instant(35_000_000, wall: 35_000_000))
        #expect(schedule.nextMicroseconds == 40_000_000)
        #expect(schedule.missed == 2)
    }

    @Test func theNextTickIsAlwaysInTheFuture() {
        var random = SplitMix(state: 42)
        var schedule = Schedule(intervalMilliseconds: 200, now: instant(0, wall: 99))
        var now: UInt64 = 0
        var wall: UInt64 = 1_000_000_000
        for _ in 0..<10_000 {
            let passed = random.next(upTo: 700_000)
            now += passed
            wall = wall &+ passed &+ random.next(upTo: 1000) &- 500
            guard now >= schedule.nextMicroseconds else { continue }
            schedule.advance(now: instant(now, wall: wall))
            #expect(schedule.nextMicroseconds > now)
            #expect(schedule.nextMicroseconds - now <= 300_000)
        }
    }

    @Test func aProbeWithAPeriodIsAskedOnceInIt() {
        var period = Period(seconds: 60)
        var asked: [UInt64] = []
        for tick in 0..<60 {
            // Ticks jitter by a millisecond either way.
            let boot = UInt64(tick) * Self.interval + (tick % 2 == 0 ? 0 : 1000)
            if period.isDue(bootMicroseconds: boot, intervalMicroseconds: Self.interval) {
                period.taken(bootMicroseconds: boot)
                asked.append(UInt64(tick))
            }
        }
        #expect(asked == [0, 6, 12, 18, 24, 30, 36, 42, 48, 54])
    }

    @Test func aProbeWithoutPeriodIsAlwaysDueAndAForgottenOneIsDueAgain() {
        var each = Period(seconds: 0)
        each.taken(bootMicroseconds: 5)
        #expect(each.isDue(bootMicroseconds: 5, intervalMicroseconds: 10))
        var slow = Period(seconds: 600)
        slow.taken(bootMicroseconds: 5)
        #expect(!slow.isDue(bootMicroseconds: 10_000_005, intervalMicroseconds: 10_000_000))
        slow.forget()
        #expect(slow.isDue(bootMicroseconds: 10_000_005, intervalMicroseconds: 10_000_000))
    }
}
