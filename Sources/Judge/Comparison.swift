// Difference in differences over hosts: how much more the new ones changed than the old ones. Must never be narrower
// than chance among the old hosts alone would make it.

/// Estimate and limits of one look. Placebo and serial correlation: Bertrand, Duflo, Mullainathan 2004.
public struct Comparison: Equatable, Sendable {
    public static let minOldHosts = 5
    public static let minNewHosts = 2

    public let estimate: Double
    /// Infinite with fewer than two old hosts or no new one.
    public let halfWidth: Double
    public let degreesOfFreedom: Double

    public var lower: Double { estimate - halfWidth }
    public var upper: Double { estimate + halfWidth }

    /// - Parameters:
    ///   - new: changes of the new hosts, as logarithms; `old` likewise.
    ///   - placebo: variance that old hosts show against themselves.
    ///   - alpha: one-sided level of this look.
    public init(new: [Double], old: [Double], placebo: Double, alpha: Double) {
        guard !new.isEmpty, old.count >= 2 else {
            estimate = 0
            halfWidth = .infinity
            degreesOfFreedom = 0
            return
        }
        estimate = Comparison.mean(new) - Comparison.mean(old)
        let varianceOld = Comparison.variance(old)
        let varianceNew = new.count >= 2 ? Comparison.variance(new) : 0
        let ofOld = max(varianceOld, placebo) / Double(old.count)
        let ofNew = max(varianceNew, max(placebo, varianceOld)) / Double(new.count)
        let squaredError = ofNew + ofOld
        let freedom = Double(old.count - 1)
        guard squaredError > 0 else {
            halfWidth = 0
            degreesOfFreedom = freedom
            return
        }
        degreesOfFreedom = squaredError * squaredError / ((ofNew * ofNew + ofOld * ofOld) / freedom)
        halfWidth =
            Elementary.studentQuantile(1 - alpha, degreesOfFreedom: degreesOfFreedom)
            * squaredError.squareRoot()
    }

    static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    /// Divides by n − 1.
    static func variance(_ values: [Double]) -> Double {
        let center = mean(values)
        var sum = 0.0
        for value in values { sum += (value - center) * (value - center) }
        return sum / Double(values.count - 1)
    }

    /// Half the variance of what old hosts changed within their own past; 0 where fewer than two can tell.
    public static func placebo(changes: [Double]) -> Double {
        changes.count < 2 ? 0 : variance(changes) / 2
    }
}
