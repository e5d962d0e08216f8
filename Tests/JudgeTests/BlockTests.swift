// Integers of a block to values: one stated division or quantile each, and a cause for everything that is absent.
import Testing

@testable import Judge

struct BlockTests {
    private func full() -> CopyBlock {
        var block = CopyBlock(
            samplesSeen: 30, samplesExpected: 30, observedMicroseconds: 290_000_000, absent: .unsupported)
        block.operations = .value(58_000)
        block.cpuMicroseconds = .value(2_900_000)
        block.commandMicroseconds = .value(116_000)
        block.commandCalls = .value(29_000)
        block.netBytes = .value(5_800_000)
        block.errors = .value(7)
        block.logErrorLines = .value(2)
        block.memoryBytesSum = .value(3_000_000_000)
        block.memorySamples = 30
        block.ping = .value([CopyBlock.Bucket(index: 100, count: 99), CopyBlock.Bucket(index: 20, count: 1)])
        block.latency = .value((0..<21).map { $0 > 10 ? UInt64($0) : 1000 })
        block.diskMicroseconds = .value(60_000)
        block.diskOperations = .value(30)
        return block
    }

    @Test func everyValueIsOneDivision() {
        let values = full().values(.default)
        #expect(values.ops == .value(200))
        #expect(values[.cpu] == .value(50))
        #expect(values[.service] == .value(4))
        #expect(values[.net] == .value(100))
        #expect(values[.mem] == .value(100_000_000))
        #expect(values[.disk] == .value(2000))
        #expect(values[.err] == .value(7))
        #expect(values[.log] == .value(2))
        #expect(values[.slow] == .value(155))
        #expect(values[.p50] == .value(100))
        #expect(values[.p99] == .value(100))
    }

