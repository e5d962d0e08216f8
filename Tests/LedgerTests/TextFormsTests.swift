import Foundation
import Testing

@testable import Ledger

@Suite struct TextFormsTests {
    @Test func hexHasOneSpelling() {
        #expect(Hex.encode([0, 0x9A, 0xFF]) == "009aff")
        #expect(Hex.decode("009aff") == [0, 0x9A, 0xFF])
        #expect(Hex.decode("") == [])
        for text in ["0", "0g", "AA", "aé", " 00", "0x00"] { #expect(Hex.decode(text) == nil) }
        #expect(Digest(hex: String(repeating: "0", count: 64)) != nil)
        #expect(Digest(hex: String(repeating: "0", count: 62)) == nil)
        #expect(Digest(hex: String(repeating: "A", count: 64)) == nil)
    }

    @Test func timesAgreeWithAnotherCalendar() throws {
        var random = Seeded(2)
        let style = Date.ISO8601FormatStyle()
        for seconds in [0, 951_782_399, 951_782_400, 4_107_542_399, UTCTime.latestSeconds]
            + (0..<500).map({ _ in Int64.random(in: 0...UTCTime.latestSeconds, using: &random) })
        {
            let time = try #require(UTCTime(unixSeconds: seconds))
            #expect(time.description == Date(timeIntervalSince1970: Double(seconds)).formatted(style))
            #expect(UTCTime(time.description) == time)
        }
    }

    @Test(arguments: [
        "2026-11-20T00:00:00z", "2026-11-20 00:00:00Z", "2026-11-20T00:00:00.0Z", "2026-11-20T00:00:00+00:00",
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "1969-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z", "2026-1-01T00:00:00Z", "", "2026-11-20T00:00:0٠Z",
    ])
    func anotherSpellingOfATimeIsRefused(_ text: String) {
        #expect(UTCTime(text) == nil)
    }

    @Test func timesOutsideTheCalendarAreRefused() throws {
        #expect(UTCTime(unixSeconds: -1) == nil)
        #expect(UTCTime(unixSeconds: UTCTime.latestSeconds + 1) == nil)
        let time = try #require(UTCTime(unixSeconds: 5))
        #expect(UTCWindow(from: time, to: time) == nil)
    }

    @Test(arguments: [
        ("0198f1c2-3b5e-7d44-9a10-4f6f0c2b7e11", true), ("0198F1C2-3b5e-7d44-9a10-4f6f0c2b7e11", false),
        ("0198f1c2-3b5e-4d44-9a10-4f6f0c2b7e11", false), ("0198f1c2-3b5e-7d44-ca10-4f6f0c2b7e11", false),
        ("0198f1c23b5e7d449a104f6f0c2b7e11", false), ("0198f1c2-3b5e-7d44-9a10-4f6f0c2b7e1", false), ("", false),
        ("0198f1c2-3b5e-7d44-9a10-4f6f0c2b7e11-", false),
    ])
    func identitiesAreOfVersionSevenInLowercase(text: String, isOne: Bool) {
        #expect((LedgerID(text) != nil) == isOne)
    }
}
