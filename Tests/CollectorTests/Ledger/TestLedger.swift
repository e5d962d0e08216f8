import Evaluation
import Ledger
import Logging
import Shared

@testable import Collector

/// A log with keys of its own over a test's store, and what verifies it.
struct TestLedger: Sendable {
    let scribe: Scribe
    let service: LedgerService
    let identity: LogWriter.Identity
    let checkpoints: StartedCheckpoints
    let trusted: TrustedKeys
    private let store: any Store

    init(store: any Store) throws {
        let signer = try SigningKey(seed: Array(repeating: 7, count: 32))
        identity = try LogWriter.Identity(
            origin: "perch.example/log/test", key: SigningKey(seed: Array(repeating: 9, count: 32)))
        self.store = store
        scribe = Scribe(key: signer)
        checkpoints = StartedCheckpoints(identity, store)
        service = LedgerService(
            store: store, checkpoints: checkpoints, identity: identity, logger: Logger(label: "test"))
        trusted = TrustedKeys(signers: [signer.verifyingKey], log: identity.log)
    }

    /// All files of a verdict, by name.
    func archive(of id: String) async throws -> [String: [UInt8]] {
        guard let logged = try await store.statement(id: id), let index = logged.index,
            let proof = try await service.proof(of: index)
        else { throw Problem(.notFound, "\(id) is not in the log") }
        let archive = try await VerdictArchive(logged.statement.envelope, store: store)
        let keys = (signer: trusted.signers.first?.text ?? [], log: Array(identity.log.text.utf8))
        var files: [String: [UInt8]] = [:]
        for (name, bytes) in archive.head(proof: proof.bytes, keys: keys) { files[name] = bytes }
        for chunk in archive.manifest.chunks {
            files["evidence/" + chunk.file.path] = try await archive.bytes(of: chunk)
        }
        return files
    }

    /// With recomputation, without any server.
    func verify(_ files: [String: [UInt8]]) throws -> VerificationReport {
        try Verification(keys: trusted, recompute: Recomputation.run).verify { name, _ in files[name] }
    }
}

/// Checkpoints in memory; the log begins when it is first asked for.
actor StartedCheckpoints: CheckpointStore {
    private let identity: LogWriter.Identity
    private let store: any Store
    private(set) var stored: [UInt8]?
    private var hasBegun = false

    init(_ identity: LogWriter.Identity, _ store: any Store) {
        self.identity = identity
        self.store = store
    }

    func load() async throws -> [UInt8]? {
        if !hasBegun {
            hasBegun = true
            try await LogWriter.initialise(identity, storage: store, checkpoints: self)
        }
        return stored
    }

    func compareAndSwap(expected: [UInt8]?, new: [UInt8]) -> Bool {
        guard stored == expected else { return false }
        stored = new
        return true
    }

    /// As a backup that is restored does it.
    func put(_ bytes: [UInt8]?) { stored = bytes }
}
