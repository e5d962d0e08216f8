// The one writer of the log: append durably, sign, compare and swap, publish. Must never sign for a size twice with
// different roots, and never answer before the checkpoint is public.

/// Appends entries to a log and signs its checkpoints. Stops at the first doubt; a stopped writer is opened anew.
///
/// An append that fails may still have happened (a store can fail after it persisted). Whoever appended looks for its
/// entries in the log, from the size it knew, before it appends them again.
public actor LogWriter {
    /// The name and key of the log; both stay for the log's life.
    public struct Identity: Sendable {
        /// What readers verify the checkpoints with.
        public let log: NoteKey
        let key: SigningKey

        /// - Parameter origin: name of the log and of its key.
        /// - Throws: `key` for a name that notes cannot carry.
        public init(origin: String, key: SigningKey) throws(LedgerRefusal) {
            log = try NoteKey(name: origin, kind: .ed25519, key: key.verifyingKey)
            self.key = key
        }

        func checkpoint(of tree: TiledTree) throws(LedgerRefusal) -> SignedNote {
            try Checkpoint(origin: log.name, size: tree.size, root: tree.root).signed(with: key, as: log)
        }
    }

    /// A batch that is in a published checkpoint.
    public struct Appended: Sendable, Hashable {
        /// Index of the batch's first entry; the others follow.
        public let first: UInt64
        /// Entries in the log.
        public let size: UInt64
        /// The signed checkpoint as stored.
        public let checkpoint: [UInt8]
    }

    private enum State {
        /// To `appending`, by `append`.
        case ready(TiledTree, stored: [UInt8])
        /// To `ready`, or `stopped` when the outcome is in doubt.
        case appending
        /// Ends here.
        case stopped(LogWriterError)
    }

    private let identity: Identity
    private let storage: any LogStorage
    private let checkpoints: any CheckpointStore
    private let publish: PublishCheckpoint
    private var state: State

    init(
        identity: Identity, storage: any LogStorage, checkpoints: any CheckpointStore,
        publish: @escaping PublishCheckpoint, tree: TiledTree, stored: [UInt8]
    ) {
        self.identity = identity
        self.storage = storage
        self.checkpoints = checkpoints
        self.publish = publish
        state = .ready(tree, stored: stored)
    }

    /// The stored checkpoint.
    /// - Throws: `busy` or `stopped`.
    public var checkpoint: [UInt8] {
        get throws(LogWriterError) { try ready().stored }
    }

    /// Appends entries in their order; returns once they are in a published checkpoint.
    /// - Parameter entries: 1 … 100 000.
    /// - Throws: `LogWriterError`; after `batchRefused`, `busy` and `notPublished` the writer goes on.
    public func append(_ entries: [LogEntry]) async throws(LogWriterError) -> Appended {
        let (tree, stored) = try ready()
        guard (1...LedgerLimits.batchEntries).contains(entries.count) else {
            throw .batchRefused("\(entries.count) entries, 1 to \(LedgerLimits.batchEntries) are allowed")
        }
        guard UInt64(entries.count) <= LedgerLimits.logEntries - tree.size else {
            throw .batchRefused("the log is full; a new one must begin")
        }
        state = .appending
        let next: TiledTree
        let checkpoint: [UInt8]
        do {
            (next, checkpoint) = try await advance(tree, by: entries, stored: stored)
        } catch {
            state = .stopped(error)
            throw error
        }
        defer { state = .ready(next, stored: checkpoint) }
        do {
            try await publish(checkpoint)
        } catch {
            throw .notPublished(String(describing: error))
        }
        return Appended(first: tree.size, size: next.size, checkpoint: checkpoint)
    }

    /// Publishes the stored checkpoint again, after `notPublished`.
    public func publishAgain() async throws(LogWriterError) {
        let (tree, stored) = try ready()
        state = .appending
        defer { state = .ready(tree, stored: stored) }
        do {
            try await publish(stored)
        } catch {
            throw .notPublished(String(describing: error))
        }
    }

    private func ready() throws(LogWriterError) -> (tree: TiledTree, stored: [UInt8]) {
        switch state {
        case .ready(let tree, let stored): return (tree, stored)
        case .appending: throw .busy
        case .stopped(let error): throw .stopped(error.description)
        }
    }

    /// Steps 1 to 3. Nothing of the new checkpoint leaves here unless it was swapped in.
    private func advance(
        _ tree: TiledTree, by entries: [LogEntry], stored: [UInt8]
    ) async throws(LogWriterError) -> (TiledTree, [UInt8]) {
        var next = tree
        for entry in entries { next.append(entry.leafHash) }
        let batch = LogBatch(first: tree.size, entries: entries.map(\.bytes), tiles: next.takeTiles())
        do {
            try await storage.append(batch)
        } catch {
            throw .storageFailed(String(describing: error))
        }
        let checkpoint: [UInt8]
        do {
            checkpoint = try identity.checkpoint(of: next).bytes
        } catch {
            throw .signingFailed(error)
        }
        let isSwapped: Bool
        do {
            isSwapped = try await checkpoints.compareAndSwap(expected: stored, new: checkpoint)
        } catch {
            throw .checkpointStoreFailed(String(describing: error))
        }
        guard isSwapped else { throw .anotherWriter }
        return (next, checkpoint)
    }
}
