import Evaluation
import Shared

/// A roll-out's life as it is stored: what was asked for, under which policy, and which stages were reached by whom.
/// A stage once reached stays reached; a roll-back ends it.
struct Rollout: Codable, Sendable, Equatable {
    struct StageChange: Codable, Sendable, Equatable {
        var stage: Stage
        var atMicroseconds: UInt64
        var by: String
        var reason: String
    }

    /// An instance's move from its old to its new server, as the deployment tool tells it.
    struct Move: Codable, Sendable, Equatable {
        var name: String
        var from: String
        var to: String
        var atMicroseconds: UInt64
        var by: String
    }

    /// Blocks that were spoilt from outside: they count as absent, and the judging runs again from its start.
    struct Invalidation: Codable, Sendable, Equatable {
        var id: String
        /// Empty: all hosts.
        var host: String
        /// Whole blocks that touch `from..<to`.
        var fromMicroseconds: UInt64
        var toMicroseconds: UInt64
        var atMicroseconds: UInt64
        var by: String
        var reason: String
        /// SHA-256 of its log entry, hex.
        var entry: String?
    }

    /// One evaluation of the roll-out: another begins with other artefacts or after an invalidation.
    struct JudgingStart: Codable, Sendable, Equatable {
        /// 1, 2, …
        var number: Int
        /// Blocks from here on are judged.
        var fromMicroseconds: UInt64
        var because: String
        /// What it is about; absent in records of before it was kept.
        var artifacts: [RolloutSpec.Artifact]?
    }

    private(set) var spec: RolloutSpec
    /// The policy's text when the roll-out was created: later edits of the file do not reach back.
    let policyText: String
    /// SHA-256 of that text, hex.
    let policyDigest: String
    let createdBy: String
    /// Oldest first; the first is `mirroring`.
    private(set) var history: [StageChange]
    private(set) var moves: [Move] = []
    private(set) var invalidations: [Invalidation] = []
    private(set) var overrides: [Override] = []
    /// Oldest first; the last one is in force.
    private(set) var judgings: [JudgingStart]
    /// Rises by one with each change.
    private(set) var version: Int

    init(
        spec: RolloutSpec, policyText: String, policyDigest: String, createdBy: String, createdAtMicroseconds: UInt64,
        judgedFromMicroseconds: UInt64? = nil
    ) {
        self.spec = spec
        self.policyText = policyText
        self.policyDigest = policyDigest
        self.createdBy = createdBy
        history = [
            StageChange(stage: .mirroring, atMicroseconds: createdAtMicroseconds, by: createdBy, reason: "created")
        ]
        judgings = [
            JudgingStart(
                number: 1, fromMicroseconds: judgedFromMicroseconds ?? createdAtMicroseconds, because: "created",
                artifacts: spec.artifacts)
        ]
        version = 1
    }

    /// The evaluation in force.
    var judging: JudgingStart {
        judgings.last ?? JudgingStart(number: 1, fromMicroseconds: createdAtMicroseconds, because: "created")
    }

    /// The evaluation in force judges the same time again, without what was spoilt.
    var isCorrected: Bool {
        judgings.count > 1 && judgings[judgings.count - 2].fromMicroseconds == judging.fromMicroseconds
    }

    /// What an evaluation was about.
    func artifacts(ofJudging number: Int) -> [RolloutSpec.Artifact] {
        judgings.first { $0.number == number }?.artifacts ?? spec.artifacts
    }

    var createdAtMicroseconds: UInt64 { history.first?.atMicroseconds ?? 0 }
    var stage: Stage { history.last?.stage ?? .mirroring }
    /// Retired and rolled-back roll-outs are judged no more.
    var isJudged: Bool { stage != .retired && stage != .rolledBack }

    /// What bears on the judging of its blocks.
    func context(_ records: ApprovedRecords) -> JudgingContext {
        JudgingContext(
            spec: spec, fromMicroseconds: judging.fromMicroseconds,
            stages: history.map { .init(stage: $0.stage, atMicroseconds: $0.atMicroseconds) },
            moves: moves.map { .init(name: $0.name, atMicroseconds: $0.atMicroseconds) },
            invalidations: invalidations.map {
                .init(
                    id: $0.id, host: $0.host, fromMicroseconds: $0.fromMicroseconds,
                    toMicroseconds: $0.toMicroseconds)
            },
            records: records)
    }

