import Shared

extension JudgingService {
    /// What alerts say of every roll-out at this moment.
    func alertSituation() -> (
        rollouts: [String: AlertSituation.RolloutNow], words: [String: AlertSituation.RolloutWords]
    ) {
        let now = clock.nowMicroseconds()
        var rollouts: [String: AlertSituation.RolloutNow] = [:]
        var words: [String: AlertSituation.RolloutWords] = [:]
        for (id, entry) in entries {
            var told = AlertSituation.RolloutNow()
            var said = AlertSituation.RolloutWords()
            if let view = entry.verdict?.view {
                told.verdict = view.verdict
                (said.verdictID, said.summary) = (view.id, view.summary)
            }
            told.stages = entry.rollout.history.map { .init(stage: $0.stage, by: $0.by, reason: $0.reason) }
            told.logins = entry.judge.situation.unapprovedLogins
            // A retired roll-out's gates mean nothing any more, and would close as its evidence ages.
            if entry.rollout.stage != .retired {
                for stage in Stage.gates {
                    let answer = entry.gate.answer(stage, nowMicroseconds: now)
                    if answer.state != .waiting { told.gates[stage.rawValue] = answer.state }
                    said.gateReasons[stage] = answer.reasons
                }
                for override in entry.rollout.overrides(atMicroseconds: now) {
                    told.overrides[override.id] = override.answer
                }
            }
            (rollouts[id], words[id]) = (told, said)
        }
        return (rollouts, words)
    }
}
