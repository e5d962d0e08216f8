// One copy's block as the integers that are signed, and the values that the Judge sees: one stated division or
// quantile of them each, so that evidence without fractions recomputes to the bit. Must never fill in what is absent.

/// The integers of one Redis instance on one host in one block.
public struct CopyBlock: Equatable, Sendable {
    /// How many of the block's reports held this instance, of how many.
    public var samplesSeen: UInt64
    public var samplesExpected: UInt64
    /// Time that the differences cover.
    public var observedMicroseconds: UInt64
    /// Commands, refused ones included, the agent's own taken out.
    public var operations: Measured<UInt64>
    /// User and system time of the main thread.
    public var cpuMicroseconds: Measured<UInt64>
    /// Time and number of commands by Redis' own statistics.
    public var commandMicroseconds: Measured<UInt64>
    public var commandCalls: Measured<UInt64>
    /// In and out.
    public var netBytes: Measured<UInt64>
    public var errors: Measured<UInt64>
    public var logErrorLines: Measured<UInt64>
    /// Sum of the resident memory over `memorySamples` samples.
    public var memoryBytesSum: Measured<UInt64>
    public var memorySamples: UInt64
    /// PING's log-linear histogram of nanoseconds (METRICS.md), any order, each index once.
    public var ping: Measured<[Bucket]>
    /// Operations per edge of Redis' 21 latency edges, not cumulative.
    public var latency: Measured<[UInt64]>
    /// Busy time and operations of the device behind the data directory; the host's, inherited.
    public var diskMicroseconds: Measured<UInt64>
    public var diskOperations: Measured<UInt64>

    public struct Bucket: Equatable, Sendable {
        public var index: UInt32
        public var count: UInt64

        public init(index: UInt32, count: UInt64) {
            self.index = index
            self.count = count
        }
    }

    /// Everything absent for one cause.
    public init(samplesSeen: UInt64, samplesExpected: UInt64, observedMicroseconds: UInt64, absent cause: Absence) {
        self.samplesSeen = samplesSeen
        self.samplesExpected = samplesExpected
        self.observedMicroseconds = observedMicroseconds
        operations = .absent(cause)
        cpuMicroseconds = .absent(cause)
        commandMicroseconds = .absent(cause)
        commandCalls = .absent(cause)
        netBytes = .absent(cause)
        errors = .absent(cause)
        logErrorLines = .absent(cause)
        memoryBytesSum = .absent(cause)
        memorySamples = 0
        ping = .absent(cause)
        latency = .absent(cause)
        diskMicroseconds = .absent(cause)
        diskOperations = .absent(cause)
    }

    static let latencyEdges = 21
    /// Fewer in a block are too few to divide by.
    public static let minDiskOperations: UInt64 = 30
    static let microsecondsPerSecond = 1_000_000.0

    /// Four fifths of the expected samples, 24 of 30 by default.
    public var isCovered: Bool {
        let seen = samplesSeen.multipliedReportingOverflow(by: 5)
        let needed = samplesExpected.multipliedReportingOverflow(by: 4)
        return samplesExpected > 0 && !seen.overflow && !needed.overflow && seen.partialValue >= needed.partialValue
    }

    /// What the Judge sees of this block.
    public func values(_ policy: JudgePolicy) -> CopyValues {
        guard isCovered else { return CopyValues(absent: .coverage) }
        var values = CopyValues(absent: .coverage)
        values.ops = operationsPerSecond
        values[.cpu] = CopyBlock.quotient(cpuMicroseconds, operations, atLeast: 1)
        values[.service] = CopyBlock.quotient(commandMicroseconds, commandCalls, atLeast: 1)
        values[.net] = CopyBlock.quotient(netBytes, operations, atLeast: 1)
        values[.disk] = CopyBlock.quotient(
            diskMicroseconds, diskOperations, atLeast: CopyBlock.minDiskOperations)
        if memorySamples > 0 { values[.mem] = CopyBlock.quotient(memoryBytesSum, .value(memorySamples), atLeast: 1) }
        values[.p50] = PingQuantile(ping, percent: 50).nanoseconds
        values[.p99] = PingQuantile(ping, percent: 99).nanoseconds
        values[.err] = CopyBlock.number(errors)
        values[.log] = CopyBlock.number(logErrorLines)
        values[.slow] = operationsAbove(edge: policy.slowEdgeIndex)
        return values
    }

    /// operations · 10⁶ ÷ observed microseconds.
    private var operationsPerSecond: Measured<Double> {
        switch operations {
        case .absent(let cause): return .absent(cause)
        case .value(let count):
            guard observedMicroseconds > 0 else { return .absent(.coverage) }
            return .value(Double(count) * CopyBlock.microsecondsPerSecond / Double(observedMicroseconds))
        }
    }

    /// Latency counts above an edge: those of all later edges.
    private func operationsAbove(edge: Int) -> Measured<Double> {
        switch latency {
        case .absent(let cause): return .absent(cause)
        case .value(let counts):
            guard counts.count == CopyBlock.latencyEdges, counts.indices.contains(edge) else { return .absent(.parse) }
            guard let sum = CopyBlock.sum(counts[(edge + 1)...]) else { return .absent(.overflow) }
            return .value(Double(sum))
        }
    }

