import Ledger
import Logging
import ServiceLifecycle
import Synchronization

/// Carries stored statements into the log and publishes its checkpoints. The one writer of the log: a decision is
/// stored with its statement, and the log follows within a second, across restarts too.
actor LedgerService: Service {
    static let batchEntries = 1000
    static let flushMilliseconds = 1000

    private let store: any Store
    private let checkpoints: any CheckpointStore
    private let identity: LogWriter.Identity
    private let logger: Logger
    private var writer: LogWriter?
    /// One flush at a time; who comes meanwhile waits for the next one, which holds theirs.
    private let turn = Turn()
    private nonisolated let published = Mutex<[UInt8]?>(nil)
    /// The same fault is told once.
    private var told: String?

    init(store: any Store, checkpoints: any CheckpointStore, identity: LogWriter.Identity, logger: Logger) {
        self.store = store
        self.checkpoints = checkpoints
        self.identity = identity
        self.logger = logger
    }

    nonisolated var log: NoteKey { identity.log }
    /// The newest checkpoint that clients may see, as a signed note; `nil` before the log is open.
    nonisolated var checkpoint: [UInt8]? { published.withLock { $0 } }
    nonisolated var publishedSize: UInt64 {
        guard let checkpoint, let note = try? SignedNote(reading: checkpoint) else { return 0 }
        return (try? Checkpoint(text: note.text).size) ?? 0
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(Self.flushMilliseconds))
                try? await self.flush()
            }
        }
        try? await flush()
    }

    /// Every statement that was stored before this call is in a published checkpoint when it returns.
    /// - Throws: `LogWriterError`, `StoreError`: nothing is lost, the next call tries again.
    func flush() async throws {
        await turn.take()
        defer { turn.pass() }
        do {
            try await append()
            if told != nil { logger.notice("the log goes on") }
            told = nil
        } catch {
            let fault = "\(error)"
            if told != fault { logger.error("the log cannot go on at the moment: \(fault)") }
            told = fault
            throw error
        }
    }

    private func append() async throws {
        let writer = try await opened()
        while true {
            let rows = try await store.unlogged(limit: Self.batchEntries)
            guard !rows.isEmpty else { return }
            let entries = try rows.map { try LogEntry(Envelope(reading: $0.envelope)) }
            do {
                _ = try await writer.append(entries)
            } catch .notPublished {
                try await writer.publishAgain()
            } catch {
                // In doubt what persisted: opening anew finds out.
                self.writer = nil
                throw error
            }
            guard rows.count == Self.batchEntries else { return }
        }
    }

    private func opened() async throws -> LogWriter {
        if let writer { return writer }
        try await refuseRolledBackCheckpoint()
        let opened = try await LogWriter.open(identity, storage: store, checkpoints: checkpoints) { [self] bytes in
            try await store.notePublished(bytes)
            published.withLock { $0 = bytes }
        }
        writer = opened
        return opened
    }

    /// Opening with an older checkpoint would cut off what was published, and begin a second history.
    private func refuseRolledBackCheckpoint() async throws {
        guard let known = try await store.publishedCheckpoint(), let stored = try await checkpoints.load() else {
            return
        }
        let before = try Checkpoint(note: SignedNote(reading: known), log: log)
        let now = try Checkpoint(note: SignedNote(reading: stored), log: log)
        guard now.size < before.size else { return }
        throw RolledBack(stored: now.size, published: before.size)
    }

    struct RolledBack: Error, CustomStringConvertible {
        let stored: UInt64
        let published: UInt64

        var description: String {
            "the checkpoint's file holds \(stored) entries, \(published) were published: it was restored from a "
                + "backup, which must never happen. Bring the newest one back; if it is lost, this log has ended: "
                + "begin another with another origin and key"
        }
    }

    // MARK: Reading

    /// - Returns: `nil` while the entry is in no published checkpoint.
    /// - Throws: `LedgerRefusal`, `StoreError`.
    nonisolated func proof(of index: UInt64) async throws -> TlogProof? {
        guard let checkpoint else { return nil }
        let note = try SignedNote(reading: checkpoint)
        let size = try Checkpoint(note: note, log: log).size
        guard index < size else { return nil }
        let inclusion = try await InclusionProof.make(index: index, size: size, tiles: store)
        return TlogProof(index: index, hashes: inclusion.hashes, note: note)
    }

    /// - Returns: `nil` for a size beyond the published checkpoint.
    /// - Throws: `LedgerRefusal`, `StoreError`.
    nonisolated func consistency(from oldSize: UInt64) async throws -> ConsistencyText? {
        guard let checkpoint else { return nil }
        let note = try SignedNote(reading: checkpoint)
        let size = try Checkpoint(note: note, log: log).size
        guard oldSize <= size else { return nil }
        let proof = try await ConsistencyProof.make(oldSize: oldSize, newSize: size, tiles: store)
        return ConsistencyText(oldSize: oldSize, hashes: proof.hashes, note: note)
    }
}
