// Checks of one metric over the whole fleet: limits, later starts, guards, the last hours and the trend. Must never
// ask a restart or a guard for PASS: they can only FAIL.

extension Judging {
    func addFleetChecks(_ index: Int, _ look: Look, _ findings: inout Findings) {
        let metric = metrics[index]
        let suffixes = fleet[index].suffixes
        let full = suffixes.first ?? StreamState()
        let limits = intervalCheck(index, full, look)
        findings.add(limits.check.weighed(metric.weight))
        if metric.isJudged, limits.check.state == .missing { findings.wait(limits.wait) }
        if let restart = restartCheck(index, suffixes.dropFirst()) { findings.add(restart.weighed(metric.weight)) }
        findings.add(guardCheck(index).weighed(metric.weight))
        findings.add(recentCheck(index, look).weighed(metric.weight))
        if !metric.isCount { findings.add(driftCheck(index, look).weighed(metric.weight)) }
    }

    private func intervalCheck(_ index: Int, _ full: StreamState, _ look: Look) -> (check: Check, wait: Int?) {
        let metric = metrics[index]
        let lower = Interval(full, alpha: levels.fleet, mixture: Levels.failMixture)
        var check = limitCheck(
            .fleet, .interval, metric, full, lower, alpha: levels.fleet,
            bound: metric.isCount ? 0 : metric.marginRatio)
        if metric.isCount {
            check.old = fleet[index].totals.old
            check.new = fleet[index].totals.new
        }
        let limit = upperLimit(index, full)
        check.upper = limit.upper.flatMap { readable($0, metric) }
        if lower.lower > metric.margin {
            check.state = .fail
            check.reason = .boundExceeded
        } else if !look.asksLimits {
            check.reason = .notAskedAgain
        } else if isMostlyIdle(index) {
            check.state = .observe
            check.reason = .mostlyIdle
        } else if !(limit.upper.map { $0 < metric.margin } ?? false) {
            check.state = .missing
            check.reason = missingReason(full, metric)
        }
        check.sentence = Sentence.interval(check, metric)
        if check.reason == .mostlyIdle { check.sentence += " Mostly idle on both sides: not asked for." }
        return (check, limit.wait)
    }

    private func missingReason(_ full: StreamState, _ metric: JudgedMetric) -> Check.Reason {
        if full.blocks.n == 0 { return .measurementAbsent }
        if full.hours.n < 4 { return .tooFewSamples }
        return full.blocks.mean >= metric.margin ? .boundExceeded : .limitNotBelowMargin
    }

    /// The limit that PASS asks for (nil = none) and the hours until it may be met (nil = not within ten days).
    private func upperLimit(_ index: Int, _ full: StreamState) -> (upper: Double?, wait: Int?) {
        let metric = metrics[index]
        switch metric.kind {
        case .level:
            let limit = LevelLimit(hourMeans: fleet[index].hours.items.map(\.mean), margin: metric.margin)
            return (limit.upper, limit.upper == nil ? nil : limit.hoursUntilBelow)
        case .ratio: return upperLimit(Interval.withFloor(full), metric)
        case .count:
            let limit = upperLimit(full, metric)
            guard !(limit.upper.map { $0 < metric.margin } ?? false), let upper = eventlessLimit(index, full) else {
                return limit
            }
            return (upper, 0)
        }
    }

    /// Where the new side had no event at all, its rate itself is bounded: no event among operations of which the floor
    /// allows more than −ln α shows that the rate is below the floor at level α ("rule of three"), and at any time, for
    /// more events were possible only before. Without it a fleet without errors would wait for ever: what is left to
    /// vary is the number of operations, which wanders slowly, so that a day of blocks is worth a handful.
    private func eventlessLimit(_ index: Int, _ full: StreamState) -> Double? {
        let metric = metrics[index]
        let totals = fleet[index].totals
        let floor = -totals.excess - metric.marginRatio * totals.old
        let needed = -Elementary.log(Levels.pass)
        guard totals.new == 0, floor > needed, totals.excess < 0, full.blocks.mean < 0 else { return nil }
        return full.blocks.mean * (totals.excess + needed) / totals.excess
    }

