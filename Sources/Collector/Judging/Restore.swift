import Evaluation
import Evidence
import Judge
import Policy
import Shared

/// After a start: the same blocks judged again give the same state, byte for byte. Blocks that were not frozen yet are
/// built again from the raw reports.
extension JudgingService {
    struct Damaged: Error, CustomStringConvertible {
        var description: String
    }

    static let reportsAtOnce = 500
    /// An earlier report is needed as the base of the first difference.
    static let baselineMicroseconds: UInt64 = 600_000_000

    /// - Throws: `StoreError`; `Damaged` when what is stored cannot be read.
    func restore() async throws {
        for row in try await store.rollouts() {
            let rollout = try Rollout(row)
            var policy = try PolicyShelf.entry(rollout.policyText, file: "policy of \(row.id)").document
            policy.judge.digest = rollout.policyDigest
            try await restore(rollout, policy)
        }
        for host in feeds.keys.sorted() { try await replayReports(of: host) }
    }

    private func restore(_ rollout: Rollout, _ policy: PolicyDocument) async throws {
        var (entry, hours) = try await folded(rollout, policy)
        for host in rollout.spec.old + rollout.spec.new where rollout.isJudged {
            let last = try await store.lastBlock(host: host, blockSeconds: policy.judge.blockSeconds)
            want(host, policy, frozenThrough: last.map(Int.init) ?? entry.judge.startBlock - 1)
        }
        let stored = try await store.latest(rollout: rollout.spec.id)?.view()
        if let stored, stored.judging == rollout.judging.number {
            entry.verdict = entry.judged(stored, windowEndSeconds: Self.windowEnd(stored))
            report(stored, differsFrom: hours.first { $0.verdict.hour == stored.hour }, entry)
            hours.removeAll { $0.verdict.hour <= stored.hour }
        } else if rollout.isCorrected {
            entry.superseded = stored?.id
        }
        entries[rollout.spec.id] = entry
        // Hours whose blocks were frozen, and whose verdict was not stored before the stop.
        let now = clock.nowMicroseconds()
        for hour in hours {
            unsavedVerdicts.append(try pending(hour, entry, now))
            entries[rollout.spec.id]?.superseded = nil
            entry.superseded = nil
        }
    }

    /// Folds all stored blocks of the evaluation in force, a day of them at a time.
    /// - Throws: `StoreError`; `EvidenceRow.Unreadable` and `JudgingError` when what is stored is damaged.
    func folded(
        _ rollout: Rollout, _ policy: PolicyDocument
    ) async throws -> (entry: RolloutEntry, hours: [JudgedHour]) {
        let length = policy.judge.blockSeconds
        var entry = RolloutEntry(rollout: rollout, policy: policy)
        let start = entry.judge.startBlock
        var hours: [JudgedHour] = []
        var last = start - 1
        for host in rollout.spec.old + rollout.spec.new {
            last = max(last, Int(try await store.lastBlock(host: host, blockSeconds: length) ?? 0))
        }
        var next = start
        while next <= last {
            let end = min(next + Self.exportedBlocksAtOnce, last + 1)
            let blocks = try await blocks(of: rollout.spec, blockSeconds: length, from: next, before: end)
            for block in blocks.values.joined().map(\.value) { entry.evaluation.take(block) }
            hours += try entry.judgeComplete(records)
            while let question = entry.evaluation.wantedBaseline {
                let past = try await baseline(question, rollout.context(records), blockSeconds: length)
                try entry.evaluation.take(past)
                hours += try entry.judgeComplete(records)
            }
            next = end
        }
        return (entry, hours)
    }

    /// Another evaluation of a roll-out is in force: folds its blocks and publishes where it stands. Blocks that freeze
    /// meanwhile are kept for it.
    func foldAnew(_ id: String) async {
        guard let old = entries[id] else { return }
        missed[id] = []
        defer { missed[id] = nil }
        do {
            var (entry, hours) = try await folded(old.rollout, old.policy)
            // The roll-out may have gone on in the meantime.
            guard let now = entries[id]?.rollout, now.judging == entry.rollout.judging else { return }
            entry.rollout = now
            for block in missed[id] ?? [] { entry.evaluation.take(block) }
            hours += try entry.judgeComplete(records)
            let superseded = now.isCorrected ? old.verdict?.view.id ?? old.superseded : nil
            entry.superseded = hours.isEmpty ? superseded : nil
            entries[id] = entry
            unsavedVerdicts.removeAll { $0.row.rollout == id }
            if let last = hours.last {
                entry.superseded = superseded
                unsavedVerdicts.append(try pending(last, entry, clock.nowMicroseconds()))
            }
        } catch {
            logger.critical("the evaluation \(old.rollout.judging.number) of \(id) cannot be folded: \(error)")
        }
    }

    private static func windowEnd(_ view: VerdictView) -> Int {
        Int((Timestamp.microseconds(view.windowTo) ?? 0) / 1_000_000)
    }

    /// A stored verdict that the same blocks do not give again is a fault that a person must see.
    private func report(_ stored: VerdictView, differsFrom hour: JudgedHour?, _ entry: RolloutEntry) {
        guard let verdict = hour?.verdict else { return }
        let again = VerdictView(
            verdict, id: stored.id, rollout: entry.rollout, evaluatedAtMicroseconds: 0, pairs: stored.pairs)
        guard again.checks != stored.checks || again.verdict != stored.verdict else { return }
        logger.critical("\(stored.rollout): judging hour \(stored.hour) again gives another verdict")
    }

    private func replayReports(of host: String) async throws {
        guard let from = feeds[host]?.oldestOpenMicroseconds else { return }
        defer { feeds[host]?.forgetLate() }
        var position: Int64 = 0
        while true {
            let page = try await store.reports(
                host: host, fromTimeMicroseconds: from - min(from, Self.baselineMicroseconds), after: position,
                limit: Self.reportsAtOnce)
            for item in page {
                let report = try item.row.report()
                feeds[host]?.add(
                    report, skewMicroseconds: item.row.skewMicroseconds,
                    receivedMicroseconds: item.row.receivedMicroseconds)
                position = item.position
            }
            if page.count < Self.reportsAtOnce { return }
        }
    }
}
