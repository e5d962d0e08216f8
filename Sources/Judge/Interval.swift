// Limits of a stream's mean that hold at every moment of looking at once, and what follows from them: the limit that
// PASS asks for and a forecast of when it will be met. Must never narrow for want of data: unknown is infinite.

/// An anytime-valid interval: a normal mixture over the effect size with the variance integrated out
/// (Lai 1976; Wang, Ramdas 2023), on n / R independent values.
public struct Interval: Equatable, Sendable {
    public let mean: Double
    /// Infinite where nothing can be said yet.
    public let halfWidth: Double
    public let inflation: Double
    /// n / R.
    public let effectiveCount: Double

    public var lower: Double { mean - halfWidth }
    public var upper: Double { mean + halfWidth }

    /// - Parameters:
    ///   - alpha: one-sided level.
    ///   - mixture: variance g of the mixture over the effect size.
    public init(_ state: StreamState, alpha: Double, mixture: Double) {
        self.init(state, inflation: Inflation(state).r, alpha: alpha, mixture: mixture)
    }

    init(_ state: StreamState, inflation r: Double, alpha: Double, mixture: Double) {
        mean = state.blocks.mean
        inflation = r
        effectiveCount = Double(state.blocks.n) / r
        halfWidth = Interval.halfWidth(
            n: state.blocks.n, hours: state.hours.n, variance: Interval.variance(state), inflation: r,
            alpha: alpha, mixture: mixture)
    }

    static func variance(_ state: StreamState) -> Double {
        state.blocks.n >= 2 ? state.blocks.m2 / Double(state.blocks.n - 1) : 0
    }

    /// The order of the conditions is part of the method.
    public static func halfWidth(
        n: Int, hours: Int, variance: Double, inflation: Double, alpha: Double, mixture: Double
    ) -> Double {
        if hours < 4 || n < 2 { return .infinity }
        let effective = Double(n) / inflation
        let freedom = min(effective, 2 * Double(hours)) - 1
        if freedom <= 1 { return .infinity }
        if variance <= 0 { return 0 }
        let rho = 1 + mixture * effective
        let k = Elementary.exp((Elementary.log(rho) - 2 * Elementary.log(2 * alpha)) / (freedom + 1))
        if k >= rho { return .infinity }
        return (variance / effective).squareRoot() * (freedom * rho * (k - 1) / (rho - k)).squareRoot()
    }

    /// The state as if each block carried independent noise of SD 0.01 more. Two copies can be so alike that nearly
    /// all that moves is autocorrelation; without this the width stays infinite although nothing happens.
    public static func withFloor(_ state: StreamState) -> StreamState {
        guard state.blocks.n >= 1 else { return state }
        let added = 0.0001
        var floored = state
        floored.blocks.m2 += Double(state.blocks.n - 1) * added
        floored.blocks.d += 2 * Double(state.blocks.nd) * added
        if state.hours.n >= 1 {
            floored.hours.m2 += Double(state.hours.n - 1) * added / 12
            floored.hours.d += 2 * Double(state.hours.nd) * added / 12
        }
        return floored
    }

    /// Whole hours until the upper limit is below the margin if mean, variance and R stay as they are; nil if never
    /// within ten days. Says nothing of missing coverage.
    public static func hoursToPass(_ state: StreamState, alpha: Double, margin: Double, mixture: Double = 1) -> Int? {
        guard state.blocks.n >= 2, state.blocks.mean < margin else { return nil }
        let r = Inflation(state).r
        let variance = Interval.variance(state)
        return (0...240).first { hours in
            let width = halfWidth(
                n: state.blocks.n + 12 * hours, hours: state.hours.n + hours, variance: variance, inflation: r,
                alpha: alpha, mixture: mixture)
            return state.blocks.mean + width < margin
        }
    }
}

/// The upper limit of a metric that stays where it is and moves in rare steps: what it is counts, no long-run mean.
public struct LevelLimit: Equatable, Sendable {
    static let windowHours = 24
    /// Highest hour mean of the last 24; nil if none of them is present.
    public let upper: Double?
    /// Whole hours until the newest mean at or above the margin has left the window; 0 if there is none.
    public let hoursUntilBelow: Int

    /// - Parameter means: hour means, oldest first, nil where absent.
    public init(hourMeans means: [Double?], margin: Double) {
        let recent = means.suffix(LevelLimit.windowHours)
        upper = recent.compactMap { $0 }.max()
        var hours = 0
        for (age, mean) in recent.reversed().enumerated() {
            if let mean, mean >= margin {
                hours = LevelLimit.windowHours - age
                break
            }
        }
        hoursUntilBelow = hours
    }
}