    /// Absent for the cause of either part; `idle` where there were too few events to divide by.
    public static func quotient(
        _ numerator: Measured<UInt64>, _ denominator: Measured<UInt64>, atLeast: UInt64
    ) -> Measured<Double> {
        switch (numerator, denominator) {
        case (.absent(let cause), _), (.value, .absent(let cause)): return .absent(cause)
        case (.value(let top), .value(let bottom)):
            return bottom < atLeast ? .absent(.idle) : .value(Double(top) / Double(bottom))
        }
    }

    static func number(_ count: Measured<UInt64>) -> Measured<Double> {
        switch count {
        case .value(let value): .value(Double(value))
        case .absent(let cause): .absent(cause)
        }
    }

    static func sum(_ counts: some Sequence<UInt64>) -> UInt64? {
        var total: UInt64 = 0
        for count in counts {
            let next = total.addingReportingOverflow(count)
            if next.overflow { return nil }
            total = next.partialValue
        }
        return total
    }
}

/// A quantile of a log-linear PING histogram: the middle of the bucket that holds rank ⌈q·n⌉.
public struct PingQuantile: Equatable, Sendable {
    /// Index of the last bucket, which also holds everything above 2³⁶ ns.
    public static let lastBucket: UInt32 = 1983
    public let nanoseconds: Measured<Double>

    public init(_ histogram: Measured<[CopyBlock.Bucket]>, percent: UInt64) {
        switch histogram {
        case .absent(let cause): nanoseconds = .absent(cause)
        case .value(let buckets): nanoseconds = PingQuantile.quantile(buckets, percent: percent)
        }
    }

    private static func quantile(_ buckets: [CopyBlock.Bucket], percent: UInt64) -> Measured<Double> {
        guard let total = CopyBlock.sum(buckets.lazy.map(\.count)) else { return .absent(.overflow) }
        // No PING at all is no measurement, and must not pass for an idle metric.
        if total == 0 { return .absent(.coverage) }
        let scaled = total.multipliedReportingOverflow(by: percent)
        if scaled.overflow || scaled.partialValue > UInt64.max - 99 { return .absent(.overflow) }
        let rank = (scaled.partialValue + 99) / 100
        var seen: UInt64 = 0
        for bucket in buckets.sorted(by: { $0.index < $1.index }) {
            seen += bucket.count
            if seen >= rank { return middle(of: bucket.index) }
        }
        return .absent(.parse)
    }

    /// Half way between the smallest and the largest whole number of nanoseconds in the bucket.
    static func middle(of index: UInt32) -> Measured<Double> {
        guard index <= lastBucket else { return .absent(.parse) }
        let exponent = index < 128 ? 0 : index / 64 - 1
        let significand = UInt64(index - 64 * exponent)
        let lowest = significand << UInt64(exponent)
        let width = UInt64(1) << UInt64(exponent)
        return .value((Double(lowest) + Double(lowest + width - 1)) / 2)
    }
}

/// A mirrored pair in a block. Listed = assigned and not ended in this block; names are unique in a block.
public struct PairInput: Equatable, Sendable {
    public var name: String
    /// The new host that holds the new copy.
    public var host: String
    public var old: CopyValues
    public var new: CopyValues

    public init(name: String, host: String, old: CopyValues, new: CopyValues) {
        self.name = name
        self.host = host
        self.old = old
        self.new = new
    }
}

/// A rule's state on a new host from a block on.
public struct RuleInput: Equatable, Sendable {
    public enum State: String, Sendable {
        case pass, fail, unknown
        /// Withholds PASS without failing.
        case attention
        /// The host or the rule is no longer part of the roll-out: neither asked for nor shown from here on.
        case withdrawn
    }

    public var host: String
    public var rule: String
    public var state: State
    /// What was seen, for people; may be empty.
    public var fact: String

    public init(host: String, rule: String, state: State, fact: String) {
        self.host = host
        self.rule = rule
        self.state = state
        self.fact = fact
    }
}

/// Whether a new host in use reported in a block. Asked for only once instances move.
public struct HostInput: Equatable, Sendable {
    public var host: String
    public var isReported: Bool

    public init(host: String, isReported: Bool) {
        self.host = host
        self.isReported = isReported
    }
}

/// Everything of one block. Order inside the lists does not matter.
public struct BlockInput: Equatable, Sendable {
    /// ⌊unix seconds ÷ block seconds⌋.
    public var index: Int
    public var pairs: [PairInput]
    /// States that changed, or all of them: a state holds until the next one.
    public var rules: [RuleInput]
    /// Every new host in use, pairs or not.
    public var hosts: [HostInput]

    public init(index: Int, pairs: [PairInput], rules: [RuleInput] = [], hosts: [HostInput] = []) {
        self.index = index
        self.pairs = pairs
        self.rules = rules
        self.hosts = hosts
    }
}