    private func upperLimit(_ state: StreamState, _ metric: JudgedMetric) -> (upper: Double?, wait: Int?) {
        let interval = Interval(state, alpha: Levels.pass, mixture: Levels.passMixture)
        let wait = Interval.hoursToPass(state, alpha: Levels.pass, margin: metric.margin)
        let isKnown = state.blocks.n > 0 && interval.upper.isFinite
        return (isKnown ? interval.upper : nil, wait)
    }

    /// The restart whose lower limit comes nearest to its margin, or is furthest beyond it.
    private func restartCheck(_ index: Int, _ restarts: ArraySlice<StreamState>) -> Check? {
        let metric = metrics[index]
        var worst: (state: StreamState, interval: Interval)?
        var tested = 0
        for state in restarts where state.blocks.n > 0 {
            tested += 1
            let interval = Interval(state, alpha: levels.restart, mixture: Levels.failMixture)
            if let known = worst, known.interval.lower >= interval.lower { continue }
            worst = (state, interval)
        }
        guard let worst else { return nil }
        var check = limitCheck(
            .fleet, .restart, metric, worst.state, worst.interval, alpha: levels.restart,
            bound: metric.isCount ? 0 : metric.marginRatio)
        if worst.interval.lower > metric.margin {
            check.state = .fail
            check.reason = .boundExceeded
        } else {
            check.folded = tested
        }
        check.sentence = Sentence.interval(check, metric)
        if check.folded > 1 { check.sentence = Sentence.folded(check) }
        return check
    }

    private func guardCheck(_ index: Int) -> Check {
        let metric = metrics[index]
        var check = Check(
            level: .fleet, name: metric.metric.rawValue, kind: .guard, state: .pass, reason: .withinBound)
        let name = "\(Sentence.subject(metric.metric)) on the new servers"
        if let fired = firedGuard(index) {
            check.state = .fail
            check.reason = .guardFired
            check.window = window(lastHours: fired.hours)
            check.sentence = "\(name)\(fired.words)."
        } else {
            check.sentence = "\(name): no gross or lasting excess."
        }
        return check
    }

    /// What fired in this hour, and how far back it looked.
    private func firedGuard(_ index: Int) -> (words: String, hours: Int)? {
        let metric = metrics[index]
        let stream = fleet[index]
        if metric.isCount {
            guard let counts = stream.firedCounts else { return nil }
            let new = Sentence.number(counts.new, places: 0)
            let old = Sentence.number(counts.old, places: 0)
            return (": \(new) within \(span(hours: 1)) against \(old), more than three times as many", 2)
        }
        let verb = Sentence.wasWere(metric.metric)
        if hostsSeen >= 3, stream.firedGross {
            let words = "more than 50 % higher on most of them in at least 10 of 12 blocks within \(span(hours: 1))"
            return (" \(verb) \(words)", 2)
        }
        if hostsSeen == 2, stream.firedGrossOfTwo {
            let words = "more than 50 % higher on both in at least 20 of 24 blocks within \(span(hours: 2))"
            return (" \(verb) \(words)", 3)
        }
        guard stream.isSustained(hostsSeen: hostsSeen) else { return nil }
        let isOneHost = hostsSeen < 2
        let above = Sentence.percent(ofRatio: Elementary.exp(Guards.sustainedFactor * metric.margin))
        let share = isOneHost ? "22 of the last 24 means" : "11 of the last 12 means"
        let words = "more than \(above) higher in at least \(share) of \(span(hours: 1)), allowed "
        return (" \(verb) \(words)\(Sentence.percent(ofRatio: metric.marginRatio))", isOneHost ? 24 : 12)
    }

