import Testing

@testable import perch_accuracy

@Suite struct ShareTests {
    /// Clopper-Pearson limits at 95 %, from sums of the binomial distribution with 60 digits.
    @Test(arguments: [
        (0, 17, 0, 0.195064), (16, 17, 0.713111, 0.998512), (13, 14, 0.661316, 0.998193), (5, 10, 0.187086, 0.812914),
        (1, 1, 0.025, 1), (0, 308, 0, 0.011905), (154, 308, 0.442771, 0.557229), (1000, 2000, 0.477851, 0.522149),
        (1999, 2000, 0.997217, 0.999987),
    ])
    func theIntervalIsExact(count: Int, of: Int, lower: Double, upper: Double) throws {
        let interval = try #require(Share(count, of: of).interval)
        #expect(abs(interval.lowerBound - lower) < 1e-6)
        #expect(abs(interval.upperBound - upper) < 1e-6)
    }

    @Test func withoutCasesThereIsNoInterval() {
        #expect(Share(0, of: 0).interval == nil)
    }

    @Test func theMedianCountsThoseThatWaitedInVain() {
        #expect(Waits([3, nil, 1]).median == 3)
        #expect(Waits([3, nil, 1, 4]).median == 3.5)
        #expect(Waits([3, nil]).median == nil)
        #expect(Waits([]).median == nil)
        #expect(Waits([3, nil, 1]).longest == 3)
    }
}
