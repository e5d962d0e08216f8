// Where a chart's hours and percents lie on the picture.

struct ChartFrame {
    static let width = 900.0
    static let height = 500.0
    static let left = 66.0
    static let right = 700.0
    static let bottom = 400.0

    let top: Double
    let hours: Int
    let low: Double
    let high: Double
    let step: Double

    /// Means and margin are always inside. Limits are, as far as they do not squeeze the rest: early ones may be ten
    /// times as wide as all that follows.
    init(_ series: LimitSeries, top: Double) {
        self.top = top
        hours = series.hours
        // The margin keeps some air, or the frame would cut its line in half.
        let inside = series.points.compactMap(\.mean) + [0, 1.05 * series.margin]
        let least = inside.min() ?? 0
        let most = inside.max() ?? 0
        let reach = most - least
        let limits = series.points.flatMap { [$0.lower, $0.upper] }.compactMap(\.self)
        let below = max(limits.min() ?? least, least - reach)
        let above = min(limits.max() ?? most, most + reach)
        let from = min(least, below)
        let to = max(most, above)
        let steps: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
        let step = steps.first { (to - from) / $0 <= 8 } ?? 2000
        self.step = step
        low = (from / step).rounded(.down) * step
        high = (to / step).rounded(.up) * step
    }

    func x(_ hour: Double) -> Double {
        ChartFrame.left + (ChartFrame.right - ChartFrame.left) * hour / Double(max(hours, 1))
    }

    func x(_ hour: Int) -> Double { x(Double(hour)) }

    /// Far values are held just outside, where the frame cuts them.
    func y(_ percent: Double) -> Double {
        let held = min(max(percent, low - 2 * (high - low)), high + 2 * (high - low))
        return ChartFrame.bottom - (ChartFrame.bottom - top) * (held - low) / (high - low)
    }

    func contains(_ percent: Double) -> Bool { (low...high).contains(percent) }

    var percentTicks: [Double] { Array(stride(from: low, through: high, by: step)) }
    var hourTicks: [Int] { Array(stride(from: 0, through: hours, by: hours > 60 ? 12 : 6)) }
}
