// Does a metric creep towards its margin? A straight line through the means of quarter days. Must never FAIL: a trend
// is a reason to wait and look.

public struct Drift: Equatable, Sendable {
    static let maxSegments = 8
    static let minSegments = 4
    /// Hour means that a segment needs to count.
    static let minHourMeans = 3
    /// Three days.
    static let horizonSegments = 12.0
    /// Student's t, two-sided 1 %, for 4 … 8 segments.
    static let critical = [9.925, 5.841, 4.604, 4.032, 3.707]

    /// The line crosses the margin within the horizon, and is no chance.
    public let isRising: Bool
    /// Per segment.
    public let slope: Double
    public let t: Double

    /// - Parameter means: segment means, oldest first; the last eight are used.
    public init(segmentMeans means: [Double], margin: Double) {
        let y = Array(means.suffix(Drift.maxSegments))
        guard y.count >= Drift.minSegments, let last = y.last else {
            isRising = false
            slope = 0
            t = 0
            return
        }
        let count = Double(y.count)
        let middle = (count - 1) / 2
        let mean = y.reduce(0, +) / count
        var xx = 0.0
        var xy = 0.0
        for (index, value) in y.enumerated() {
            xx += (Double(index) - middle) * (Double(index) - middle)
            xy += (Double(index) - middle) * (value - mean)
        }
        slope = xy / xx
        var residuals = 0.0
        for (index, value) in y.enumerated() {
            let residual = value - mean - slope * (Double(index) - middle)
            residuals += residual * residual
        }
        let error = (residuals / (count - 2) / xx).squareRoot()
        if error > 0 { t = slope / error } else { t = slope > 0 ? .infinity : 0 }
        isRising =
            slope > 0 && t > Drift.critical[y.count - Drift.minSegments]
            && last + Drift.horizonSegments * slope > margin
    }
}
