import Testing

@testable import Ledger

@Suite struct ManifestTests {
    private func manifest() throws -> Manifest { try Manifest(reading: Fixtures.bytes("evidence/manifest.json")) }

    @Test func everyMemberIsReadAsItWasWritten() throws {
        var manifest = try manifest()
        manifest.missing = [Manifest.Gap(host: "db-3", window: manifest.window, reason: "hostSilent")]
        manifest.excluded = [try #require(LedgerID("0198f1c2-3b5e-7d44-9a10-4f6f0c2b7e11"))]
        #expect(try Manifest(reading: manifest.encoded()) == manifest)
        manifest.chunks = []
        #expect(try Manifest(reading: manifest.encoded()) == manifest)
    }

    @Test(arguments: [
        ("\"v\":\"1\"", "\"v\":\"2\""), ("\"missing\":[],", ""), ("\"judge\":", "\"excluded\":[],\"judge\":"),
        ("\"judge\":", "\"excluded\":[\"x\"],\"judge\":"), ("\"judge\":", "\"excluded\":[\"\"],\"judge\":"),
        ("\"chunks\":[", "\"chunks\":[\"\","),
        ("\"side\":\"old\"", "\"side\":\"Old\""), ("\"path\":\"db-1.jsonl\"", "\"path\":\"../db-1.jsonl\""),
        ("\"path\":\"db-1.jsonl\"", "\"path\":\"/db-1.jsonl\""), ("\"path\":\"db-1.jsonl\"", "\"path\":\"a//b\""),
        ("\"path\":\"db-1.jsonl\"", "\"path\":\"a/.b\""), ("\"path\":\"db-1.jsonl\"", "\"path\":\"a\\\\b\""),
        ("\"path\":\"db-1.jsonl\"", "\"path\":\"a b\""), ("\"records\":\"12\"", "\"records\":\"-12\""),
        ("\"size\":\"2210\"", "\"size\":\"02210\""), ("\"size\":\"2210\"", "\"size\":\"8388609\""),
        ("\"size\":\"398\"", "\"size\":\"1048577\""), ("\"sha256\":\"4e27", "\"sha256\":\"4E27"),
        ("\"rollout\":", "\"rest\":\"\",\"rollout\":"), ("\"host\":\"db-1\"", "\"host\":\"\""),
        ("\"missing\":[]", "\"missing\":[\"db-1\"]"), ("\"missing\":[]", "\"missing\":{}"),
        (
            "\"missing\":[]",
            "\"missing\":[{\"from\":\"2026-11-20T01:00:00Z\",\"host\":\"a\",\"reason\":\"r\","
                + "\"to\":\"2026-11-20T01:00:00Z\"}]"
        ),
        (
            "\"missing\":[]",
            "\"missing\":[{\"from\":\"2026-11-20T01:00:00Z\",\"host\":\"a\",\"reason\":\"no code\","
                + "\"to\":\"2026-11-20T02:00:00Z\"}]"
        ),
    ])
    func anotherMeaningIsRefused(_ old: String, _ new: String) throws {
        let text = try Fixtures.text("evidence/manifest.json")
        #expect(text.contains(old))
        #expect(refusal { _ = try Manifest(reading: text.with(old, new).bytes) }?.area == .evidence, "\(new)")
    }

    @Test func anotherSpellingIsRefused() throws {
        let text = try Fixtures.text("evidence/manifest.json")
        for other in [text + "\n", text.with("\"v\":\"1\"", "\"v\":1"), text.with(",", ", "), "", "null"] {
            #expect(refusal { _ = try Manifest(reading: other.bytes) }?.area == .canonical)
        }
    }

    @Test func limitsAreKept() throws {
        var manifest = try manifest()
        let chunk = try #require(manifest.chunks.first)
        let wordy = Manifest.Chunk(
            side: .old, host: String(repeating: "h", count: 200), file: chunk.file, records: 12)
        manifest.chunks = [Manifest.Chunk](repeating: wordy, count: LedgerLimits.chunks)
        // So many of this size are longer than a manifest may be: the sum is bounded as well.
        #expect(refusal { _ = try manifest.encoded() }?.why.contains("4194304 bytes") == true)
        let short = Manifest.Chunk(
            side: .old, host: "h", file: ManifestFile(path: "a", sha256: chunk.file.sha256, size: 0), records: 0)
        manifest.chunks = [Manifest.Chunk](repeating: short, count: LedgerLimits.chunks)
        _ = try manifest.encoded()
        manifest.chunks.append(short)
        #expect(refusal { _ = try manifest.encoded() }?.area == .evidence)
        manifest.chunks = []
        manifest.excluded = []
        manifest.rollout = String(repeating: "r", count: LedgerLimits.nameBytes + 1)
        #expect(refusal { _ = try manifest.encoded() }?.area == .evidence)
    }

    @Test func chunksAreCheckedAgainstDigestSizeAndLines() throws {
        let chunk = try #require(try manifest().chunks.first)
        let bytes = try Fixtures.bytes("evidence/db-1.jsonl")
        try chunk.check(bytes)
        for other in [Array(bytes.dropLast()), bytes + [0x0A], [bytes[0] ^ 1] + bytes.dropFirst(), []] {
            #expect(refusal { try chunk.check(other) }?.area == .evidence)
        }
        let file = { (bytes: [UInt8]) in
            ManifestFile(path: "a", sha256: Digest(of: bytes), size: UInt64(bytes.count))
        }
        for (bytes, records, fits) in [
            ("a\nb\n", 2, true), ("a\nb", 1, false), ("a\nb\n", 1, false), ("", 0, true), ("", 1, false),
        ] as [(String, UInt64, Bool)] {
            let chunk = Manifest.Chunk(side: .new, host: "h", file: file(bytes.bytes), records: records)
            #expect((refusal { try chunk.check(bytes.bytes) } == nil) == fits, "\(bytes) \(records)")
        }
    }
}
