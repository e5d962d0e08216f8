// The judge without pairs: hosts are the unit, hours the time step, and there are eight looks in all. Weak below ten
// old hosts, and meant so. Must never answer between looks otherwise than at the last one, nor PASS on stale data.

/// One host in one hour.
public struct HostHour: Equatable, Sendable {
    public enum Side: String, Sendable { case old, new }

    public var host: String
    public var side: Side
    /// Ratio metrics over the host's instances in this hour; counts are not looked at.
    public var values: CopyValues

    public init(host: String, side: Side, values: CopyValues) {
        self.host = host
        self.side = side
        self.values = values
    }
}

public struct UnpairedJudging: Equatable, Sendable {
    public static let baselineHours = 24

    /// Sums of logarithms of one metric on one host.
    private struct Sums: Equatable, Sendable {
        var earlier = HourSum()
        var later = HourSum()
        var post = HourSum()

        var baseline: HourSum {
            HourSum(sum: earlier.sum + later.sum, count: earlier.count + later.count)
        }

        /// Mean since the start less mean before it; nil with less than half of either.
        func change(hours: Int) -> Double? {
            guard 2 * baseline.count >= UnpairedJudging.baselineHours, 2 * post.count >= hours, post.count > 0 else {
                return nil
            }
            return post.sum / Double(post.count) - baseline.sum / Double(baseline.count)
        }

        /// Change within the baseline.
        var placeboChange: Double? {
            guard earlier.count > 0, later.count > 0 else { return nil }
            return later.sum / Double(later.count) - earlier.sum / Double(earlier.count)
        }
    }

    private struct Host: Equatable, Sendable {
        let name: String
        let side: HostHour.Side
        var lastHour: Int
        /// Newest hour with any value.
        var lastPresent: Int?
        var sums: [Sums]
    }

    /// What a look found on one metric; stands until the next look.
    private struct Answer: Equatable, Sendable {
        let hour: Int
        let newHosts: Int
        let oldHosts: Int
        let fail: Comparison
        let pass: Comparison

        var hasHosts: Bool { oldHosts >= Comparison.minOldHosts && newHosts >= Comparison.minNewHosts }
    }

    public let policy: JudgePolicy
    /// Absolute index of hour 0.
    public let startHour: Int
    private let metrics: [JudgedMetric]
    private let levels: Levels
    private var hosts: [Host] = []
    private var index: [String: Int] = [:]
    private var rules = RuleBook()
    private var answers: [Answer?]
    private var finished = 0
    private var failure: Verdict.Failure?

    public init(policy: JudgePolicy, startHour: Int) {
        self.policy = policy
        self.startHour = startHour
        metrics = policy.metrics.map { JudgedMetric($0, blockSeconds: policy.blockSeconds) }.filter { !$0.isCount }
        levels = Levels(judgedMetrics: metrics.count { $0.isJudged })
        answers = metrics.map { _ in nil }
    }

    /// Takes hosts' values of an hour: −24 … −1 is the time before the roll-out (of a new host: its instances where
    /// they ran then), 0 the first hour. Each host's hours rise; a host keeps the side it came with.
    public mutating func add(hour: Int, hosts inputs: [HostHour], rules: [RuleInput] = []) throws(JudgingError) {
        if hour >= 0 ? hour < finished : finished > 0 {
            throw JudgingError.blockOutOfOrder(index: hour, expected: finished)
        }
        if hour > finished { throw JudgingError.hourNotFinished(index: hour, hourEnds: finished + 1) }
        for input in inputs {
            let position = place(input)
            guard hosts[position].lastHour < hour else {
                throw JudgingError.blockOutOfOrder(index: hour, expected: hosts[position].lastHour + 1)
            }
            hosts[position].lastHour = hour
            take(input.values, hour: hour, position)
        }
        self.rules.take(rules)
    }

    private mutating func place(_ input: HostHour) -> Int {
        if let known = index[input.host] { return known }
        index[input.host] = hosts.count
        hosts.append(
            Host(
                name: input.host, side: input.side, lastHour: .min, lastPresent: nil,
                sums: metrics.map { _ in Sums() }))
        return hosts.count - 1
    }

    private mutating func take(_ values: CopyValues, hour: Int, _ position: Int) {
        guard hour >= -UnpairedJudging.baselineHours else { return }
        for (column, metric) in metrics.enumerated() {
            guard let value = values[metric.metric].value, value.isFinite, value > 0 else { continue }
            let logarithm = Elementary.log(value)
            hosts[position].lastPresent = hour
            if hour >= 0 {
                hosts[position].sums[column].post.add(logarithm)
            } else if hour >= -UnpairedJudging.baselineHours / 2 {
                hosts[position].sums[column].later.add(logarithm)
            } else {
                hosts[position].sums[column].earlier.add(logarithm)
            }
        }
    }

    /// Closes the running hour and judges.
    public mutating func finishHour() -> Verdict {
        finished += 1
        if Levels.unpairedLooks.contains(finished) {
            for column in metrics.indices { answers[column] = look(column) }
        }
        var findings = Findings()
        for column in metrics.indices {
            findings.add(metricCheck(column).weighed(metrics[column].weight))
        }
        findings.add(hoursCheck())
        findings.add(staleCheck())
        findings.add(rules.checks(policy))
        findings.wait(hoursToPass())
        if failure == nil, let check = findings.firstFailure {
            failure = Verdict.Failure(hour: finished, check: check)
        }
        rules.closeHour()
        let first = startHour * BlockTime.blocksPerHour
        let last = (startHour + finished) * BlockTime.blocksPerHour - 1
        return Verdict(
            hour: finished, basis: .hosts, findings: findings, failure: failure,
            window: BlockWindow(first: first, last: last, blockSeconds: policy.blockSeconds),
            judgedMetrics: metrics.count { $0.isJudged }, policyDigest: policy.digest)
    }

