// All checks of one evaluation, in policy order: each metric at fleet, hosts and pairs, then the roll-out as a whole,
// then the rules. Must never leave out a condition for PASS.

/// Conditions of one evaluation.
struct Look: Equatable, Sendable {
    /// Finished hours of the roll-out.
    let hour: Int
    let basis: Verdict.Basis
    /// Whether what pairs must show for PASS is asked for.
    let asksPairs: Bool
    /// Whether upper limits and pair coverage are asked for: not again once instances move.
    let asksLimits: Bool
}

/// Bounds of the look at the last 72 blocks.
enum RecentChecks {
    static let hours = 6
    static let minValues = 36
    static let maxZ = 3.0
}

extension Judging {
    func evaluate(hour: Int, basis: Verdict.Basis, comparison: Verdict?) -> Findings {
        let isMoved = basis == .moved
        let look = Look(
            hour: hour, basis: basis, asksPairs: !isMoved || listed.count >= policy.minPairs, asksLimits: !isMoved)
        var findings = Findings()
        for index in metrics.indices {
            addFleetChecks(index, look, &findings)
            findings.add(hostChecks(index, look))
            findings.add(pairChecks(index, look))
        }
        addRollOutChecks(look, &findings)
        if isMoved { findings.add(reportChecks()) }
        // Before instances move it is shown, and decides nothing.
        if isMoved || comparison != nil {
            findings.add(comparisonChecks(comparison).map { isMoved ? $0 : $0.weighed(.observe) })
        }
        findings.add(rules.checks(policy))
        return findings
    }

    /// Real time of so many of the Judge's hours.
    func span(hours: Int) -> String {
        Sentence.span(seconds: hours * BlockTime.blocksPerHour * policy.blockSeconds)
    }

    var blocksSoFar: Int { nextBlock - startBlock }

    /// A host is seen once an hour in which a pair was assigned to it is over.
    var hostsSeen: Int { hosts.count }

    /// Hosts that hold a listed pair, in order.
    var hostsInUse: [Int] { Set(listed.map(\.host)).sorted() }

    /// Both copies measured it, with too few events, in more than half of what was owed in a day.
    func isMostlyIdle(_ index: Int) -> Bool {
        let idle = fleet[index].idleHours.items.reduce(0, +)
        return 2 * idle > coverage.total.owed
    }

    func window(_ state: StreamState) -> BlockWindow? {
        if state.blocks.n == 0 { return nil }
        return BlockWindow(first: state.blocks.i0, last: state.blocks.i1, blockSeconds: policy.blockSeconds)
    }

    /// The window of the last finished hours, for checks that look at those only.
    func window(lastHours count: Int) -> BlockWindow {
        let first = max(startBlock, nextBlock - count * BlockTime.blocksPerHour)
        return BlockWindow(first: first, last: nextBlock - 1, blockSeconds: policy.blockSeconds)
    }

    /// A limit in the unit that people read.
    func readable(_ logarithm: Double, _ metric: JudgedMetric) -> Double? {
        guard logarithm.isFinite else { return nil }
        return metric.isCount ? logarithm : Elementary.exp(logarithm)
    }

    /// Fields that every check of limits has.
    func limitCheck(
        _ level: Check.Level, _ kind: Check.Kind, _ metric: JudgedMetric, _ state: StreamState, _ interval: Interval,
        alpha: Double, bound: Double
    ) -> Check {
        var check = Check(
            level: level, name: metric.metric.rawValue, kind: kind, state: .pass, reason: .withinBound,
            unit: metric.isCount ? .perPairBlock : .ratio)
        check.bound = bound
        check.alpha = alpha
        check.n = state.blocks.n
        check.hours = state.hours.n
        check.window = window(state)
        guard state.blocks.n > 0 else { return check }
        check.value = readable(interval.mean, metric)
        check.lower = readable(interval.lower, metric)
        check.effectiveCount = interval.effectiveCount
        check.inflation = interval.inflation
        check.detectable = readable(interval.halfWidth, metric)
        return check
    }
}
