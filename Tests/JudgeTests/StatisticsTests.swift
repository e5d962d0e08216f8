// Scales, intervals, guards and streams one by one, where the vectors leave a gap.
import Testing

@testable import Judge

struct StatisticsTests {
    /// A day of fleet `cpu` whose numbers are known to four digits.
    private var day: StreamState {
        var state = StreamState()
        state.blocks.n = 288
        state.blocks.nd = 287
        state.blocks.mean = 0.03
        state.blocks.m2 = 1.8368
        state.blocks.d = 1.8368
        state.hours.n = 24
        state.hours.nd = 23
        state.hours.m2 = 0.0368
        state.hours.d = 0.0552
        return state
    }

    @Test func theWorkedExampleComesOut() {
        let inflation = Inflation(day)
        #expect((inflation.fromBlocks - 3).magnitude < 1e-9)
        #expect((inflation.r - 6.2601).magnitude < 1e-4)
        let pass = Interval(day, alpha: 0.05, mixture: 1)
        #expect((pass.effectiveCount - 46.005).magnitude < 1e-3)
        #expect((pass.halfWidth - 0.03601).magnitude < 1e-5)
        #expect((pass.upper - 0.0660).magnitude < 1e-4)
        let levels = Levels(judgedMetrics: 4)
        #expect(levels.fleet == 0.00075)
        let fail = Interval(day, alpha: levels.fleet, mixture: 0.5)
        #expect((fail.halfWidth - 0.05297).magnitude < 1e-5)
        #expect((fail.lower + 0.0230).magnitude < 1e-4)
        let restart = Interval(day, alpha: levels.restart, mixture: 0.5)
        #expect((restart.halfWidth - 0.06709).magnitude < 1e-5)
    }

    @Test func allLevelsTogetherStayWithinOnePercent() {
        for metrics in [1, 4, 10] {
            let levels = Levels(judgedMetrics: metrics)
            var sum = levels.fleet + Double(Levels.maxRestarts) * levels.restart
            for host in 1...100_000 { sum += levels.host(host) }
            #expect(sum * Double(metrics) <= Levels.fail)
            #expect(levels.unpairedFail * 8 * Double(metrics) <= Levels.fail * (1 + 1e-15))
            #expect(levels.unpairedPass * 8 == Levels.pass)
        }
        #expect(Levels(judgedMetrics: 0).metrics == 1)
    }

    @Test func unknownIsInfiniteAndConstantIsZero() {
        #expect(Interval(StreamState(), alpha: 0.05, mixture: 1).halfWidth == .infinity)
        #expect(Interval.withFloor(StreamState()) == StreamState())
        #expect(Interval.hoursToPass(StreamState(), alpha: 0.05, margin: 1) == nil)
        var flat = StreamState()
        for hour in 0..<5 { flat.addHour(hour, (0..<12).map { (hour * 12 + $0, 0.5) }) }
        #expect(Interval(flat, alpha: 0.05, mixture: 1).halfWidth == 0)
        #expect(Interval.hoursToPass(flat, alpha: 0.05, margin: 0.4) == nil)
        #expect(Interval.hoursToPass(flat, alpha: 0.05, margin: 0.6) == 0)
    }

    @Test func inflationIsNeverBelowOneAndKnowsFewHours() {
        var state = StreamState()
        state.addHour(0, [(0, 1), (1, -1), (2, 1), (3, -1)])
        #expect(state.hours.n == 0)
        #expect(Inflation(state).r == 1)
        state.addHour(1, (0..<12).map { (12 + $0, $0 % 2 == 0 ? 1.0 : -1.0) })
        #expect(Inflation(state).fromHours == 1)
        var gaps = StreamState()
        for hour in stride(from: 0, to: 20, by: 2) {
            gaps.addHour(hour, stride(from: 0, to: 12, by: 2).map { (hour * 12 + $0, Double(hour + $0)) })
        }
        #expect(gaps.blocks.nd == 0)
        #expect(gaps.hours.nd == 0)
        #expect(Inflation(gaps).fromBlocks == 1)
        #expect(Inflation(gaps).fromHours > 1)
    }

    @Test func flagsRememberAHundredAndTwentyEight() {
        var flags = Flags()
        for index in 0..<200 { flags.push(index < 100) }
        #expect(flags.count(last: 12) == 0)
        #expect(flags.count(last: 64) == 0)
        #expect(flags.count(last: 96) == 0)
        #expect(flags.count(last: 101) == 1)
        #expect(flags.count(last: 128) == 28)
        for _ in 0..<70 { flags.push(true) }
        #expect(flags.count(last: 63) == 63)
        #expect(flags.count(last: 70) == 70)
        #expect(flags.count(last: 96) == 70)
        #expect(ShareGuard.grossHost.needed == 80)
        #expect(ShareGuard.grossFleet.needed == 10)
        #expect(ShareGuard.grossFleetOfTwo.needed == 20)
        #expect(ShareGuard.sustainedFleet.needed == 11)
        #expect(ShareGuard.sustainedFleetOfOne.needed == 22)
    }

