// How much of what was owed was seen, over the last day. Must never count an absence as rest: only copies that both
// report themselves idle are owed nothing.

/// The newest items of a series, oldest first.
struct Recent<Element: Equatable & Sendable>: Equatable, Sendable {
    private(set) var items: [Element] = []
    let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    mutating func push(_ item: Element) {
        if items.count == capacity { items.removeFirst() }
        items.append(item)
    }
}

/// Owed and seen, summed by hour. Verdicts fall on finished hours, so a day of blocks is a day of hours.
struct Coverage: Equatable, Sendable {
    static let windowHours = 24
    static let minShare = 0.8
    static let minHostShare = 0.5
    static let minReportShare = 0.8

    struct Tally: Equatable, Sendable {
        var owed = 0
        var seen = 0
    }

    private var hour = Tally()
    private var recent = Recent<Tally>(capacity: Coverage.windowHours)

    mutating func add(owed: Bool, seen: Bool) {
        if owed { hour.owed += 1 }
        if seen { hour.seen += 1 }
    }

    mutating func closeHour() {
        recent.push(hour)
        hour = Tally()
    }

    /// Over the last 24 finished hours, or since the start.
    var total: Tally {
        var sum = Tally()
        for tally in recent.items {
            sum.owed += tally.owed
            sum.seen += tally.seen
        }
        return sum
    }
}

extension Coverage.Tally {
    /// Nothing owed counts as nothing missing.
    var share: Double { owed == 0 ? 1 : Double(seen) / Double(owed) }
}

/// Why a pair's block cannot be used.
public enum PairAbsence: String, CaseIterable, Sendable {
    case absent
    case newSilent = "new_silent"
    case oldSilent = "old_silent"
    case idle
    /// Part of the mirrored traffic is missing.
    case mirror

    static let mirrorTolerance = Elementary.log(1.25)

    /// nil when the block is usable.
    public static func of(oldOps: Double?, newOps: Double?) -> PairAbsence? {
        guard let oldOps else { return newOps == nil ? .absent : .oldSilent }
        guard let newOps else { return .newSilent }
        if oldOps <= 0 || newOps <= 0 { return .idle }
        return Elementary.log(newOps / oldOps).magnitude > mirrorTolerance ? .mirror : nil
    }
}
