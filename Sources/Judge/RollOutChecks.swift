// What PASS wants of the roll-out as a whole: time, coverage, fresh data, no silent copy, and hosts that report. Must
// never take silence for health.

extension Judging {
    static let staleBlocks = 3
    static let silentBlocks = 12
    static let namedPairs = 3

    func addRollOutChecks(_ look: Look, _ findings: inout Findings) {
        if look.asksLimits {
            findings.add(hoursCheck(look))
            findings.wait(max(0, policy.minHoursPass - look.hour))
            findings.add(metricsCheck())
            findings.add(coverageCheck())
            findings.add(folded(hostsInUse.map(hostCoverageCheck)))
        }
        if look.asksPairs {
            findings.add(staleCheck())
            findings.add(folded(listed.map(silenceCheck)))
        }
    }

    private func hoursCheck(_ look: Look) -> Check {
        let isEarly = look.hour < policy.minHoursPass
        var check = Check(
            level: .fleet, name: "all", kind: .hours, state: isEarly ? .missing : .pass,
            reason: isEarly ? .tooEarly : .withinBound, unit: .hours)
        check.value = Double(look.hour)
        check.bound = Double(policy.minHoursPass)
        check.sentence =
            "\(span(hours: look.hour)) of the roll-out judged, at least "
            + "\(span(hours: policy.minHoursPass)) needed."
        return check
    }

    private func metricsCheck() -> Check {
        let judged = metrics.indices.count { metrics[$0].isJudged && !isMostlyIdle($0) }
        var check = Check(
            level: .fleet, name: "all", kind: .metrics, state: judged > 0 ? .pass : .missing,
            reason: judged > 0 ? .withinBound : .policyError, unit: .metrics)
        check.value = Double(judged)
        check.bound = 1
        check.sentence = judged > 0 ? "\(judged) metrics are judged." : "No metric is judged."
        return check
    }

    private func coverageCheck() -> Check {
        let tally = coverage.total
        let isLow = tally.owed == 0 || tally.share < Coverage.minShare
        var check = Check(
            level: .fleet, name: "all", kind: .coverage, state: isLow ? .missing : .pass,
            reason: isLow ? .measurementAbsent : .withinBound, unit: .share)
        check.value = tally.owed == 0 ? nil : tally.share
        check.bound = Coverage.minShare
        check.n = tally.owed
        check.window = window(lastHours: Coverage.windowHours)
        check.sentence =
            tally.owed == 0
            ? "No pair was owed a block in the last \(span(hours: Coverage.windowHours))."
            : "\(Sentence.share(tally.share)) of the pairs' blocks of the last \(span(hours: Coverage.windowHours)) "
                + "are usable and warm, \(Sentence.share(Coverage.minShare)) needed\(isLow ? leastCovered : "")."
        return check
    }

    /// Whom to look for: the pairs with the least coverage, as the end of a sentence.
    private var leastCovered: String {
        let low = listed.map { ($0.pair, pairs[$0.pair].coverage.total) }
            .filter { $0.1.share < Coverage.minShare }
            .sorted { ($0.1.share, $0.0) < ($1.1.share, $1.0) }
        guard !low.isEmpty else { return "" }
        let named = low.prefix(Judging.namedPairs)
            .map { "\(roster.pairs[$0.0]) \(Sentence.share($0.1.share))" }.joined(separator: ", ")
        let more = low.count - Judging.namedPairs
        return "; least of all \(named)" + (more > 0 ? " and \(more) more" : "")
    }

    private func hostCoverageCheck(_ host: Int) -> Check {
        let tally = hosts[host].coverage.total
        let isLow = tally.share < Coverage.minHostShare
        var check = Check(
            level: .host, name: "all", kind: .coverage, state: isLow ? .missing : .pass,
            reason: !isLow ? .withinBound : tally.seen == 0 ? .hostSilent : .measurementAbsent, unit: .share)
        check.subject = roster.hosts[host]
        check.value = tally.share
        check.bound = Coverage.minHostShare
        check.n = tally.owed
        check.window = window(lastHours: Coverage.windowHours)
        check.sentence =
            "\(Sentence.share(tally.share)) of the blocks of pairs on new server \(roster.hosts[host]) "
            + "are usable and warm, \(Sentence.share(Coverage.minHostShare)) needed."
        return check
    }

