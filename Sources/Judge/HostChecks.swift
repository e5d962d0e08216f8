// Checks of one metric on each new host and each pair. What passes is folded into one row per metric, the worst of
// them. Must never FAIL for a single pair: that is a reason to look.

extension Judging {
    func hostChecks(_ index: Int, _ look: Look) -> [Check] {
        let metric = metrics[index]
        var checks: [Check] = []
        if hostsSeen >= 2 {
            checks += folded(hosts.indices.map { hostInterval(index, $0) })
            if !metric.isCount, look.asksPairs {
                checks += folded(hostsInUse.compactMap { hostRecent(index, $0) })
            }
        }
        if !metric.isCount { checks += folded(hosts.indices.map { hostGuard(index, $0) }) }
        return checks.map { $0.weighed(metric.weight) }
    }

    private func hostInterval(_ index: Int, _ host: Int) -> Check {
        let metric = metrics[index]
        let state = hosts[host].streams[index].state
        let alpha = levels.host(host + 1)
        let interval = Interval(state, alpha: alpha, mixture: Levels.failMixture)
        var check = limitCheck(
            .host, .interval, metric, state, interval, alpha: alpha,
            bound: metric.isCount ? 0 : Elementary.exp(metric.hostMargin))
        check.subject = roster.hosts[host]
        if interval.lower > metric.hostMargin {
            check.state = .fail
            check.reason = .boundExceeded
        }
        check.sentence = Sentence.interval(check, metric)
        return check
    }

    private func hostRecent(_ index: Int, _ host: Int) -> Check? {
        let metric = metrics[index]
        let sum = Judging.sum(hosts[host].streams[index].hours.items)
        guard sum.count >= RecentChecks.minValues else { return nil }
        let mean = sum.sum / Double(sum.count)
        let isMissing = mean >= metric.hostMargin
        var check = Check(
            level: .host, name: metric.metric.rawValue, kind: .recent, state: isMissing ? .missing : .pass,
            reason: isMissing ? .boundExceeded : .withinBound, unit: .ratio)
        check.subject = roster.hosts[host]
        check.n = sum.count
        check.value = readable(mean, metric)
        check.bound = Elementary.exp(metric.hostMargin)
        check.window = window(lastHours: RecentChecks.hours)
        check.sentence = recentSentence(check, metric)
        return check
    }

    private func hostGuard(_ index: Int, _ host: Int) -> Check {
        let metric = metrics[index]
        let stream = hosts[host].streams[index]
        var check = Check(
            level: .host, name: metric.metric.rawValue, kind: .guard, state: .pass, reason: .withinBound)
        check.subject = roster.hosts[host]
        let name = "\(Sentence.subject(metric.metric)) on new server \(roster.hosts[host])"
        let verb = Sentence.wasWere(metric.metric)
        if stream.firedGross {
            check.sentence =
                "\(name) \(verb) more than 50 % higher in at least 80 of 96 blocks within "
                + "\(span(hours: 8))."
        } else if hostsSeen >= 2, stream.isSustained {
            let above = Sentence.percent(ofRatio: Elementary.exp(Guards.sustainedFactor * metric.hostMargin))
            check.sentence =
                "\(name) \(verb) more than \(above) higher in at least 22 of the last 24 means of "
                + "\(span(hours: 1))."
        } else {
            check.sentence = "\(name): no gross or lasting excess."
            return check
        }
        check.window = window(lastHours: stream.firedGross ? 9 : Coverage.windowHours)
        check.state = .fail
        check.reason = .guardFired
        return check
    }

    func pairChecks(_ index: Int, _ look: Look) -> [Check] {
        let metric = metrics[index]
        if metric.isCount { return [] }
        var checks: [Check] = []
        var worst: (pair: Int, lower: Double)?
        var passing = 0
        for row in listed {
            let interval = pairInterval(index, row.pair)
            if look.asksPairs, interval.lower > metric.pairMargin {
                checks.append(pairCheck(index, row.pair, interval))
                continue
            }
            passing += 1
            if let known = worst, known.lower >= interval.lower { continue }
            worst = (row.pair, interval.lower)
        }
        if let worst {
            var row = pairCheck(index, worst.pair, pairInterval(index, worst.pair))
            row.state = .pass
            row.reason = .withinBound
            row.folded = passing
            row.sentence = Sentence.interval(row, metric)
            if passing > 1 { row.sentence = Sentence.folded(row) }
            checks.append(row)
        }
        return checks.map { $0.weighed(metric.weight) }
    }

    private func pairInterval(_ index: Int, _ pair: Int) -> Interval {
        Interval(pairs[pair].streams[index].state, alpha: levels.pair(pair + 1), mixture: Levels.failMixture)
    }

    private func pairCheck(_ index: Int, _ pair: Int, _ interval: Interval) -> Check {
        let metric = metrics[index]
        var check = limitCheck(
            .pair, .interval, metric, pairs[pair].streams[index].state, interval, alpha: levels.pair(pair + 1),
            bound: metric.marginRatio * metric.marginRatio)
        check.subject = roster.pairs[pair]
        if interval.lower > metric.pairMargin {
            check.state = .missing
            check.reason = .boundExceeded
        }
        check.sentence = Sentence.interval(check, metric)
        return check
    }

    /// Checks that do not pass one by one, those that pass as one row that shows the worst.
    func folded(_ checks: [Check]) -> [Check] {
        var kept = checks.filter { $0.state != .pass }
        let passing = checks.filter { $0.state == .pass }
        /// The nearer to its bound, the higher: shares have theirs below.
        func height(_ check: Check) -> Double {
            let value = check.lower ?? check.value ?? -.infinity
            return check.unit == .share ? -value : value
        }
        guard var worst = passing.first else { return kept }
        for check in passing.dropFirst() where height(check) > height(worst) { worst = check }
        worst.folded = passing.count
        if passing.count > 1 { worst.sentence = Sentence.folded(worst) }
        kept.append(worst)
        return kept
    }

    /// Every limit of a new host by itself, for people; empty for a host that never held a pair.
    public func checks(ofHost name: String) -> [Check] {
        guard let host = roster.index(ofHost: name) else { return [] }
        return metrics.indices.map { hostInterval($0, host).weighed(metrics[$0].weight) }
    }

    /// Every limit of a pair by itself, for people; empty for an unknown pair.
    public func checks(ofPair name: String) -> [Check] {
        guard let pair = roster.index(ofPair: name) else { return [] }
        return metrics.indices.filter { !metrics[$0].isCount }.map {
            pairCheck($0, pair, pairInterval($0, pair)).weighed(metrics[$0].weight)
        }
    }
}