    private func look(_ column: Int) -> Answer {
        let ordered = hosts.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        var new: [Double] = []
        var old: [Double] = []
        var placebo: [Double] = []
        for host in ordered {
            guard let change = host.sums[column].change(hours: finished) else { continue }
            switch host.side {
            case .new: new.append(change)
            case .old:
                old.append(change)
                if let within = host.sums[column].placeboChange { placebo.append(within) }
            }
        }
        let variance = Comparison.placebo(changes: placebo)
        return Answer(
            hour: finished, newHosts: new.count, oldHosts: old.count,
            fail: Comparison(new: new, old: old, placebo: variance, alpha: levels.unpairedFail),
            pass: Comparison(new: new, old: old, placebo: variance, alpha: levels.unpairedPass))
    }

    private func metricCheck(_ column: Int) -> Check {
        let metric = metrics[column]
        let name = Sentence.subject(metric.metric)
        var check = Check(
            level: .fleet, name: metric.metric.rawValue, kind: .comparison, state: .missing, reason: .tooFewSamples,
            unit: .ratio)
        check.bound = metric.marginRatio
        check.alpha = levels.unpairedFail
        guard let answer = answers[column] else {
            check.sentence = "\(name): first look after \(Levels.unpairedLooks[0]) hours."
            return check
        }
        check.hours = answer.hour
        check.n = answer.newHosts + answer.oldHosts
        check.old = Double(answer.oldHosts)
        check.new = Double(answer.newHosts)
        let hosts = "\(answer.oldHosts) old and \(answer.newHosts) new servers"
        guard answer.hasHosts else {
            check.sentence =
                "\(name): \(hosts) with enough data, at least \(Comparison.minOldHosts) and "
                + "\(Comparison.minNewHosts) needed."
            return check
        }
        fill(&check, answer, metric)
        let failed = check.state == .fail
        let limit =
            failed
            ? Sentence.limit(check.lower, "at least", allowed: check.bound)
            : Sentence.limit(check.upper, "at most", allowed: check.bound)
        let change = Sentence.change(check.value ?? 1)
        check.sentence =
            "\(name): change on the new servers against that on the old ones \(change) (\(limit)), "
            + "\(hosts), look after \(answer.hour) hours."
        return check
    }

    private func fill(_ check: inout Check, _ answer: Answer, _ metric: JudgedMetric) {
        func ratio(_ logarithm: Double) -> Double? { logarithm.isFinite ? Elementary.exp(logarithm) : nil }
        check.value = ratio(answer.fail.estimate)
        check.lower = ratio(answer.fail.lower)
        check.upper = ratio(answer.pass.upper)
        check.detectable = ratio(answer.fail.halfWidth)
        check.effectiveCount = answer.fail.degreesOfFreedom
        if answer.fail.lower > metric.margin {
            check.state = .fail
            check.reason = .boundExceeded
        } else if answer.pass.upper < metric.margin {
            check.state = .pass
            check.reason = .withinBound
        } else {
            check.reason = answer.pass.estimate >= metric.margin ? .boundExceeded : .limitNotBelowMargin
        }
    }

    private func hoursCheck() -> Check {
        let isEarly = finished < policy.minHoursPass
        let isNothing = !metrics.contains { $0.isJudged }
        var check = Check(
            level: .fleet, name: "all", kind: isNothing ? .metrics : .hours,
            state: isEarly || isNothing ? .missing : .pass,
            reason: isNothing ? .policyError : isEarly ? .tooEarly : .withinBound, unit: .hours)
        check.value = Double(finished)
        check.bound = Double(policy.minHoursPass)
        check.sentence =
            isNothing
            ? "No metric is judged."
            : "\(finished) hours of the roll-out judged, at least \(policy.minHoursPass) needed."
        return check
    }

    /// An old answer must not outlive the data: each side needs a host that reported in the newest hour.
    private func staleCheck() -> Check {
        func isFresh(_ side: HostHour.Side) -> Bool {
            hosts.contains { $0.side == side && $0.lastPresent == finished - 1 }
        }
        let fresh = isFresh(.old) && isFresh(.new)
        var check = Check(
            level: .fleet, name: "all", kind: .stale, state: fresh ? .pass : .missing,
            reason: fresh ? .withinBound : .stale)
        check.sentence =
            fresh
            ? "Old and new servers reported in the newest hour." : "One side did not report in the newest hour."
        return check
    }

    /// Until the next look at or after the minimum time; nil after the last one.
    private func hoursToPass() -> Int? {
        let isAnswered = metrics.indices.allSatisfy { column in
            guard metrics[column].isJudged else { return true }
            guard let answer = answers[column], answer.hasHosts else { return false }
            return answer.pass.upper < metrics[column].margin
        }
        if isAnswered { return max(0, policy.minHoursPass - finished) }
        guard let next = Levels.unpairedLooks.first(where: { $0 > finished }) else { return nil }
        return max(next, policy.minHoursPass) - finished
    }
}
