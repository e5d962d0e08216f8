import Evaluation
import Ledger

/// All files of one signed verdict: those that were kept, and the evidence, written again from the frozen blocks and
/// compared with the manifest's digests before anybody gets it.
struct VerdictArchive: Sendable {
    let manifest: Manifest
    private let envelope: [UInt8]
    private let blockSeconds: Int
    private let kept: [(name: String, bytes: [UInt8])]
    private let store: any Store

    /// - Throws: `StoreError`; `LedgerRefusal` for a statement that is no verdict's.
    init(_ envelope: [UInt8], store: any Store) async throws {
        self.envelope = envelope
        self.store = store
        let statement = try VerdictStatement(reading: Envelope(reading: envelope).payload)
        let bytes = try await Self.file(statement.evidence.sha256, store)
        manifest = try Manifest(reading: bytes)
        let policy = try await Self.file(manifest.policy.sha256, store)
        var kept = [("evidence/manifest.json", bytes), ("evidence/" + manifest.policy.path, policy)]
        if let context = manifest.context {
            kept.append(("evidence/" + context.path, try await Self.file(context.sha256, store)))
        }
        self.kept = kept
        guard let text = String(validating: policy, as: UTF8.self) else {
            throw StoreError.damaged("a stored policy is not UTF-8")
        }
        blockSeconds = try PolicyShelf.entry(text, file: "stored policy").document.judge.blockSeconds
    }

    private static func file(_ digest: Digest, _ store: any Store) async throws(StoreError) -> [UInt8] {
        guard let bytes = try await store.evidenceFile(digest.bytes) else {
            throw .damaged("the evidence \(digest) is not there any more")
        }
        guard Digest(of: bytes) == digest else { throw .damaged("the evidence \(digest) has another content now") }
        return bytes
    }

    /// Everything but the evidence's chunks.
    func head(
        proof: [UInt8], keys: (signer: [UInt8], log: [UInt8])
    ) -> [(name: String, bytes: [UInt8])] {
        [("README.txt", Array(Self.readme.utf8)), ("verdict.dsse.json", envelope), ("verdict.tlog-proof", proof)]
            + [("keys/verdict-signer.json", keys.signer), ("keys/log.vkey", keys.log + [0x0A])] + kept
    }

    private static let readme = """
        One verdict of Perch with everything that it rests on.

          verdict.dsse.json        the signed statement (DSSE, in-toto test result)
          verdict.tlog-proof       its place in the log, with the signed checkpoint (C2SP tlog-proof)
          evidence/manifest.json   what was measured, under which policy: files by SHA-256
          keys/                    the collector's keys as it says itself. Trust only keys that came to you by
                                   another way, and compare.

        perchctl verify FILE.tar --keys DIRECTORY --recompute checks all of it without any server.

        """

    /// A file of the evidence by its name in the archive; `nil` if there is none.
    func file(_ name: String) async throws -> [UInt8]? {
        if let known = kept.first(where: { $0.name == name }) { return known.bytes }
        guard let chunk = manifest.chunks.first(where: { "evidence/" + $0.file.path == name }) else { return nil }
        return try await bytes(of: chunk)
    }

    /// - Throws: `StoreError`, also when the blocks are not those that were judged.
    func bytes(of chunk: Manifest.Chunk) async throws -> [UInt8] {
        guard let file = EvidenceFile(chunk) else { throw StoreError.damaged("\(chunk.file.path): no file of ours") }
        let rows = try await store.blocks(
            host: file.host, blockSeconds: blockSeconds, from: Int64(file.blocks.lowerBound),
            to: Int64(file.blocks.upperBound))
        let bytes = rows.flatMap(\.body)
        do {
            try chunk.check(bytes)
        } catch {
            throw StoreError.damaged("\(error)")
        }
        return bytes
    }
}
