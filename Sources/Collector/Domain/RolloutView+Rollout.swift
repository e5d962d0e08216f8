import Policy
import Shared

extension RolloutView {
    /// - Parameters:
    ///   - pairs: those owed now.
    ///   - ended: those that ended by a move, reported or seen.
    init(_ rollout: Rollout, policy: PolicyDocument, pairs: [RolloutSpec.Pair], ended: [RolloutSpec.Pair]) {
        let metrics = policy.judge.metrics.filter { $0.weight == .observe }.map(\.metric.rawValue)
        let rules = policy.judge.ruleWeights.filter { $0.value == .observe }.map(\.key).sorted()
        self.init(
            id: rollout.spec.id, stage: rollout.stage, version: rollout.version, policy: rollout.spec.policy,
            policyDigest: rollout.policyDigest, artifacts: rollout.spec.artifacts, old: rollout.spec.old,
            new: rollout.spec.new, pairs: pairs, createdBy: rollout.createdBy,
            createdAt: Timestamp.text(microseconds: rollout.createdAtMicroseconds),
            history: rollout.history.map {
                StageChange(
                    stage: $0.stage, at: Timestamp.text(microseconds: $0.atMicroseconds), by: $0.by, reason: $0.reason)
            }, observed: metrics + rules, judging: rollout.judging.number,
            overrides: rollout.overrides.map {
                OverrideView(
                    id: $0.id, verdictID: $0.verdictID, checks: $0.checks, by: $0.by,
                    at: Timestamp.text(microseconds: $0.atMicroseconds),
                    until: Timestamp.text(microseconds: $0.untilMicroseconds), reason: $0.reason)
            }, moveBack: rollout.stage == .rolledBack ? Self.moveBack(rollout, ended) : [],
            moves: rollout.moves.map {
                MoveView(
                    name: $0.name, from: $0.from, to: $0.to, at: Timestamp.text(microseconds: $0.atMicroseconds),
                    by: $0.by)
            },
            invalidations: rollout.invalidations.map {
                InvalidationView(
                    host: $0.host, from: Timestamp.text(microseconds: $0.fromMicroseconds),
                    to: Timestamp.text(microseconds: $0.toMicroseconds),
                    at: Timestamp.text(microseconds: $0.atMicroseconds), by: $0.by, reason: $0.reason)
            })
    }

    /// The last move of each instance turned round; those that nobody told of come after.
    private static func moveBack(_ rollout: Rollout, _ ended: [RolloutSpec.Pair]) -> [RolloutSpec.Move] {
        var back: [RolloutSpec.Move] = []
        for move in rollout.moves {
            back.removeAll { $0.name == move.name }
            back.append(RolloutSpec.Move(name: move.name, from: move.to, to: move.from))
        }
        let told = Set(back.map(\.name))
        return back
            + ended.filter { !told.contains($0.name) }
            .map { RolloutSpec.Move(name: $0.name, from: $0.new, to: $0.old) }
    }
}
