// How a log begins and how its writer starts again. The stored checkpoint wins: what lies beyond it was never promised,
// what is missing below it was.

extension LogWriter {
    /// Begins a log: stores the signed checkpoint of an empty tree. Once in a log's life, by explicit wish.
    /// - Throws: `alreadyInitialised`, `dataWithoutCheckpoint`, or a store's failure.
    public static func initialise(
        _ identity: Identity, storage: any LogStorage, checkpoints: any CheckpointStore
    ) async throws(LogWriterError) {
        guard try await load(checkpoints) == nil else { throw .alreadyInitialised }
        let entries = try await size(of: storage)
        guard entries == 0 else { throw .dataWithoutCheckpoint(entries: entries) }
        let isSwapped: Bool
        do {
            let first = try identity.checkpoint(of: TiledTree())
            isSwapped = try await checkpoints.compareAndSwap(expected: nil, new: first.bytes)
        } catch let refusal as LedgerRefusal {
            throw .signingFailed(refusal)
        } catch {
            throw .checkpointStoreFailed(String(describing: error))
        }
        guard isSwapped else { throw .alreadyInitialised }
    }

    /// Opens a log that exists: checks the data against the stored checkpoint, truncates what lies beyond, and
    /// publishes, since the last run may have ended before it did.
    /// - Throws: `LogWriterError`, with nothing changed unless it is a store's failure or `notPublished`.
    public static func open(
        _ identity: Identity, storage: any LogStorage, checkpoints: any CheckpointStore,
        publish: @escaping PublishCheckpoint
    ) async throws(LogWriterError) -> LogWriter {
        guard let stored = try await load(checkpoints) else { throw .notInitialised }
        let checkpoint: Checkpoint
        do {
            checkpoint = try Checkpoint(note: SignedNote(reading: stored), log: identity.log)
        } catch {
            throw .checkpointUnusable(error)
        }
        let entries = try await size(of: storage)
        guard entries >= checkpoint.size else { throw .dataShort(entries: entries, checkpoint: checkpoint.size) }
        // Checked before anything is cut off: a checkpoint of other data must not destroy these.
        let tree = try await tree(of: checkpoint, storage: storage)
        if entries > checkpoint.size { try await truncate(storage, to: checkpoint.size) }
        do {
            try await publish(stored)
        } catch {
            throw .notPublished(String(describing: error))
        }
        return LogWriter(
            identity: identity, storage: storage, checkpoints: checkpoints, publish: publish, tree: tree,
            stored: stored)
    }

    private static func load(_ checkpoints: any CheckpointStore) async throws(LogWriterError) -> [UInt8]? {
        do {
            return try await checkpoints.load()
        } catch {
            throw .checkpointStoreFailed(String(describing: error))
        }
    }

    private static func size(of storage: any LogStorage) async throws(LogWriterError) -> UInt64 {
        do {
            return try await storage.size()
        } catch {
            throw .storageFailed(String(describing: error))
        }
    }

    private static func truncate(_ storage: any LogStorage, to size: UInt64) async throws(LogWriterError) {
        do {
            try await storage.truncate(to: size)
        } catch {
            throw .storageFailed(String(describing: error))
        }
        let left = try await Self.size(of: storage)
        guard left == size else { throw .storageFailed("\(left) entries are left after truncating to \(size)") }
    }

    /// The tree at the checkpoint's size, compared with its root; and the last tile's entries with their hashes, since
    /// entries and tiles may have been stored apart.
    private static func tree(
        of checkpoint: Checkpoint, storage: any LogStorage
    ) async throws(LogWriterError) -> TiledTree {
        let tree: TiledTree
        var tail: [[UInt8]] = []
        var hashes: [UInt8] = []
        do {
            tree = try await TiledTree(size: checkpoint.size, tiles: storage)
            let last = (max(checkpoint.size, 1) - 1) / UInt64(Tile.fullWidth)
            if let bundle = EntryBundle(index: last, size: checkpoint.size),
                let tile = Tile(level: 0, index: last, size: checkpoint.size)
            {
                tail = try await storage.entries(bundle.range)
                hashes = try await storage.hashes(of: tile)
            }
        } catch let refusal as LedgerRefusal {
            throw .dataDiffers(refusal.description)
        } catch {
            throw .storageFailed(String(describing: error))
        }
        guard tree.root == checkpoint.root else { throw .dataDiffers("the tiles lead to another root") }
        guard tail.flatMap({ Merkle.leaf($0).bytes }) == hashes else {
            throw .dataDiffers("the last entries are not those that the tiles hash")
        }
        return tree
    }
}