    @Test(arguments: [(24, 30, true), (23, 30, false), (4, 5, true), (3, 5, false), (0, 0, false), (1, 1, true)])
    func aBlockIsCoveredFromFourFifthsOfItsSamples(_ seen: UInt64, _ expected: UInt64, _ covered: Bool) {
        var block = full()
        block.samplesSeen = seen
        block.samplesExpected = expected
        #expect(block.isCovered == covered)
        if !covered { #expect(block.values(.default) == CopyValues(absent: .coverage)) }
    }

    @Test func absurdSampleCountsAreNotCovered() {
        var block = full()
        block.samplesSeen = .max
        #expect(!block.isCovered)
    }

    @Test func absentPartsKeepTheirCause() {
        let block = CopyBlock(
            samplesSeen: 30, samplesExpected: 30, observedMicroseconds: 1, absent: .reset)
        let values = block.values(.default)
        #expect(values.ops == .absent(.reset))
        for metric in Metric.allCases where metric != .mem { #expect(values[metric] == .absent(.reset)) }
        #expect(values[.mem] == .absent(.coverage))
        var half = full()
        half.operations = .absent(.parse)
        #expect(half.values(.default)[.cpu] == .absent(.parse))
        half.cpuMicroseconds = .absent(.denied)
        #expect(half.values(.default)[.cpu] == .absent(.denied))
    }

    @Test func tooFewEventsAreIdleAndNoneAtAllOfPingIsNoMeasurement() {
        var block = full()
        block.operations = .value(0)
        block.commandCalls = .value(0)
        block.diskOperations = .value(29)
        block.ping = .value([])
        let values = block.values(.default)
        #expect(values.ops == .value(0))
        #expect(values[.cpu] == .absent(.idle))
        #expect(values[.net] == .absent(.idle))
        #expect(values[.service] == .absent(.idle))
        #expect(values[.disk] == .absent(.idle))
        #expect(values[.p50] == .absent(.coverage))
        block.observedMicroseconds = 0
        #expect(block.values(.default).ops == .absent(.coverage))
    }

    @Test func impossibleHistogramsAreAbsent() {
        var block = full()
        block.latency = .value([1, 2, 3])
        #expect(block.values(.default)[.slow] == .absent(.parse))
        block.latency = .value([UInt64](repeating: .max, count: 21))
        #expect(block.values(.default)[.slow] == .absent(.overflow))
        var policy = JudgePolicy.default
        policy.slowEdgeIndex = 21
        #expect(full().values(policy)[.slow] == .absent(.parse))
        policy.slowEdgeIndex = 20
        #expect(full().values(policy)[.slow] == .value(0))
        let bucket = CopyBlock.Bucket(index: 1, count: .max)
        #expect(PingQuantile(.value([bucket, bucket]), percent: 50).nanoseconds == .absent(.overflow))
        #expect(PingQuantile(.value([bucket]), percent: 50).nanoseconds == .absent(.overflow))
        let beyond = CopyBlock.Bucket(index: PingQuantile.lastBucket + 1, count: 1)
        #expect(PingQuantile(.value([beyond]), percent: 50).nanoseconds == .absent(.parse))
    }

    @Test func bucketsFollowTheLogLinearFormula() {
        for value: UInt64 in [0, 1, 63, 127, 128, 129, 255, 256, 1000, 123_456, 1 << 35, (1 << 36) - 1] {
            let exponent = max(0, UInt64.bitWidth - value.leadingZeroBitCount - 7)
            let index = UInt32(64 * exponent) + UInt32(value >> UInt64(exponent))
            #expect(index <= PingQuantile.lastBucket)
            let middle = PingQuantile.middle(of: index).value ?? .nan
            #expect((middle - Double(value)).magnitude <= Double(value) / 128 + 0.01, "\(value)")
            if value < 128 { #expect(middle == Double(value)) }
        }
    }

    @Test(arguments: 1...10)
    func quantilesAreThoseOfTheSortedValues(_ seed: Int) {
        var generator = Seeded(UInt64(seed))
        let values = (0..<Int.random(in: 1...400, using: &generator)).map { _ in
            UInt32.random(in: 0...127, using: &generator)
        }
        let buckets = Dictionary(grouping: values) { $0 }.map { CopyBlock.Bucket(index: $0, count: UInt64($1.count)) }
        let sorted = values.sorted()
        for percent in [1, 50, 99, 100] {
            let rank = (percent * sorted.count + 99) / 100
            let quantile = PingQuantile(.value(buckets), percent: UInt64(percent)).nanoseconds
            #expect(quantile == .value(Double(sorted[rank - 1])), "seed \(seed), \(percent) %")
        }
    }

    @Test func aHostsHourIsTheSumOfItsPartsDividedOnce() {
        var sums = HostSums()
        #expect(sums.values()[.cpu] == .absent(.coverage))
        sums.add(full())
        var other = full()
        other.operations = .value(2000)
        other.cpuMicroseconds = .value(1_000_000)
        other.ping = .value([CopyBlock.Bucket(index: 10, count: 300)])
        other.netBytes = .absent(.reset)
        sums.add(other)
        sums.addDisk(other)
        var uncovered = full()
        uncovered.samplesSeen = 1
        sums.add(uncovered)
        sums.addDisk(uncovered)
        let values = sums.values()
        #expect(values[.cpu] == .value(65))
        #expect(values[.net] == .value(100))
        #expect(values[.service] == .value(4))
        #expect(values[.disk] == .value(2000))
        #expect(values[.p50] == .value(10))
        #expect(values[.err] == .absent(.coverage))
        var silent = full()
        silent.ping = .absent(.timeout)
        silent.cpuMicroseconds = .value(.max)
        sums.add(silent)
        #expect(sums.values()[.cpu] == .absent(.overflow))
        var flood = full()
        flood.ping = .value([CopyBlock.Bucket(index: 10, count: .max)])
        sums.add(flood)
        #expect(sums.values()[.p50] == .absent(.overflow))
    }
}
