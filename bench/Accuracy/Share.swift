// A count out of a number of cases, and how far from it the share may lie that so few cases were drawn from.

struct Share: Equatable {
    let count: Int
    let of: Int

    static let confidence = 0.95

    init(_ count: Int, of: Int) {
        precondition(count >= 0 && count <= of)
        self.count = count
        self.of = of
    }

    /// Exact limits of Clopper and Pearson (Biometrika 26, 1934): the shares at which what was counted, or something
    /// still further off, has a chance of 2.5 %. nil without any case.
    var interval: ClosedRange<Double>? {
        guard of > 0 else { return nil }
        let tail = (1 - Share.confidence) / 2
        let lower = count == 0 ? 0 : Share.boundary { atLeast(count, share: $0) < tail }
        let upper = count == of ? 1 : Share.boundary { 1 - atLeast(count + 1, share: $0) > tail }
        return lower...upper
    }

    /// Chance of `least` or more out of `of`; rises with the share.
    private func atLeast(_ least: Int, share: Double) -> Double {
        var sum = 0.0
        for hits in least...of {
            var term = 1.0
            var misses = of - hits
            // Binomial coefficient and powers side by side, so that none of them leaves its range.
            for factor in 0..<hits {
                term *= share * Double(of - factor) / Double(hits - factor)
                if misses > 0 {
                    term *= 1 - share
                    misses -= 1
                }
            }
            for _ in 0..<misses { term *= 1 - share }
            sum += term
        }
        return sum
    }

    /// Where a condition that holds below ends to hold, in 0 … 1.
    private static func boundary(_ holds: (Double) -> Bool) -> Double {
        var low = 0.0
        var high = 1.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if holds(middle) { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
