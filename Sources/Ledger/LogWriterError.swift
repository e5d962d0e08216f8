// Why the log does not go on.

/// Each case says whether the writer goes on; in doubt it does not.
public enum LogWriterError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The checkpoint store is empty: starting here would begin a second history.
    case notInitialised
    case alreadyInitialised
    /// Asked to begin a log over data that is there already.
    case dataWithoutCheckpoint(entries: UInt64)
    case checkpointUnusable(LedgerRefusal)
    case dataShort(entries: UInt64, checkpoint: UInt64)
    case dataDiffers(String)
    /// Nothing was written; the writer goes on.
    case batchRefused(String)
    /// The last batch has not ended. One task appends.
    case busy
    case anotherWriter
    /// Whether the data persisted is unknown; opening anew finds out.
    case storageFailed(String)
    /// Whether the checkpoint persisted is unknown; opening anew finds out.
    case checkpointStoreFailed(String)
    case signingFailed(LedgerRefusal)
    /// The entries are in the log for ever, but must not be answered as final yet. The writer goes on.
    case notPublished(String)
    /// An earlier batch failed; only opening anew goes on.
    case stopped(String)

    /// Stable.
    public var code: String {
        switch self {
        case .notInitialised: "ledger-not-initialised"
        case .alreadyInitialised: "ledger-already-initialised"
        case .dataWithoutCheckpoint: "ledger-data-without-checkpoint"
        case .checkpointUnusable: "ledger-checkpoint-unusable"
        case .dataShort: "ledger-data-short"
        case .dataDiffers: "ledger-data-differs"
        case .batchRefused: "ledger-batch-refused"
        case .busy: "ledger-busy"
        case .anotherWriter: "ledger-another-writer"
        case .storageFailed: "ledger-storage-failed"
        case .checkpointStoreFailed: "ledger-checkpoint-store-failed"
        case .signingFailed: "ledger-signing-failed"
        case .notPublished: "ledger-not-published"
        case .stopped: "ledger-stopped"
        }
    }

    public var description: String {
        switch self {
        case .notInitialised:
            "the checkpoint store is empty; a log that is to begin here must be created explicitly"
        case .alreadyInitialised: "the checkpoint store holds a checkpoint; the log exists"
        case .dataWithoutCheckpoint(let entries):
            "the log's data hold \(entries) entries but there is no checkpoint; a second history must not begin"
        case .checkpointUnusable(let refusal): "the stored checkpoint cannot be used: \(refusal)"
        case .dataShort(let entries, let checkpoint):
            "the log's data hold \(entries) entries, the stored checkpoint covers \(checkpoint)"
        case .dataDiffers(let what): "the log's data are not what the stored checkpoint covers: \(what)"
        case .batchRefused(let why): "the entries were refused: \(why)"
        case .busy: "the last batch has not ended"
        case .anotherWriter: "another process replaced the checkpoint; this one must stop"
        case .storageFailed(let why): "the log's data could not be written or read: \(why)"
        case .checkpointStoreFailed(let why): "the checkpoint store failed: \(why)"
        case .signingFailed(let refusal): "the checkpoint could not be signed: \(refusal)"
        case .notPublished(let why): "the checkpoint is stored but could not be published: \(why)"
        case .stopped(let why): "the log's writer stopped: \(why)"
        }
    }
}
