// Heuristics that FAIL fast on what nobody would argue about. They carry no error level; what keeps them from false
// alarms was measured. Must never count a missing value as a bad one.

/// The last 128 answers to one question, newest in the lowest bit.
struct Flags: Equatable, Sendable {
    private var recent: UInt64 = 0
    private var earlier: UInt64 = 0

    mutating func push(_ flag: Bool) {
        earlier = earlier << 1 | recent >> 63
        recent = recent << 1 | (flag ? 1 : 0)
    }

    /// How many of the last `window` (at most 128) were true.
    func count(last window: Int) -> Int {
        if window >= 64 {
            let rest = window - 64
            let mask = rest >= 64 ? UInt64.max : (1 << UInt64(rest)) - 1
            return recent.nonzeroBitCount + (earlier & mask).nonzeroBitCount
        }
        return (recent & ((1 << UInt64(window)) - 1)).nonzeroBitCount
    }
}

/// "So many of the last so many": a missing one is false.
struct ShareGuard: Equatable, Sendable {
    let window: Int
    let share: Double

    var needed: Int { Int((share * Double(window) - 1e-9).rounded(.up)) }

    func fires(_ flags: Flags) -> Bool { flags.count(last: window) >= needed }

    static let grossFleet = ShareGuard(window: 12, share: 10.0 / 12)
    static let grossFleetOfTwo = ShareGuard(window: 24, share: 20.0 / 24)
    static let grossHost = ShareGuard(window: 96, share: 80.0 / 96)
    static let sustainedFleet = ShareGuard(window: 12, share: 11.0 / 12)
    static let sustainedFleetOfOne = ShareGuard(window: 24, share: 22.0 / 24)
    static let sustainedHost = ShareGuard(window: 24, share: 22.0 / 24)
}

enum Guards {
    /// +50 %, as a logarithm.
    static let gross = Elementary.log(1.5)
    static let hostShareOfGross = 0.75
    static let sustainedFactor = 1.25
    static let countFactor = 3.0
    static let countExcess = 50.0
    static let countBlocks = 8
    static let countWindow = 12

    /// The fleet is far off, and so are more than two thirds of the hosts (two at least): software is slow everywhere,
    /// neighbours are noisy here and there.
    static func isHot(fleet: Double?, hosts: [Double?]) -> Bool {
        guard let fleet, fleet > gross else { return false }
        let present = hosts.compactMap { $0 }
        let slow = present.count { $0 > hostShareOfGross * gross }
        return slow >= max(2, 2 * present.count / 3 + 1)
    }

    /// Counts summed over pairs, one entry per block, nil where missing.
    static func countsFire(_ blocks: some Sequence<CountSum?>) -> Bool {
        var total = 0.0
        var bad = 0
        for case let block? in blocks {
            let excess = block.new - countFactor * block.old
            total += excess
            if excess > 0 { bad += 1 }
        }
        return total >= countExcess && bad >= countBlocks
    }
}

/// Counts of old and new copies, and what exceeds the allowance.
struct CountSum: Equatable, Sendable {
    var old = 0.0
    var new = 0.0
    var excess = 0.0

    mutating func add(_ other: CountSum) {
        old += other.old
        new += other.new
        excess += other.excess
    }

    /// Excess in standard deviations, were the counts Poisson.
    func z(marginRatio: Double) -> Double {
        excess / (new + marginRatio * marginRatio * old + 1).squareRoot()
    }
}
