import Testing

@testable import Ctl

struct ArgumentsTests {
    @Test(arguments: [("90s", 90), ("10m", 600), ("36h", 129_600), ("2d", 172_800), ("0s", 0)])
    func durationsAreReadWithTheirUnit(text: String, seconds: Int) {
        #expect(WaitTime(argument: text)?.span.seconds == seconds)
    }

    @Test(arguments: ["", "5", "s", "-5s", "1.5h", "2 h", "2H", "1h30m", "99999999999999999999s", "4000d"])
    func otherDurationsAreRefused(text: String) { #expect(WaitTime(argument: text) == nil) }

    @Test(arguments: ["r/1", "..", "", "a b", "r?x", "r%2f"])
    func whatWouldChangeAnAddressIsNoName(text: String) { #expect(Name(argument: text) == nil) }

    @Test func momentsAreInUTCWithSeconds() {
        #expect(Moment(argument: "2026-11-20T12:05:00Z")?.text == "2026-11-20T12:05:00Z")
        for text in ["2026-11-20", "2026-11-20T12:05:00+01:00", "2026-13-20T12:05:00Z", "now", "2026-11-20 12:05:00Z"] {
            #expect(Moment(argument: text) == nil, "\(text)")
        }
    }

    @Test func digestsAreLowercaseHexOfSHA256() {
        #expect(HexDigest(argument: String(repeating: "a0", count: 32)) != nil)
        #expect(HexDigest(argument: String(repeating: "A0", count: 32)) == nil)
        #expect(HexDigest(argument: "a0") == nil)
    }

    @Test func idempotencyKeysAreVisibleASCIIOfBoundedLength() {
        #expect(IdempotencyKey(argument: String(repeating: "k", count: 128)) != nil)
        #expect(IdempotencyKey(argument: String(repeating: "k", count: 129)) == nil)
        #expect(IdempotencyKey(argument: "a\r\nX: y") == nil)
        #expect(IdempotencyKey.random() != IdempotencyKey.random())
    }
}