    private func recentCheck(_ index: Int, _ look: Look) -> Check {
        let metric = metrics[index]
        var check = Check(
            level: .fleet, name: metric.metric.rawValue, kind: .recent, state: .pass, reason: .withinBound,
            unit: metric.isCount ? .standardDeviations : .ratio)
        check.window = window(lastHours: RecentChecks.hours)
        check.bound = metric.isCount ? RecentChecks.maxZ : metric.marginRatio
        let sum = Judging.sum(fleet[index].hours.items.suffix(RecentChecks.hours))
        check.n = sum.count
        var exceeds = false
        if metric.isCount {
            var counts = CountSum()
            for hour in fleet[index].countHours.items { counts.add(hour) }
            let z = counts.z(marginRatio: metric.marginRatio)
            exceeds = z > RecentChecks.maxZ
            check.value = z
            check.old = counts.old
            check.new = counts.new
        } else if sum.count > 0 {
            let mean = sum.sum / Double(sum.count)
            exceeds = mean >= metric.margin
            check.value = readable(mean, metric)
        }
        let isShort = sum.count < min(RecentChecks.minValues, blocksSoFar)
        settleRecent(&check, isShort: isShort, exceeds: exceeds, isIdle: isMostlyIdle(index), look: look)
        check.sentence = recentSentence(check, metric)
        return check
    }

    private func settleRecent(_ check: inout Check, isShort: Bool, exceeds: Bool, isIdle: Bool, look: Look) {
        guard look.asksPairs else {
            check.reason = .notAskedAgain
            return
        }
        if isShort, isIdle {
            check.state = .observe
            check.reason = .mostlyIdle
        } else if isShort {
            check.state = .missing
            check.reason = check.n == 0 ? .measurementAbsent : .tooFewSamples
        } else if exceeds {
            check.state = .missing
            check.reason = .boundExceeded
        }
    }

    func recentSentence(_ check: Check, _ metric: JudgedMetric) -> String {
        let name = Sentence.subject(metric.metric)
        let place = Sentence.place(check.level, check.subject)
        let blocks = check.n ?? 0
        let lead = "\(name) \(place) in the last \(span(hours: RecentChecks.hours))"
        guard let value = check.value, blocks > 0 else { return "\(lead): no usable block." }
        if metric.isCount, let old = check.old, let new = check.new {
            return "\(lead): \(Sentence.number(new, places: 0)) against \(Sentence.number(old, places: 0)), \(blocks) "
                + "blocks; excess over what is allowed \(Sentence.number(value, places: 1)) standard deviations, "
                + "at most 3."
        }
        let allowed = check.bound.map { Sentence.percent(ofRatio: $0) } ?? ""
        return "\(lead) \(Sentence.isAre(metric.metric)) \(Sentence.change(value)), allowed below \(allowed), "
            + "\(blocks) blocks."
    }

    private func driftCheck(_ index: Int, _ look: Look) -> Check {
        let metric = metrics[index]
        let means = fleet[index].segmentMeans.items
        let drift = Drift(segmentMeans: means, margin: metric.margin)
        var check = Check(
            level: .fleet, name: metric.metric.rawValue, kind: .drift, state: .pass, reason: .withinBound,
            unit: .ratio)
        check.n = means.count
        check.bound = metric.marginRatio
        check.value = Elementary.exp(drift.slope)
        let name = Sentence.subject(metric.metric)
        if drift.isRising, look.asksPairs {
            check.state = .missing
            check.reason = .drifting
            check.sentence =
                "\(name) on the new servers rises by \(Sentence.percent(ofRatio: check.value ?? 1)) every "
                + "\(span(hours: BlockTime.hoursPerSegment)) and would pass "
                + "\(Sentence.percent(ofRatio: metric.marginRatio)) within \(span(hours: 72))."
        } else {
            check.sentence = "\(name) on the new servers: no trend that leads beyond what is allowed."
        }
        return check
    }

    static func sum(_ hours: some Sequence<HourSum>) -> HourSum {
        var total = HourSum()
        for hour in hours {
            total.sum += hour.sum
            total.count += hour.count
        }
        return total
    }
}
