// What the log's writer asks of its storage. Two stores, never one: data may be restored from a backup, the checkpoint
// may not be rolled back.

/// Entries and the tiles that change with them, from index `first` on.
public struct LogBatch: Sendable, Hashable {
    /// The log's size before the batch.
    public let first: UInt64
    /// At least one.
    public let entries: [[UInt8]]
    /// For the tree of `first + entries.count` leaves; a wider tile replaces a narrower one of the same place.
    public let tiles: [TileHashes]
}

/// Entries and tiles, in order.
public protocol LogStorage: TileReader {
    /// Entries held, whether a checkpoint covers them or not.
    func size() async throws -> UInt64

    /// Entries of a range that is held.
    func entries(_ range: Range<UInt64>) async throws -> [[UInt8]]

    /// Makes the batch durable before it returns. Only called with `first` equal to the size.
    func append(_ batch: LogBatch) async throws

    /// Forgets durably every entry and every hash beyond a tree of `size` leaves; narrower tiles of that tree must be
    /// readable afterwards.
    func truncate(to size: UInt64) async throws
}

/// The latest signed checkpoint, alone in its own small store.
public protocol CheckpointStore: Sendable {
    /// - Returns: `nil` if nothing was ever stored.
    func load() async throws -> [UInt8]?

    /// Replaces the stored bytes durably if they are still `expected` (`nil`: nothing stored), in one step.
    /// - Returns: whether it did.
    func compareAndSwap(expected: [UInt8]?, new: [UInt8]) async throws -> Bool
}

/// Makes a checkpoint known to readers; may be called again with the same one.
public typealias PublishCheckpoint = @Sendable (_ checkpoint: [UInt8]) async throws -> Void
