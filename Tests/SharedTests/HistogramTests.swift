// The two histograms: edges, width, gaps and resets.
import Shared
import Testing

@Suite struct HistogramTests {
    /// Smallest value of a bucket, by the inverse of the formula.
    private func lowest(_ index: UInt32) -> UInt64 {
        if index < 128 { return UInt64(index) }
        let exponent = index / 64 - 1
        return UInt64(index - 64 * exponent) << UInt64(exponent)
    }

    @Test func smallValuesHaveBucketsOfTheirOwn() {
        for value in 0..<128 as Range<UInt64> { #expect(PingHistogram.index(nanoseconds: value) == UInt32(value)) }
        #expect(PingHistogram.index(nanoseconds: 128) == 128)
        #expect(PingHistogram.index(nanoseconds: 129) == 128)
        #expect(PingHistogram.index(nanoseconds: 130) == 129)
    }

    @Test func bucketsFollowEachOtherWithoutGapAndAreNarrow() {
        for index in 0..<UInt32(PingHistogram.bucketCount - 1) {
            let (low, next) = (lowest(index), lowest(index + 1))
            #expect(PingHistogram.index(nanoseconds: low) == index)
            #expect(PingHistogram.index(nanoseconds: next - 1) == index)
            #expect(next > low)
            // At most 1/64 of its value wide.
            #expect((next - low) * 64 <= max(64, low))
        }
    }

    @Test func everythingBeyondFallsIntoTheLastBucket() {
        let last = UInt32(PingHistogram.bucketCount - 1)
        #expect(PingHistogram.index(nanoseconds: PingHistogram.largestNanoseconds) == last)
        #expect(PingHistogram.index(nanoseconds: PingHistogram.largestNanoseconds + 1) == last)
        #expect(PingHistogram.index(nanoseconds: .max) == last)
        #expect(PingHistogram.index(nanoseconds: PingHistogram.largestNanoseconds / 2) < last)
    }

    @Test func edgesThatRedisLeavesOutAreFilledWithTheCountBefore() {
        let filled = CommandHistogram.filled([(8, 3), (33, 5)])
        #expect(filled == [0, 0, 0, 3, 3, 5] + [UInt64](repeating: 5, count: 15))
        #expect(CommandHistogram.filled([]) == [UInt64](repeating: 0, count: 21))
        #expect(CommandHistogram.filled([(1_073_741, 9)])?.last == 9)
    }

    @Test(arguments: [
        [(UInt64(3), UInt64(1))], [(8, 3), (4, 5)], [(8, 3), (8, 4)], [(8, 3), (16, 2)],
        [(1_073_741, 1), (2_147_482, 2)],
    ])
    func repliesThatCannotBeAreRefused(reply: [(UInt64, UInt64)]) {
        #expect(CommandHistogram.filled(reply.map { (edge: $0.0, count: $0.1) }) == nil)
    }

    @Test func differencesAreBucketCountsAndAnyFallIsAReset() {
        #expect(CommandHistogram.difference(from: [0, 2, 5], to: [1, 5, 9]) == [1, 2, 1])
        #expect(CommandHistogram.difference(from: [1, 1, 1], to: [1, 1, 1]) == [0, 0, 0])
        #expect(CommandHistogram.difference(from: [3, 3, 3], to: [0, 0, 1]) == nil)
        // The cumulative counts rise, one bucket falls.
        #expect(CommandHistogram.difference(from: [0, 5, 5], to: [4, 6, 9]) == nil)
        #expect(CommandHistogram.difference(from: [1], to: [1, 2]) == nil)
    }

    @Test func splittingAnIntervalKeepsTheSum() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<100 {
            var states: [[UInt64]] = [[UInt64](repeating: 0, count: 21)]
            for _ in 0..<5 {
                var counts = [UInt64](repeating: 0, count: 21)
                var sum: UInt64 = 0
                var before: UInt64 = 0
                for index in counts.indices {
                    let grown = states[states.count - 1][index] - before + UInt64.random(in: 0...3, using: &random)
                    before = states[states.count - 1][index]
                    sum += grown
                    counts[index] = sum
                }
                states.append(counts)
            }
            var total = [UInt64](repeating: 0, count: 21)
            for (old, new) in zip(states, states.dropFirst()) {
                let part = try #require(CommandHistogram.difference(from: old, to: new))
                for index in total.indices { total[index] += part[index] }
            }
            #expect(CommandHistogram.difference(from: states[0], to: states[5]) == total)
        }
    }

    @Test func bucketsAreSentAsSteps() {
        var sparse = SparseHistogram()
        sparse.buckets = [0, 3, 4, 90]
        #expect(sparse.step == [0, 3, 1, 86])
        #expect(sparse.buckets == [0, 3, 4, 90])
    }
}
