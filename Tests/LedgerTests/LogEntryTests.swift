import Testing

@testable import Ledger

@Suite struct LogEntryTests {
    @Test func signaturesAreSortedHoweverTheyCame() throws {
        let keys = try (1...5).map { try SigningKey(seed: [UInt8](repeating: $0, count: 32)) }
        let entry = try LogEntry(Envelope(signing: "{}".bytes, keys: keys))
        let ids = entry.signatures.map(\.keyID)
        #expect(ids == ids.sorted())
        if Example.isDeterministic {
            #expect(try LogEntry(Envelope(signing: "{}".bytes, keys: keys.reversed())) == entry)
        }
        #expect(try LogEntry(reading: entry.bytes) == entry)
        #expect(entry.payloadDigest == Digest(of: "{}".bytes))
        #expect(entry.leafHash == Digest(of: [0] + entry.bytes))
    }

    @Test func entriesAreReadStrictly() throws {
        let text = try Fixtures.text("log/entry-5.json")
        let keys = try (1...2).map { try SigningKey(seed: [UInt8](repeating: $0, count: 32)) }
        let two = String(decoding: try LogEntry(Envelope(signing: "{}".bytes, keys: keys)).bytes, as: UTF8.self)
        let parts = two.with("},{", "}|{").split(separator: "[")[1].split(separator: "]")[0].split(separator: "|")
        for other in [
            text.with("\"v\":\"1\"", "\"v\":\"2\""), text.with("1c78", "1C78"), text.with("Bw==", "Bx=="),
            text.with("}],\"v\"", "}],\"u\":\"\",\"v\""), text + "\n", "", "{}", "{\"v\":\"1\"}",
            two.with("\(parts[0]),\(parts[1])", "\(parts[1]),\(parts[0])"),
            two.with("\(parts[0]),\(parts[1])", "\(parts[0]),\(parts[0])"),
            two.with("\(parts[0]),\(parts[1])", ""),
            String(repeating: "x", count: LedgerLimits.entryBytes + 1),
        ] {
            #expect(refusal { _ = try LogEntry(reading: other.bytes) }?.area == .entry, "\(other)")
        }
    }

    @Test func anEntryBeyondItsLimitIsRefused() throws {
        let keys = try (0..<16).map { try SigningKey(seed: [UInt8](repeating: UInt8($0), count: 32)) }
        let type = String(repeating: "t", count: LedgerLimits.nameBytes)
        let fits = try Envelope(signing: "{}".bytes, type: type, keys: Array(keys.prefix(15)))
        #expect(try LogEntry(fits).bytes.count <= LedgerLimits.entryBytes)
        let long = try Envelope(
            signing: "{}".bytes, type: String(repeating: "\u{1}", count: LedgerLimits.nameBytes), keys: keys)
        #expect(refusal { _ = try LogEntry(long) }?.area == .entry)
    }
}