    private func staleCheck() -> Check {
        let isFresh = lastUsableBlock.map { $0 >= nextBlock - Judging.staleBlocks } ?? false
        var check = Check(
            level: .fleet, name: "all", kind: .stale, state: isFresh ? .pass : .missing,
            reason: isFresh ? .withinBound : .stale, unit: .blocks)
        check.bound = Double(Judging.staleBlocks)
        check.value = lastUsableBlock.map { Double(nextBlock - 1 - $0) }
        check.sentence =
            isFresh
            ? "The newest blocks are usable."
            : "No pair had a usable block in the last "
                + "\(Sentence.span(seconds: Judging.staleBlocks * policy.blockSeconds))."
        return check
    }

    private func silenceCheck(_ row: Row) -> Check {
        let blocks = pairs[row.pair].silentBlocks
        let isSilent = blocks >= Judging.silentBlocks
        var check = Check(
            level: .pair, name: "all", kind: .silence, state: isSilent ? .missing : .pass,
            reason: isSilent ? .hostSilent : .withinBound, unit: .blocks)
        check.subject = roster.pairs[row.pair]
        check.value = Double(blocks)
        check.bound = Double(Judging.silentBlocks)
        let time = Sentence.span(seconds: blocks * policy.blockSeconds)
        check.sentence =
            isSilent
            ? "The new copy of pair \(roster.pairs[row.pair]) has been silent for \(time) while its old copy reports."
            : "The new copy of pair \(roster.pairs[row.pair]) has not been silent for "
                + "\(span(hours: 1)) while its old copy reports."
        return check
    }

    /// Once instances move, the new hosts themselves must have reported.
    func reportChecks() -> [Check] {
        var checks: [Check] = reports.inUse.map { host in
            let tally = reports.tally(host)
            let isLow = tally.share < Coverage.minReportShare
            var check = Check(
                level: .host, name: "all", kind: .reports, state: isLow ? .missing : .pass,
                reason: isLow ? .hostSilent : .withinBound, unit: .share)
            check.subject = host
            check.value = tally.share
            check.bound = Coverage.minReportShare
            check.n = tally.owed
            check.sentence =
                "New server \(host) reported in \(Sentence.share(tally.share)) of the blocks of the last "
                + "\(span(hours: Coverage.windowHours)), \(Sentence.share(Coverage.minReportShare)) needed."
            return check
        }
        if checks.isEmpty {
            var check = Check(
                level: .fleet, name: "all", kind: .reports, state: .missing, reason: .measurementAbsent)
            check.sentence = "No new server is known to be in use."
            checks.append(check)
        }
        return checks
    }

    /// The comparison of hosts beside the pairs: its FAIL counts, its want of hosts only where the policy says so.
    func comparisonChecks(_ comparison: Verdict?) -> [Check] {
        let mustPass = policy.afterMigration == .pass
        guard let comparison else { return mustPass ? [unansweredComparison(.missing)] : [] }
        var check = Check(level: .fleet, name: "all", kind: .comparison, state: .pass, reason: .withinBound)
        switch comparison.state {
        case .pass: check.sentence = "New and old servers compared without pairs: no increase."
        case .fail:
            check.state = .fail
            check.reason = .boundExceeded
            check.sentence = "Without pairs: " + (comparison.reason ?? "increase beyond what is allowed.")
        case .inconclusive: return [unansweredComparison(mustPass ? .missing : .observe)]
        }
        return [check]
    }

    private func unansweredComparison(_ state: Check.State) -> Check {
        var check = Check(level: .fleet, name: "all", kind: .comparison, state: state, reason: .tooFewSamples)
        check.sentence = "The comparison without pairs says neither way yet."
        return check
    }
}
