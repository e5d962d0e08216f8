import Evaluation
import Evidence
import Judge
import Ledger
import Logging
import Policy
import ServiceLifecycle
import Shared

/// From committed reports to published verdicts, and the one writer of roll-outs. Reports come in as they are
/// committed; at each tick due blocks are frozen and stored, then every roll-out judges what is complete. A verdict is
/// published only once it is stored, and nothing is judged that is not.
actor JudgingService: ReportSink, Service {
    let store: any Store
    let clock: any WallClock
    let policies: PolicyShelf
    let hub: ChangeHub
    /// Signs what is decided and judged here.
    let scribe: Scribe
    /// `nil`: nothing is signed, and verdicts are final once they are stored.
    private let ledger: LedgerService?
    let logger: Logger
    let startMicroseconds: UInt64
    var feeds: [String: HostFeed] = [:]
    var entries: [String: RolloutEntry] = [:]
    /// Frozen, and not stored yet because the store refused.
    private(set) var unsavedBlocks: [FrozenBlock] = []
    var unsavedVerdicts: [PendingVerdict] = []
    /// What people approved that rules compare with.
    var records = ApprovedRecords()
    /// Blocks that were frozen while a roll-out's evaluation was being folded anew.
    var missed: [String: [FrozenBlock]] = [:]

    struct PendingVerdict {
        var row: VerdictRow
        var judged: JudgedVerdict
        var evidence: [EvidenceFileRow] = []
        var statements: [StatementRow] = []
    }

    init(
        store: any Store, clock: any WallClock, policies: PolicyShelf, hub: ChangeHub, scribe: Scribe = .unsigned,
        ledger: LedgerService? = nil, logger: Logger
    ) {
        self.scribe = scribe
        self.ledger = ledger
        self.store = store
        self.clock = clock
        self.policies = policies
        self.hub = hub
        self.logger = logger
        startMicroseconds = clock.nowMicroseconds()
    }

    // MARK: Service

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.tick()
                try? await Task.sleep(for: .milliseconds(await self.tickMilliseconds))
            }
        }
        hub.close()
    }

    /// A fifth of the shortest block in use.
    private var tickMilliseconds: Int {
        let shortest = entries.values.filter(\.rollout.isJudged).map(\.blockSeconds).min() ?? 25
        return min(max(shortest * 200, 100), 5000)
    }

    // MARK: Reports

    func committed(_ reports: [CommittedReport]) async {
        for item in reports {
            feeds[item.report.host, default: HostFeed(host: item.report.host, startMicroseconds: startMicroseconds)]
                .add(
                    item.report, skewMicroseconds: item.skewMicroseconds,
                    receivedMicroseconds: item.receivedMicroseconds)
        }
    }

    // MARK: Approvals

    func take(accesses: [ApprovedAccess]) { records.accesses = accesses }
    func take(manifests: [ApprovedManifest]) { records.manifests = manifests }

    // MARK: Blocks

    /// Freezes, stores, judges and publishes whatever is due.
    func tick() async {
        let now = clock.nowMicroseconds()
        for host in feeds.keys.sorted() {
            unsavedBlocks += (feeds[host]?.takeDue(nowMicroseconds: now) ?? []).map(FrozenBlock.init)
        }
        await publishPending()
        guard !unsavedBlocks.isEmpty, unsavedVerdicts.isEmpty else { return }
        let blocks = unsavedBlocks
        do {
            _ = try await store.freeze(blocks.map { Self.row($0, frozenAt: now) })
        } catch {
            logger.error("blocks could not be stored and wait: \(error)")
            return
        }
        unsavedBlocks.removeFirst(blocks.count)
        for id in entries.keys.sorted() {
            guard entries[id]?.rollout.isJudged == true else { continue }
            if missed[id] != nil {
                missed[id]? += blocks
                continue
            }
            for block in blocks { entries[id]?.evaluation.take(block) }
            await judge(id)
        }
        await publishPending()
    }

    static func row(_ frozen: FrozenBlock, frozenAt now: UInt64) -> BlockRow {
        let block = frozen.block
        return BlockRow(
            host: block.host, blockSeconds: block.blockSeconds, index: Int64(block.index), frozenAtMicroseconds: now,
            digest: Digest(of: frozen.text).bytes, body: frozen.text)
    }

    private func judge(_ id: String) async {
        while var entry = entries[id] {
            do {
                let hours = try entry.judgeComplete(records)
                let now = clock.nowMicroseconds()
                for hour in hours {
                    unsavedVerdicts.append(try pending(hour, entry, now))
                    entry.superseded = nil
                }
            } catch {
                logger.critical("the roll-out \(id) cannot be judged: \(error)")
            }
            entries[id] = entry
            guard let question = entry.evaluation.wantedBaseline else { return }
            do {
                let past = try await baseline(
                    question, entry.rollout.context(records), blockSeconds: entry.blockSeconds)
                // Somebody may have begun another evaluation in the meantime.
                guard entries[id]?.rollout.judging == entry.rollout.judging, missed[id] == nil else { return }
                try entries[id]?.evaluation.take(past)
            } catch {
                logger.error("the past of \(id)'s hosts could not be read; judging waits: \(error)")
                return
            }
        }
    }

    /// - Throws: `LedgerRefusal` for a verdict that cannot be signed: it is not said, and its gate closes in time.
    func pending(_ hour: JudgedHour, _ entry: RolloutEntry, _ now: UInt64) throws -> PendingVerdict {
        let view = VerdictView(
            hour.verdict, id: UUIDv7.make(nowMicroseconds: now), rollout: entry.rollout, evaluatedAtMicroseconds: now,
            pairs: hour.pairs)
        let judged = entry.judged(view, windowEndSeconds: hour.verdict.window.toSeconds)
        var pending = PendingVerdict(row: VerdictRow(view, evaluatedAtMicroseconds: now), judged: judged)
        try sign(&pending, hour, entry)
        return pending
    }

    /// Verdicts are stored, then logged, then said.
    private func publishPending() async {
        let pending = unsavedVerdicts
        guard !pending.isEmpty else { return }
        do {
            for item in pending {
                try await store.append(item.row, evidence: item.evidence, logging: item.statements)
            }
            try await ledger?.flush()
        } catch {
            logger.error("\(pending.count) verdicts could not be put on record and wait: \(error)")
            return
        }
        unsavedVerdicts.removeAll { item in pending.contains { $0.row.id == item.row.id } }
        for item in pending {
            let id = item.row.rollout
            // Another evaluation may have begun in the meantime.
            guard entries[id]?.rollout.judging.number == item.row.judging else { continue }
            let before = entries[id]?.verdict?.view.verdict
            entries[id]?.verdict = item.judged
            if before != item.judged.view.verdict {
                logger.notice("\(id): \(item.row.state), \(item.judged.view.summary)")
            }
            hub.changed(id)
        }
    }
}
