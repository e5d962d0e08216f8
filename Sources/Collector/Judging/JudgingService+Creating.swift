import Evidence
import Judge
import Policy
import Shared

// New roll-outs, and what is known of them.
extension JudgingService {
    func entry(_ id: String) -> RolloutEntry? { entries[id] }

    /// Newest first.
    func views() -> [RolloutView] {
        entries.values.sorted {
            ($0.rollout.createdAtMicroseconds, $0.rollout.spec.id)
                > ($1.rollout.createdAtMicroseconds, $1.rollout.spec.id)
        }.map(\.view)
    }

    /// - Returns: the roll-out, and whether it is new; the same request again finds the first one.
    /// - Throws: `rollout-invalid`, `conflict`, `storage-unavailable`.
    func create(_ spec: RolloutSpec, by caller: String) async throws(Problem) -> (view: RolloutView, isNew: Bool) {
        if let existing = entries[spec.id] {
            guard existing.rollout.spec == spec, existing.rollout.createdBy == caller else {
                throw Problem(.conflict, "a roll-out \(spec.id) exists already, with other content")
            }
            return (existing.view, false)
        }
        guard let policy = policies.policy(named: spec.policy) else {
            throw Problem(
                .rolloutInvalid, "there is no active policy \(spec.policy)",
                reasons: ["policy: use one of \(policies.names.joined(separator: ", "))"])
        }
        try refuseSharedNewHosts(spec)
        let now = clock.nowMicroseconds()
        let rollout = Rollout(
            spec: spec, policyText: policy.text, policyDigest: policy.digest, createdBy: caller,
            createdAtMicroseconds: now,
            judgedFromMicroseconds: max(now, firstOpenMicroseconds(spec, policy.document.judge.blockSeconds)))
        var document = policy.document
        document.judge.digest = policy.digest
        // Taken before the store answers, so that the same request twice at once cannot create it twice.
        let entry = adopt(rollout, policy: document)
        do {
            let statements = try scribe.statements(
                decision(
                    "created", on: rollout, by: caller, at: now,
                    details: ["policy": spec.policy, "policySha256": policy.digest],
                    lists: [
                        "old": spec.old, "new": spec.new,
                        "artifacts": spec.artifacts.map { "\($0.name) sha256:\($0.sha256)" },
                    ]))
            guard try await store.insert(RolloutRow(rollout), logging: statements) else {
                throw Problem(.conflict, "a roll-out \(spec.id) existed before: ids are never used again")
            }
        } catch {
            entries[spec.id] = nil
            throw Problem(stored: error)
        }
        logger.notice("roll-out \(spec.id) created by \(caller) under policy \(spec.policy) \(policy.digest)")
        return (entry.view, true)
    }

    /// One host is on one roll-out's new side only.
    private func refuseSharedNewHosts(_ spec: RolloutSpec) throws(Problem) {
        for other in entries.values where other.rollout.isJudged {
            let shared = Set(other.rollout.spec.new).intersection(spec.new).sorted()
            guard let host = shared.first else { continue }
            throw Problem(
                .rolloutInvalid, "\(host) is on the new side of \(other.rollout.spec.id) already",
                reasons: shared.map { "new: \($0) belongs to \(other.rollout.spec.id)" })
        }
    }

    @discardableResult
    private func adopt(_ rollout: Rollout, policy: PolicyDocument) -> RolloutEntry {
        let entry = RolloutEntry(rollout: rollout, policy: policy)
        let start = entry.judge.startBlock
        entries[rollout.spec.id] = entry
        for host in rollout.spec.old + rollout.spec.new { want(host, policy, frozenThrough: start - 1) }
        return entry
    }

    /// No block of these hosts that is frozen already lies at or after this time, even when a clock was set back.
    private func firstOpenMicroseconds(_ spec: RolloutSpec, _ blockSeconds: Int) -> UInt64 {
        let frozen = (spec.old + spec.new).compactMap { feeds[$0]?.frozenThrough(blockSeconds: blockSeconds) }.max()
        return frozen.map { UInt64($0 + 1) * UInt64(blockSeconds) * 1_000_000 } ?? 0
    }

    func want(_ host: String, _ policy: PolicyDocument, frozenThrough: Int) {
        feeds[host, default: HostFeed(host: host, startMicroseconds: startMicroseconds)].want(
            blockSeconds: policy.judge.blockSeconds, frozenThrough: frozenThrough,
            patience: HostFeed.Patience(
                waitBlocks: policy.silence.waitBlocks, longestWaitBlocks: policy.silence.longestWaitBlocks))
    }

    func gate(_ id: String, _ stage: Stage) -> GateAnswer? {
        entries[id]?.gate.answer(stage, nowMicroseconds: clock.nowMicroseconds())
    }
}
