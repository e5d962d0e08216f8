// How often the limits are wrong over all looks, and how soon they see what is there. Seeds are fixed, so these numbers
// do not move; the levels that they are held to are the promised ones.
import Testing

@testable import Judge

struct ErrorRateTests {
    /// Share of streams whose mean lies beyond the limit at any of so many hours.
    private func share(
        of streams: Int, hours: Int, correlation: Double, mean: Double = 0, sees limit: Double, alpha: Double,
        mixture: Double
    ) -> Double {
        var generator = Seeded(1000 + UInt64(correlation * 100))
        var seen = 0
        for _ in 0..<streams {
            var state = StreamState()
            // Begins as it goes on: no quiet first hours.
            var level = generator.normal() / (1 - correlation * correlation).squareRoot()
            for hour in 0..<hours {
                var values: [(block: Int, x: Double)] = []
                for block in (hour * 12)..<(hour * 12 + 12) {
                    level = correlation * level + generator.normal()
                    values.append((block, mean + 0.03 * level))
                }
                state.addHour(hour, values)
                if Interval(state, alpha: alpha, mixture: mixture).lower > limit {
                    seen += 1
                    break
                }
            }
        }
        return Double(seen) / Double(streams)
    }

    @Test(arguments: [0, 0.5, 0.8])
    func falseAlarmsOverAllLooksStayBelowTheLevel(_ correlation: Double) {
        let wrong = share(
            of: 250, hours: 48, correlation: correlation, sees: 0, alpha: 0.05, mixture: Levels.passMixture)
        #expect(wrong <= 0.05, "\(wrong) at correlation \(correlation)")
        let wrongFail = share(
            of: 250, hours: 48, correlation: correlation, sees: 0, alpha: 0.00075, mixture: Levels.failMixture)
        #expect(wrongFail <= 0.004, "\(wrongFail) at correlation \(correlation)")
    }

    @Test func aClearShiftIsSeenWithinHalfADay() {
        let caught = share(
            of: 100, hours: 12, correlation: 0.5, mean: 0.14 + 0.09, sees: 0.14, alpha: 0.00075,
            mixture: Levels.failMixture)
        #expect(caught >= 0.9, "\(caught)")
    }

    @Test func unpairedLooksStayBelowTheirLevel() {
        var generator = Seeded(77)
        let levels = Levels(judgedMetrics: 1)
        var wrong = 0
        for _ in 0..<2000 {
            let comparison = Comparison(
                new: (0..<3).map { _ in generator.normal() }, old: (0..<10).map { _ in generator.normal() },
                placebo: 0, alpha: levels.unpairedPass)
            if comparison.upper < 0 { wrong += 1 }
        }
        #expect(Double(wrong) / 2000 <= 1.5 * levels.unpairedPass, "\(wrong) of 2000")
    }
}
