// How many neighbouring blocks are worth one independent block. Must never be below 1: the widths built on it would
// then promise more than the data hold.

/// Variance inflation R of a stream with its two estimates.
public struct Inflation: Equatable, Sendable {
    /// The larger of the two estimates, at least 1.
    public let r: Double
    /// From neighbouring blocks (Bartlett 1946).
    public let fromBlocks: Double
    /// From the spread of hour means (batch means) and of neighbouring hours.
    public let fromHours: Double

    public init(_ state: StreamState) {
        let blocks = state.blocks
        let hours = state.hours
        guard blocks.n >= 2, blocks.m2 > 0 else {
            r = 1
            fromBlocks = 1
            fromHours = 1
            return
        }
        let variance = blocks.m2 / Double(blocks.n - 1)
        var correlation = 0.0
        if blocks.nd > 0 { correlation = min(max(1 - blocks.d / (2 * Double(blocks.nd) * variance), 0), 0.99) }
        fromBlocks = (1 + correlation) / (1 - correlation)
        fromHours = Inflation.ofHours(hours, blocks: blocks.n, blockVariance: variance)
        r = max(1, max(fromBlocks, fromHours))
    }

    private static func ofHours(_ hours: Scale, blocks: Int, blockVariance: Double) -> Double {
        guard hours.n >= 2 else { return 1 }
        let count = Double(hours.n)
        let variance = hours.m2 / (count - 1)
        var correlation = 0.0
        if hours.nd > 0, variance > 0 { correlation = max(0, 1 - hours.d / (2 * Double(hours.nd) * variance)) }
        // Few hours know little of their correlation: assume more of it than was seen.
        let cautious = min(correlation + 0.5 / count.squareRoot(), 0.95)
        return (Double(blocks) / count) * (variance / blockVariance) * (1 + cautious) / (1 - cautious)
    }
}