    /// Goes one stage on.
    /// - Parameter gate: the answer of the gate of `target`, evaluated at this moment.
    /// - Returns: `false` when that stage was reached before, so that a repeated call is harmless.
    /// - Throws: `gate-closed` with every missing condition; `conflict` for a stage that is not the next one.
    mutating func advance(
        to target: Stage, gate: GateAnswer, by caller: String, reason: String, atMicroseconds now: UInt64
    ) throws(Problem) -> Bool {
        guard stage != .rolledBack else {
            throw Problem(.gateClosed, "the roll-out \(spec.id) was rolled back", reasons: ["it was rolled back"])
        }
        if let wanted = target.order, let reached = stage.order, wanted <= reached, wanted > 0 { return false }
        guard stage.next == target else {
            throw Problem(
                .conflict,
                "the roll-out \(spec.id) is at \(stage.rawValue); it goes one stage at a time, to "
                    + (stage.next?.rawValue ?? "nothing more"))
        }
        guard gate.ok else {
            throw Problem(.gateClosed, gate.summary, reasons: gate.reasons)
        }
        record(target, by: caller, reason: reason, at: now)
        return true
    }

    /// Always possible, once.
    /// - Returns: `false` when it was rolled back before.
    /// - Throws: `conflict` when the old servers were retired.
    mutating func rollBack(by caller: String, reason: String, atMicroseconds now: UInt64) throws(Problem) -> Bool {
        if stage == .rolledBack { return false }
        guard stage != .retired else {
            throw Problem(.conflict, "the roll-out \(spec.id) is retired: there is nothing left to go back to")
        }
        record(.rolledBack, by: caller, reason: reason, at: now)
        return true
    }

    /// Takes in moves; one that is known already changes nothing.
    /// - Returns: whether any was new.
    /// - Throws: `conflict` where a host is on neither side.
    mutating func note(_ moves: [Move]) throws(Problem) -> Bool {
        let before = self.moves.count
        for move in moves {
            guard spec.old.contains(move.from), spec.new.contains(move.to) else {
                throw Problem(
                    .conflict, "\(move.name) cannot move from \(move.from) to \(move.to)",
                    reasons: ["from must be an old host of \(spec.id), to a new one"])
            }
            let isKnown = self.moves.contains { $0.name == move.name && $0.from == move.from && $0.to == move.to }
            if !isKnown { self.moves.append(move) }
        }
        guard self.moves.count > before else { return false }
        version += 1
        return true
    }

    /// Other artefacts: what was found of the old ones says nothing of these, so that judging begins anew, now.
    /// - Returns: `false` when they are the same.
    mutating func replaceArtifacts(
        _ artifacts: [RolloutSpec.Artifact], files: [RolloutSpec.File]?, by caller: String, atMicroseconds now: UInt64
    ) throws(Problem) -> Bool {
        guard isJudged else {
            throw Problem(.conflict, "the roll-out \(spec.id) is \(stage.rawValue): nothing more is rolled out")
        }
        guard artifacts != spec.artifacts || files != spec.files else { return false }
        spec.artifacts = artifacts
        spec.files = files
        judgings.append(
            JudgingStart(
                number: judging.number + 1, fromMicroseconds: now, because: "other artefacts, by \(caller)",
                artifacts: artifacts))
        version += 1
        return true
    }

    /// - Throws: `conflict` for a time before the roll-out or a host that is not in it.
    mutating func invalidate(_ invalidation: Invalidation) throws(Problem) {
        guard invalidation.host.isEmpty || (spec.old + spec.new).contains(invalidation.host) else {
            throw Problem(.conflict, "\(invalidation.host) is no host of \(spec.id)")
        }
        guard invalidation.fromMicroseconds < invalidation.toMicroseconds,
            invalidation.toMicroseconds <= invalidation.atMicroseconds
        else {
            throw Problem(.conflict, "the time to invalidate must have an end, and lie in the past")
        }
        invalidations.append(invalidation)
        judgings.append(
            JudgingStart(
                number: judging.number + 1, fromMicroseconds: judging.fromMicroseconds,
                because: "invalidated by \(invalidation.by): \(invalidation.reason)", artifacts: spec.artifacts))
        version += 1
    }

    mutating func record(_ override: Override) {
        overrides.append(override)
        version += 1
    }

    private mutating func record(_ stage: Stage, by caller: String, reason: String, at now: UInt64) {
        history.append(StageChange(stage: stage, atMicroseconds: now, by: caller, reason: reason))
        version += 1
    }
}
