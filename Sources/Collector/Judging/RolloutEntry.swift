import Evaluation
import Evidence
import Judge
import Ledger
import Policy
import Shared

/// A roll-out that is being judged: its record, and the evaluation in force.
struct RolloutEntry: Sendable {
    var rollout: Rollout
    var evaluation: RolloutEvaluation
    /// The last published verdict.
    var verdict: JudgedVerdict?
    /// The verdict that the next one corrects, its evidence having been spoilt.
    var superseded: String?

    init(rollout: Rollout, policy: PolicyDocument) {
        self.rollout = rollout
        evaluation = RolloutEvaluation(context: rollout.context(ApprovedRecords()), policy: policy)
    }

    var policy: PolicyDocument { evaluation.policy }
    var judge: RolloutJudge { evaluation.judge }
    var blockSeconds: Int { evaluation.blockSeconds }
    var gate: Gate { Gate(rollout: rollout, policy: policy, situation: judge.situation, verdict: verdict) }
    var view: RolloutView { RolloutView(rollout, policy: policy, pairs: judge.pairs, ended: judge.endedPairs) }

    /// - Returns: `nil` for a verdict of an evaluation that others have followed.
    func logins(of view: VerdictView) -> LoginList? {
        guard view.judging == rollout.judging.number, let from = UTCTime(view.windowFrom),
            let to = UTCTime(view.windowTo), let window = UTCWindow(from: from, to: to)
        else { return nil }
        return evaluation.logins.list(window)
    }

    /// Judges what is complete, up to where the hosts' past is wanted first.
    /// - Returns: the hours that ended, oldest first.
    /// - Throws: `JudgingError`: a fault of ours.
    mutating func judgeComplete(_ records: ApprovedRecords) throws(JudgingError) -> [JudgedHour] {
        guard rollout.isJudged else { return [] }
        return try evaluation.judgeComplete(rollout.context(records))
    }

    /// A verdict's times: the next one is due after another hour of blocks, and silent hosts are waited for.
    func judged(_ view: VerdictView, windowEndSeconds: Int) -> JudgedVerdict {
        let hour = UInt64(BlockTime.blocksPerHour * blockSeconds)
        let wait = UInt64((policy.silence.waitBlocks + 1) * blockSeconds)
        let due = UInt64(windowEndSeconds) + hour
        return JudgedVerdict(
            view: view, nextDueMicroseconds: (due + UInt64(blockSeconds)) * 1_000_000,
            validUntilMicroseconds: (due + wait) * 1_000_000)
    }
}
