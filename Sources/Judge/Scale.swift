// Running sums of one series at two time scales: enough to say its mean, its spread and how much neighbours resemble
// each other, and mergeable without the values themselves. Must never see a block twice or out of order.

/// Mean, sum of squared deviations and squared differences of direct neighbours of one series.
/// Welford 1962; merging: Chan, Golub, LeVeque 1983; successive differences: von Neumann 1941.
public struct Scale: Equatable, Sendable {
    /// How many values.
    public var n = 0
    public var mean = 0.0
    /// Sum of squared deviations from the mean.
    public var m2 = 0.0
    /// How many direct neighbours (indices that differ by 1).
    public var nd = 0
    /// Sum of their squared differences.
    public var d = 0.0
    public var first = 0.0
    public var last = 0.0
    /// Index of the first value, −1 while there is none.
    public var i0 = -1
    /// Index of the last value, −1 while there is none.
    public var i1 = -1

    public init() {}

    /// Indices must rise from call to call.
    public mutating func add(index: Int, _ x: Double) {
        if n == 0 {
            first = x
            i0 = index
        } else if index == i1 + 1 {
            nd += 1
            d += (x - last) * (x - last)
        }
        n += 1
        let delta = x - mean
        mean += delta / Double(n)
        m2 += delta * (x - mean)
        last = x
        i1 = index
    }

    /// Both series as one; all of `a` lies before all of `b`.
    public static func merge(_ a: Scale, _ b: Scale) -> Scale {
        if a.n == 0 { return b }
        if b.n == 0 { return a }
        var merged = a
        merged.n = a.n + b.n
        let count = Double(merged.n)
        let delta = b.mean - a.mean
        merged.mean = a.mean + delta * Double(b.n) / count
        merged.m2 = a.m2 + b.m2 + delta * delta * Double(a.n) * Double(b.n) / count
        merged.nd = a.nd + b.nd
        merged.d = a.d + b.d
        if b.i0 == a.i1 + 1 {
            merged.nd += 1
            merged.d += (b.first - a.last) * (b.first - a.last)
        }
        merged.last = b.last
        merged.i1 = b.i1
        return merged
    }
}

/// One stream's state: its blocks and its hour means.
public struct StreamState: Equatable, Sendable {
    public var blocks = Scale()
    public var hours = Scale()

    public init() {}

    /// Adds one finished hour; fewer than six present blocks make no hour mean.
    public mutating func addHour(_ hour: Int, _ values: [(block: Int, x: Double)]) {
        var sum = HourSum()
        for value in values {
            blocks.add(index: value.block, value.x)
            sum.add(value.x)
        }
        closeHour(hour, sum)
    }

    /// Adds an hour's mean whose blocks were added one by one.
    mutating func closeHour(_ hour: Int, _ sum: HourSum) {
        if let mean = sum.mean { hours.add(index: hour, mean) }
    }

    /// `a` earlier than `b`, no hour split between them.
    public static func merge(_ a: StreamState, _ b: StreamState) -> StreamState {
        var merged = StreamState()
        merged.blocks = Scale.merge(a.blocks, b.blocks)
        merged.hours = Scale.merge(a.hours, b.hours)
        return merged
    }
}

/// Sum and number of the present values of one hour.
struct HourSum: Equatable, Sendable {
    static let minBlocks = 6
    var sum = 0.0
    var count = 0

    mutating func add(_ x: Double) {
        sum += x
        count += 1
    }

    /// Absent below six values: too little of the hour was seen.
    var mean: Double? { count >= HourSum.minBlocks ? sum / Double(count) : nil }
}
