import Testing

@testable import Ledger

@Suite struct TlogProofTests {
    let example: Example
    let text: String
    let leaf: Digest

    init() throws {
        example = try Example()
        text = try Fixtures.text("verdict.tlog-proof")
        leaf = Merkle.leaf(try Fixtures.bytes("log/entry-5.json"))
    }

    @Test func anExtraLineIsSkipped() throws {
        let extra = text.with("index 5", "extra aGVsbG8=\nindex 5")
        let proof = try TlogProof(reading: extra.bytes)
        #expect(proof == (try TlogProof(reading: text.bytes)))
        #expect(try proof.verify(leafHash: leaf, log: example.log).size == 7)
        for other in ["extra aGVsbG9=", "extra aGVsbG8=\nextra aGVsbG8=", "extra", "extraaGVsbG8=", "Extra aGVsbG8="] {
            let changed = text.with("index 5", "\(other)\nindex 5")
            #expect(refusal { _ = try TlogProof(reading: changed.bytes) }?.area == .proof, "\(other)")
        }
    }

    @Test func proofsAreReadStrictly() throws {
        let hash = "exk9sSCmAjEJ7W7/bEpufI1RcKwFOIBAs5cNYJT2kpA="
        for (other, area) in [
            (text.with("proof@v1", "proof@v2"), .proof), (text.with("index 5", "index 05"), .proof),
            (text.with("index 5", "index  5"), .proof), (text.with("index 5", "index -5"), .proof),
            (text.with("index 5", "index 9223372036854775808"), .proof), (text.with("index 5\n", ""), .proof),
            (text.with(hash, "AAAA"), .proof), (text.with(hash, hash.with("A=", "B=")), .proof),
            (text.with(hash, hash + " "), .proof), (text.with("index 5\n", "index 5\n\n"), .checkpoint),
            ("", .proof), ("c2sp.org/tlog-proof@v1\nindex 5\n", .proof), (text.with("\n", "\r\n"), .proof),
            (String(repeating: "a\n", count: 100_000), .proof), ("\n", .proof), ("\n\n", .proof),
        ] as [(String, LedgerRefusal.Area)] {
            let error = refusal { try TlogProof(reading: other.bytes).verify(leafHash: leaf, log: example.log) }
            #expect(error?.area == area, "\(other.prefix(120))")
        }
    }

    @Test func sixtyThreeHashesAreTheMost() throws {
        let hash = "exk9sSCmAjEJ7W7/bEpufI1RcKwFOIBAs5cNYJT2kpA=\n"
        for (count, area) in [(63, .inclusion), (64, .proof), (70, .proof)] as [(Int, LedgerRefusal.Area)] {
            let many = text.with("index 5\n", "index 5\n" + String(repeating: hash, count: count - 3))
            let error = refusal { try TlogProof(reading: many.bytes).verify(leafHash: leaf, log: example.log) }
            #expect(error?.area == area, "\(count)")
        }
    }

    @Test func theWitnessesBodyIsReadStrictly() throws {
        let body = try Fixtures.text("log/consistency-4-7")
        let old = try Checkpoint(note: SignedNote(reading: Fixtures.bytes("log/checkpoint-4")), log: example.log)
        #expect(try ConsistencyText(reading: body.bytes).verify(old: old, log: example.log).size == 7)
        for (other, area) in [
            (body.with("old 4", "old 5"), .consistency), (body.with("old 4", "old 04"), .proof),
            (body.with("old 4\n", ""), .proof), (body.with("old 4", "Old 4"), .proof),
            (body.with("old 4\n", "old 4\n\n"), .checkpoint), ("", .proof),
        ] as [(String, LedgerRefusal.Area)] {
            let error = refusal { try ConsistencyText(reading: other.bytes).verify(old: old, log: example.log) }
            #expect(error?.area == area, "\(other.prefix(40))")
        }
    }

    /// The proof of one entry in a log of one entry has no hashes.
    @Test func aLogOfOneEntryNeedsNoHashes() throws {
        let note = try Checkpoint(origin: Example.origin, size: 1, root: leaf)
            .signed(with: example.logKey, as: example.log)
        let proof = TlogProof(index: 0, hashes: [], note: note)
        #expect(try TlogProof(reading: proof.bytes) == proof)
        try proof.verify(leafHash: leaf, log: example.log)
    }
}
