import Shared

/// When a failed delivery is tried again. Sixteen attempts take a day and more; then it is given up.
enum AlertBackoff {
    static let firstSeconds = 10.0
    static let longestSeconds = 6 * 3600.0

    /// - Parameter attempts: so far, at least 1.
    /// - Returns: `nil`: give it up.
    static func delaySeconds(afterAttempts attempts: Int, using random: inout some RandomNumberGenerator) -> Double? {
        guard attempts < Limits.alertAttempts else { return nil }
        var seconds = firstSeconds
        for _ in 1..<max(attempts, 1) where seconds < longestSeconds { seconds *= 2 }
        // A fifth to each side, so that receivers of many collectors are not asked all at once.
        return min(seconds, longestSeconds) * Double.random(in: 0.8...1.2, using: &random)
    }
}
