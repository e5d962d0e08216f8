import Ledger
import Shared

/// Keys, checkpoint and name of a collector's log, from the files that the configuration names.
struct LedgerFiles {
    let signer: SigningKey
    let identity: LogWriter.Identity
    let checkpoints: CheckpointFile

    /// - Throws: `SigningKeyFile.Unusable`, `StoreError`, `LedgerRefusal`.
    init(_ configuration: Configuration.Ledger) throws {
        (signer, identity) = try Self.keys(configuration)
        checkpoints = try CheckpointFile(path: configuration.checkpoint)
    }

    /// - Throws: `SigningKeyFile.Unusable`, `LedgerRefusal`.
    static func keys(
        _ configuration: Configuration.Ledger
    ) throws -> (signer: SigningKey, identity: LogWriter.Identity) {
        let signer = try SigningKeyFile.read(configuration.signingKey)
        let log = try SigningKeyFile.read(configuration.logKey)
        guard signer.verifyingKey != log.verifyingKey else {
            throw SigningKeyFile.Unusable(
                description:
                    "\(configuration.logKey): is the signing key of verdicts, too; the log has a key of its own")
        }
        return (signer, try LogWriter.Identity(origin: configuration.origin, key: log))
    }

    /// Begins a log: makes the keys that are not there, and the checkpoint of an empty log. Once in its life.
    /// - Returns: what verifiers must be given, through a channel of their own.
    /// - Throws: also `LogWriterError` for a log that exists.
    static func create(_ configuration: Configuration.Ledger, store: SQLiteStore) async throws -> String {
        _ = try SigningKeyFile.create(configuration.signingKey)
        _ = try SigningKeyFile.create(configuration.logKey)
        let (signer, identity) = try keys(configuration)
        let checkpoints = try CheckpointFile(path: configuration.checkpoint, isNew: true)
        try await LogWriter.initialise(identity, storage: store, checkpoints: checkpoints)
        return "\(String(decoding: signer.verifyingKey.text, as: UTF8.self))\n\(identity.log.text)\n"
    }
}
