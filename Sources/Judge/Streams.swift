// From pairs to streams: one number per block for the fleet, each new host and each pair, and what is remembered of
// them. Sums run in the order of the pairs' names. Must never keep a block's values: states and hours are enough.

enum Trimmed {
    static let share = 0.2

    /// Mean after dropping a fifth at each end, so that one bad pair in five does not move it; nil for nothing.
    static func mean(_ values: [Double]) -> Double? {
        if values.isEmpty { return nil }
        let sorted = values.sorted()
        let dropped = Int((share * Double(sorted.count) + 1e-9).rounded(.down))
        let kept = sorted[dropped..<(sorted.count - dropped)]
        return sum(kept) / Double(kept.count)
    }

    static func plainMean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : sum(values) / Double(values.count)
    }

    private static func sum(_ values: some Sequence<Double>) -> Double {
        var total = 0.0
        for value in values { total += value }
        return total
    }
}

/// The fleet's stream of one metric.
struct FleetStream: Equatable, Sendable {
    /// Closed segments, oldest first; the last of 41 takes in all later ones, so that memory has a bound.
    private(set) var closed: [StreamState] = []
    /// The running segment.
    private(set) var segment = StreamState()
    private(set) var segmentMeans = Recent<Double>(capacity: Drift.maxSegments)
    private var hour = HourSum()
    private(set) var hours = Recent<HourSum>(capacity: Coverage.windowHours)
    private var hot = Flags()
    private var sustained = Flags()
    private var countHour = CountSum()
    private(set) var countHours = Recent<CountSum>(capacity: RecentChecks.hours)
    private var countBlocks = Recent<CountSum?>(capacity: Guards.countWindow)
    private(set) var totals = CountSum()
    private var idleHour = 0
    private(set) var idleHours = Recent<Int>(capacity: Coverage.windowHours)
    /// Guards that fired at a block of the running hour.
    private(set) var firedGross = false
    private(set) var firedGrossOfTwo = false
    private(set) var firedCounts: CountSum?

    mutating func add(block: Int, value: Double?, isHot: Bool, counts: CountSum?) {
        if let value {
            segment.blocks.add(index: block, value)
            hour.add(value)
        }
        hot.push(isHot)
        if ShareGuard.grossFleet.fires(hot) { firedGross = true }
        if ShareGuard.grossFleetOfTwo.fires(hot) { firedGrossOfTwo = true }
        countBlocks.push(counts)
        if let counts {
            countHour.add(counts)
            totals.add(counts)
        }
        if firedCounts == nil, Guards.countsFire(countBlocks.items) {
            firedCounts = countBlocks.items.reduce(into: CountSum()) { if let block = $1 { $0.add(block) } }
        }
    }

    mutating func addIdle() { idleHour += 1 }

    /// - Parameter limit: hour means above it are sustained; nil for counts.
    mutating func closeHour(_ index: Int, sustainedAbove limit: Double?) {
        segment.closeHour(index, hour)
        if let limit { sustained.push(hour.mean.map { $0 > limit } ?? false) }
        hours.push(hour)
        countHours.push(countHour)
        idleHours.push(idleHour)
        hour = HourSum()
        countHour = CountSum()
        idleHour = 0
        if (index + 1) % BlockTime.hoursPerSegment == 0 { closeSegment() }
    }

    private mutating func closeSegment() {
        if segment.hours.n >= Drift.minHourMeans { segmentMeans.push(segment.blocks.mean) }
        if closed.count <= Levels.maxRestarts {
            closed.append(segment)
        } else {
            closed[Levels.maxRestarts] = StreamState.merge(closed[Levels.maxRestarts], segment)
        }
        segment = StreamState()
    }

    mutating func forgetGuardsOfHour() {
        firedGross = false
        firedGrossOfTwo = false
        firedCounts = nil
    }

    func isSustained(hostsSeen: Int) -> Bool {
        (hostsSeen >= 2 ? ShareGuard.sustainedFleet : ShareGuard.sustainedFleetOfOne).fires(sustained)
    }

    /// The states from segment 0, 1, … to now: the full stream first, then its restarts.
    var suffixes: [StreamState] {
        var states: [StreamState] = []
        var later = segment
        if closed.count <= Levels.maxRestarts { states.append(later) }
        for state in closed.reversed() {
            later = StreamState.merge(state, later)
            states.append(later)
        }
        return states.reversed()
    }
}

/// One new host's stream of one metric.
struct HostStream: Equatable, Sendable {
    private(set) var state = StreamState()
    private var hour = HourSum()
    private(set) var hours = Recent<HourSum>(capacity: RecentChecks.hours)
    private var gross = Flags()
    private var sustained = Flags()
    private(set) var firedGross = false

    mutating func add(block: Int, value: Double?, isRatio: Bool) {
        if let value {
            state.blocks.add(index: block, value)
            hour.add(value)
        }
        guard isRatio else { return }
        gross.push(value.map { $0 > Guards.gross } ?? false)
        if ShareGuard.grossHost.fires(gross) { firedGross = true }
    }

    mutating func closeHour(_ index: Int, sustainedAbove limit: Double?) {
        state.closeHour(index, hour)
        if let limit { sustained.push(hour.mean.map { $0 > limit } ?? false) }
        hours.push(hour)
        hour = HourSum()
    }

    mutating func forgetGuardsOfHour() { firedGross = false }

    var isSustained: Bool { ShareGuard.sustainedHost.fires(sustained) }
}

/// One pair's stream of one ratio metric.
struct PairStream: Equatable, Sendable {
    private(set) var state = StreamState()
    private var hour = HourSum()

    mutating func add(block: Int, _ value: Double) {
        state.blocks.add(index: block, value)
        hour.add(value)
    }

    mutating func closeHour(_ index: Int) {
        state.closeHour(index, hour)
        hour = HourSum()
    }
}
