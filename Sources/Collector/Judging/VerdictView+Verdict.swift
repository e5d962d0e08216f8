import Judge
import Policy
import Shared

extension VerdictView {
    /// A verdict in the form of the API: numbers as decimal strings in the unit of each check.
    init(_ verdict: Verdict, id: String, rollout: Rollout, evaluatedAtMicroseconds: UInt64, pairs: Int) {
        let missing = verdict.missing.map(\.sentence)
        self.init(
            id: id, rollout: rollout.spec.id, verdict: VerdictState(verdict.state),
            summary: Self.summary(verdict, pairs: pairs), reason: verdict.reason ?? "", missing: missing,
            etaHours: verdict.etaHours, hour: verdict.hour, judging: rollout.judging.number,
            evaluatedAt: Timestamp.text(microseconds: evaluatedAtMicroseconds),
            windowFrom: Timestamp.text(microseconds: UInt64(verdict.window.fromSeconds) * 1_000_000),
            windowTo: Timestamp.text(microseconds: UInt64(verdict.window.toSeconds) * 1_000_000),
            policy: rollout.spec.policy, policyDigest: rollout.policyDigest, pairs: pairs,
            checks: verdict.checks.map(CheckView.init), failedCheck: verdict.failure?.check.id)
    }

    private static func summary(_ verdict: Verdict, pairs: Int) -> String {
        switch verdict.state {
        case .pass:
            let judged = verdict.checks.filter { $0.state == .pass }
            let count = judged.reduce(0) { $0 + $1.folded }
            return "\(count) of \(count) checks within bounds, \(pairs) pairs, \(verdict.hour) h"
        case .fail:
            return verdict.reason ?? "a check failed"
        case .inconclusive:
            let missing = verdict.missing
            let more = missing.count > 1 ? " (and \(missing.count - 1) more)" : ""
            return (missing.first?.sentence ?? "nothing is judged yet") + more
        }
    }
}

extension VerdictState {
    init(_ state: Verdict.State) {
        switch state {
        case .pass: self = .pass
        case .fail: self = .fail
        case .inconclusive: self = .inconclusive
        }
    }
}

extension CheckView {
    init(_ check: Check) {
        func text(_ value: Double?) -> String? { check.integer(value).map(String.init) }
        self.init(
            id: check.id, level: check.level.rawValue, subject: check.subject ?? "", metric: check.name,
            kind: check.kind.rawValue, outcome: Self.outcome(check.state), reason: check.reason.rawValue,
            observed: text(check.value), lower: text(check.lower), upper: text(check.upper), bound: text(check.bound),
            unit: Self.unit(check.unit), samples: check.n.map(String.init),
            effectiveSamples: check.effectiveThousandths.map(String.init), detectable: text(check.detectable),
            sentence: check.sentence)
    }

    private static func outcome(_ state: Check.State) -> String {
        switch state {
        case .pass: "PASS"
        case .fail: "FAIL"
        case .missing: "INCONCLUSIVE"
        case .warn: "WARN"
        case .observe: "OBSERVED"
        }
    }

    /// The unit of the integers.
    private static func unit(_ unit: Check.Unit) -> String {
        switch unit {
        case .ratio, .share: "ppm"
        case .perPairBlock: "1e-6 per pair and block"
        case .standardDeviations: "1e-3 standard deviations"
        case .blocks: "blocks"
        case .hours: "hours"
        case .hosts: "hosts"
        case .metrics: "metrics"
        case .none: ""
        }
    }
}