    @Test func aFleetStreamKeepsFortyRestartsAndLosesNothing() {
        var stream = FleetStream()
        var whole = StreamState()
        var generator = Seeded(4)
        for hour in 0..<(60 * 6) {
            var values: [(block: Int, x: Double)] = []
            for block in (hour * 12)..<(hour * 12 + 12) {
                let value = hour / 6 == 7 ? nil : generator.normal()
                stream.add(block: block, value: value, isHot: false, counts: nil)
                if let value { values.append((block, value)) }
            }
            whole.addHour(hour, values)
            stream.closeHour(hour, sustainedAbove: 1)
            #expect(stream.suffixes.count == min(41, (hour + 1) / 6 + 1))
            #expect(stream.suffixes.first?.blocks.n == whole.blocks.n)
        }
        let full = stream.suffixes.first ?? StreamState()
        #expect((full.blocks.mean - whole.blocks.mean).magnitude < 1e-12)
        #expect((full.blocks.m2 - whole.blocks.m2).magnitude < 1e-6)
        #expect(full.blocks.nd == whole.blocks.nd)
        #expect(full.hours.n == whole.hours.n)
        // Restart 8 begins with segment 8; segment 7 was empty, so restart 7 holds the same.
        #expect(stream.suffixes[8].blocks.i0 == 8 * 72)
        #expect(stream.suffixes[7].blocks == stream.suffixes[8].blocks)
        #expect(stream.suffixes[40].blocks.i0 == 40 * 72)
        #expect(stream.segmentMeans.items.count == 8)
    }

    @Test func sustainedGuardsNeedNearlyAllHourMeans() {
        func fires(_ means: [Double?], hosts: Int) -> Bool {
            var stream = FleetStream()
            for (hour, mean) in means.enumerated() {
                for block in 0..<12 {
                    stream.add(block: hour * 12 + block, value: mean, isHot: false, counts: nil)
                }
                stream.closeHour(hour, sustainedAbove: 0.1)
            }
            return stream.isSustained(hostsSeen: hosts)
        }
        let high = [Double?](repeating: 0.2, count: 11)
        #expect(fires(high, hosts: 2))
        #expect(fires(high + [0.05], hosts: 3))
        #expect(!fires(high + [0.05, nil], hosts: 3))
        #expect(!fires(high, hosts: 1))
        #expect(fires(high + high, hosts: 1))
    }

    @Test func aSteepLineWithoutScatterDrifts() {
        #expect(Drift(segmentMeans: [0, 1, 2, 3], margin: 4).isRising)
        #expect(Drift(segmentMeans: [0, 1, 2, 3], margin: 4).t == .infinity)
        #expect(!Drift(segmentMeans: [3, 2, 1, 0], margin: 4).isRising)
        #expect(Drift(segmentMeans: [1, 1, 1, 1], margin: 0.5).t == 0)
        #expect(!Drift(segmentMeans: [0, 1, 2], margin: 0).isRising)
    }

    @Test func comparisonsNeedHosts() {
        #expect(Comparison(new: [], old: [1, 2], placebo: 0, alpha: 0.05).halfWidth == .infinity)
        #expect(Comparison(new: [1], old: [1], placebo: 0, alpha: 0.05).halfWidth == .infinity)
        let equal = Comparison(new: [1, 1], old: [0, 0, 0], placebo: 0, alpha: 0.05)
        #expect(equal.halfWidth == 0)
        #expect(equal.lower == 1)
        #expect(equal.upper == 1)
        #expect(Comparison(new: [1], old: [0, 0.1, 0], placebo: 0, alpha: 0.05).halfWidth.isFinite)
        #expect(Comparison.placebo(changes: [1]) == 0)
        #expect(Comparison.placebo(changes: [0, 2]) == 1)
    }

    @Test func coverageForgetsAfterADay() {
        var coverage = Coverage()
        #expect(coverage.total.share == 1)
        for hour in 0..<30 {
            for _ in 0..<12 { coverage.add(owed: true, seen: hour >= 6) }
            coverage.closeHour()
        }
        #expect(coverage.total == Coverage.Tally(owed: 288, seen: 288))
        coverage.add(owed: false, seen: false)
        coverage.closeHour()
        #expect(coverage.total == Coverage.Tally(owed: 276, seen: 276))
    }

    @Test func dayOfTheYearIsRight() {
        let start = BlockTime.unixSeconds(year: 2026, month: 3, day: 2, secondOfDay: 0)
        #expect(start == 1_772_409_600)
        #expect(BlockTime.text(unixSeconds: 1_772_409_600 + 6 * 3600) == "2 March 06:00 UTC")
        #expect(BlockTime.text(unixSeconds: 1_772_409_600 + 61) == "2 March 00:01:01 UTC")
        #expect(BlockTime.date(unixSeconds: 951_782_400) == .init(year: 2000, month: 2, day: 29, secondOfDay: 0))
        #expect(BlockTime.date(unixSeconds: -1).year == 1969)
        #expect(BlockTime.unixSeconds(year: 2025, month: 2, day: 29, secondOfDay: 0) == nil)
        #expect(BlockTime.unixSeconds(year: 2024, month: 2, day: 29, secondOfDay: 0) == 1_709_164_800)
        #expect(BlockTime.unixSeconds(year: 2025, month: 13, day: 1, secondOfDay: 0) == nil)
        #expect(BlockTime.unixSeconds(year: 2025, month: 1, day: 1, secondOfDay: 86_400) == nil)
        var generator = Seeded(8)
        for _ in 0..<2000 {
            let seconds = Int.random(in: 0...250_000_000_000, using: &generator)
            let date = BlockTime.date(unixSeconds: seconds)
            let back = BlockTime.unixSeconds(
                year: date.year, month: date.month, day: date.day, secondOfDay: date.secondOfDay)
            #expect(back == seconds)
        }
        #expect(BlockTime.hour(ofBlock: 23) == 1)
        #expect(BlockTime.hour(ofBlock: -1) == -1)
    }
}
