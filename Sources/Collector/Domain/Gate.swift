import Evaluation
import Policy
import Shared

/// One gate's answer: pure, from what was judged and what time it is.
struct Gate: Sendable {
    let rollout: Rollout
    let policy: PolicyDocument
    let situation: Situation
    /// The last evaluation; `nil` before the first.
    let verdict: JudgedVerdict?

    /// Checks that an answer carries: those that stand in the way first.
    static let mostChecks = 40

    func answer(_ stage: Stage, nowMicroseconds: UInt64) -> GateAnswer {
        let now = nowMicroseconds / 1_000_000
        let overrides = rollout.overrides(atMicroseconds: nowMicroseconds)
        let accepted = Set(overrides.flatMap(\.checks))
        let blocked = blockingReasons(accepted)
        let missing = blocked.isEmpty ? missingReasons(stage, now: now, accepted) : []
        let reasons = blocked + missing
        let state: GateAnswer.State = !blocked.isEmpty ? .blocked : missing.isEmpty ? .open : .waiting
        return GateAnswer(
            state: state, verdict: verdict?.view.verdict ?? .inconclusive, override: overrides.last?.answer,
            rollout: rollout.spec.id, stage: stage, reasons: reasons,
            summary: summary(state, reasons, overrides.last?.answer), verdictID: verdict?.view.id ?? "",
            evaluatedAt: verdict?.view.evaluatedAt ?? "",
            validUntil: verdict.map { Timestamp.text(microseconds: $0.validUntilMicroseconds) } ?? "",
            retryAfter: state == .waiting ? retryAfter(now: now) : 0, checks: summaries(),
            report: verdict.map { VerdictView.address(of: $0.view.id) } ?? "")
    }

    /// A FAIL closes gates that were passed before, too: no further instance is placed.
    /// - Parameter accepted: checks that an override in force leaves out.
    private func blockingReasons(_ accepted: Set<String>) -> [String] {
        if let change = rollout.history.last, change.stage == .rolledBack {
            return ["rolled back by \(change.by): \(change.reason)"]
        }
        guard let view = verdict?.view, view.verdict == .fail else { return [] }
        let failing = view.checks.filter { $0.outcome == "FAIL" && !accepted.contains($0.id) }
        // The check that failed first may pass again; its FAIL stays.
        guard let first = view.failedCheck, accepted.contains(first) else { return [view.reason] }
        return failing.map(\.sentence)
    }

    private func missingReasons(_ stage: Stage, now: UInt64, _ accepted: Set<String>) -> [String] {
        let wasReached = (stage.order ?? 0) <= (rollout.stage.order ?? 0)
        var reasons: [String] = []
        if !wasReached, rollout.stage.next != stage {
            reasons.append(
                "the roll-out is at \(rollout.stage.rawValue); the gates before \(stage.rawValue) come first")
        }
        reasons += evidenceReasons(now: now, accepted)
        if !wasReached {
            reasons += ageReasons(stage, now: now)
            if stage == .open { reasons += countReasons() }
        }
        if stage == .switched || stage == .retired, !situation.unmoved.isEmpty {
            reasons.append("still on old servers only: \(Self.list(situation.unmoved))")
        }
        if stage == .retired, !wasReached { reasons += idleReasons() }
        return reasons
    }

    private func evidenceReasons(now: UInt64, _ accepted: Set<String>) -> [String] {
        guard let verdict else {
            return ["nothing has been judged yet; the first verdict comes with the first full hour"]
        }
        if verdict.validUntilMicroseconds / 1_000_000 < now {
            return ["the last verdict is stale since \(Timestamp.text(microseconds: verdict.validUntilMicroseconds))"]
        }
        guard verdict.view.verdict != .pass else { return [] }
        guard !accepted.isEmpty else {
            // Never open without a PASS, whatever the list says.
            return verdict.view.missing.isEmpty ? [verdict.view.summary] : verdict.view.missing
        }
        return verdict.view.checks.filter { $0.outcome == "INCONCLUSIVE" && !accepted.contains($0.id) }.map(\.sentence)
    }

    private func ageReasons(_ stage: Stage, now: UInt64) -> [String] {
        guard let wanted = policy.gates.ages[stage]?.seconds else { return [] }
        let created = rollout.createdAtMicroseconds / 1_000_000
        let age = Int(now - min(created, now))
        guard age < wanted else { return [] }
        return [
            "the roll-out is \(Span(seconds: age)) old, \(stage.rawValue) comes after \(Span(seconds: wanted))"
        ]
    }

    private func countReasons() -> [String] {
        var reasons: [String] = []
        if rollout.spec.pairs == .none {
            let hosts = situation.newHosts.count
            return hosts < policy.gates.minHosts
                ? ["\(hosts) new hosts report, \(policy.gates.minHosts) are needed"] : []
        }
        let mirrored = situation.pairs.count - situation.unseen.count
        if mirrored < policy.gates.minPairs {
            reasons.append("\(mirrored) pairs are mirrored, \(policy.gates.minPairs) are needed")
        }
        if !situation.unseen.isEmpty {
            reasons.append("never reported from both sides: \(Self.list(situation.unseen))")
        }
        if situation.newHosts.count < policy.gates.minHosts {
            reasons.append("pairs are on \(situation.newHosts.count) new hosts, \(policy.gates.minHosts) are needed")
        }
        return reasons
    }

    private func idleReasons() -> [String] {
        let wanted = policy.gates.idle.seconds
        guard situation.oldIdleSeconds < wanted else { return [] }
        let idle =
            "the old servers have been idle for \(Span(seconds: situation.oldIdleSeconds)), "
            + "\(Span(seconds: wanted)) are needed"
        return [idle] + situation.oldActivity.prefix(5)
    }

    private func retryAfter(now: UInt64) -> Int {
        guard let verdict else { return min(12 * policy.judge.blockSeconds, 300) }
        let due = verdict.nextDueMicroseconds / 1_000_000
        return Int(min(max(due > now ? due - now : 1, 1), 300))
    }

    private func summary(_ state: GateAnswer.State, _ reasons: [String], _ override: GateOverride?) -> String {
        let text: String
        switch state {
        case .open:
            text =
                (verdict?.view.summary ?? "") + (override.map { ", by override of \($0.by) until \($0.until)" } ?? "")
        case .waiting, .blocked:
            let more = reasons.count - 1
            text = (reasons.first ?? "") + (more > 0 ? " (and \(more) more)" : "")
        }
        return Self.oneLine(text)
    }

    static func oneLine(_ text: String) -> String {
        var line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        while line.utf8.count > Limits.summaryBytes { line.removeLast() }
        return line
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? shown + " and \(names.count - 5) more" : shown
    }

    /// What stands in the way first, then what holds for the whole fleet.
    private func summaries() -> [CheckSummary] {
        guard let checks = verdict?.view.checks else { return [] }
        let weighty = checks.filter { $0.outcome == "FAIL" || $0.outcome == "INCONCLUSIVE" }
        let passing = checks.filter { $0.outcome == "PASS" && $0.level == "fleet" }
        return (weighty + passing).prefix(Self.mostChecks).map {
            CheckSummary(
                id: $0.id, outcome: $0.outcome, reason: $0.reason, observed: $0.observed ?? "", bound: $0.bound ?? "",
                unit: $0.unit)
        }
    }
}

/// A verdict with the times at which it is followed by another, and after which it says nothing any more.
struct JudgedVerdict: Sendable, Equatable {
    var view: VerdictView
    var nextDueMicroseconds: UInt64
    var validUntilMicroseconds: UInt64
}
