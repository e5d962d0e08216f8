import Testing

@testable import Ledger

/// The published example, byte for byte, from the published seeds and our own code.
@Suite(.enabled(if: Example.isDeterministic, "Ed25519 signatures are randomised on this platform"))
struct AuditExampleTests {
    let example: Example

    init() throws { example = try Example() }

    private func expect(_ bytes: [UInt8], _ name: String) throws {
        #expect(bytes == (try Fixtures.bytes(name)), "\(name)")
    }

    @Test func keysAreWrittenAsPublished() throws {
        try expect(example.signer.verifyingKey.text, "keys/verdict-signer.json")
        try expect((example.log.text + "\n").bytes, "keys/log.vkey")
        try expect((example.witness.text + "\n").bytes, "keys/witness.vkey")
        let seeds = try CanonicalJSON(reading: Fixtures.bytes("keys/TEST-ONLY-seeds.json"))
        #expect(seeds["log"]?.text == String(repeating: "02", count: 32))
    }

    @Test func evidenceIsWrittenAsPublished() throws {
        for (side, host) in Example.hosts { try expect(Example.blocks(host, side), "evidence/\(host).jsonl") }
        let policy = try Fixtures.bytes("evidence/policy.json")
        try expect(CanonicalJSON(reading: policy).bytes, "evidence/policy.json")
        try expect(example.manifest(policy: policy).encoded(), "evidence/manifest.json")
    }

    @Test func statementAndEnvelopeAreWrittenAsPublished() throws {
        try expect(example.verdict().encoded(), "verdict.statement.json")
        try expect(example.envelope().bytes, "verdict.dsse.json")
        try expect(LogEntry(example.envelope()).bytes, "log/entry-5.json")
    }

    /// The whole log, written by the log's own writer in two batches.
    @Test func logAndProofsAreWrittenAsPublished() async throws {
        let entries = try example.entries()
        let stores = MemoryStores()
        try await LogWriter.initialise(
            try example.identity, storage: stores.storage, checkpoints: stores.checkpoints)
        let writer = try await stores.open(try example.identity)
        let old = try await writer.append(Array(entries[..<4]))
        try expect(old.checkpoint, "log/checkpoint-4")
        let new = try await writer.append(Array(entries[4...]))
        #expect(new.first == 4 && new.size == 7)

        var note = try SignedNote(reading: new.checkpoint)
        try note.cosign(with: example.witnessKey, as: example.witness, unixSeconds: 1_795_177_500)
        try expect(note.bytes, "log/checkpoint")

        let bundle = try #require(EntryBundle(index: 0, size: 7))
        #expect(bundle.path == "tile/entries/000.p/7")
        try expect(EntryBundle.encode(await stores.storage.entries(0..<7)), "log/" + bundle.path)
        let tile = try #require(Tile(level: 0, index: 0, size: 7))
        #expect(tile.path == "tile/0/000.p/7")
        try expect(await stores.storage.hashes(of: tile), "log/" + tile.path)

        let inclusion = try await InclusionProof.make(index: 5, size: 7, tiles: stores.storage)
        try expect(TlogProof(index: 5, hashes: inclusion.hashes, note: note).bytes, "verdict.tlog-proof")
        let consistency = try await ConsistencyProof.make(oldSize: 4, newSize: 7, tiles: stores.storage)
        try expect(
            ConsistencyText(oldSize: 4, hashes: consistency.hashes, note: note).bytes, "log/consistency-4-7")
    }

    @Test func whatIsReadIsWrittenAgainUnchanged() throws {
        let dsse = try Fixtures.bytes("verdict.dsse.json")
        #expect(try Envelope(reading: dsse).bytes == dsse)
        let statement = try Fixtures.bytes("verdict.statement.json")
        #expect(try VerdictStatement(reading: statement).encoded() == statement)
        #expect(try Statement(reading: statement).bytes == statement)
        let manifest = try Fixtures.bytes("evidence/manifest.json")
        #expect(try Manifest(reading: manifest).encoded() == manifest)
        let entry = try Fixtures.bytes("log/entry-5.json")
        #expect(try LogEntry(reading: entry).bytes == entry)
        for name in ["log/checkpoint", "log/checkpoint-4"] {
            #expect(try SignedNote(reading: Fixtures.bytes(name)).bytes == Fixtures.bytes(name))
        }
        let proof = try Fixtures.bytes("verdict.tlog-proof")
        #expect(try TlogProof(reading: proof).bytes == proof)
        let consistency = try Fixtures.bytes("log/consistency-4-7")
        #expect(try ConsistencyText(reading: consistency).bytes == consistency)
    }
}
