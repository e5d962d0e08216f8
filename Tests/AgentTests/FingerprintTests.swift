import Shared
import Testing

@testable import Agent

struct FingerprintTests {
    private static func mask(_ text: String) -> String {
        String(decoding: Fingerprint.mask(Array(text.utf8)[...]), as: UTF8.self)
    }

    @Test(arguments: [
        ("Background saving error", "Background saving error"),
        (
            "Failed opening the temp RDB file temp-300.rdb (in server root dir /var/lib/redis-6380) for saving: No",
            "Failed opening the temp RDB file temp-#.rdb (in server root dir /var/lib/redis-#) for saving: No"
        ),
        ("Connection with replica 127.0.0.1:6381 lost.", "Connection with replica # lost."),
        ("from fe80::1%eth0 port 22", "from # port #"), ("::1 and 2001:db8::beef", "# and #"),
        ("mac aa:bb:cc:dd:ee:ff gone", "mac # gone"),
        (
            "Marking node 762f3f8e8500de52bc0b0599ec3797d42c37dc92 as failing (quorum reached).",
            "Marking node # as failing (quorum reached)."
        ),
        ("id 550e8400-e29b-41d4-a716-446655440000", "id #"), ("commit deadbee1", "commit #"),
        ("word deadbeef is eight letters", "word deadbeef is eight letters"),
        ("key \"user:1\" and 'two words' here", "key \"#\" and '#' here"),
        ("Can't recover, it's full", "Can't recover, it's full"),
        ("std::string failed", "std::string failed"), ("took 12ms, 4.5MB of 10%", "took #, # of #%"),
        ("0x7fee276ac38f at 3", "# at #"),
        ("SHA256:FW4Yy+GZ9Ex3rMZVGC3bxEN8hYndmKgsML/A9iFcS30 ok", "# ok"),
        ("a\tb\u{1}  c", "a b c"), ("  trimmed  ", "trimmed"), ("", ""),
        ("error:0A00010B:SSL routines", "error:#:SSL routines"),
    ])
    func whatVariesIsMasked(_ text: String, _ masked: String) {
        #expect(Self.mask(text) == masked)
    }

    @Test func thePastAndThePresentHaveOneNumber() {
        let unit = Fingerprint.template(of: "redis@6379.service")
        let one = Fingerprint.id(unit: unit, message: Array("Short write: (nwritten=293, expected=520034)".utf8)[...])
        let other = Fingerprint.id(unit: unit, message: Array("Short write: (nwritten=0, expected=99)".utf8)[...])
        #expect(one == other)
        let elsewhere = Fingerprint.id(
            unit: "ssh.service", message: Array("Short write: (nwritten=0, expected=99)".utf8)[...])
        #expect(one != elsewhere)
        // The wire's number: it must never change, or every known line would look new.
        #expect(
            Fingerprint.id(unit: "a.service", message: Array("hello 1".utf8)[...])
                == Self.reference(Array("a.service\u{0}hello #".utf8)))
    }

    private static func reference(_ bytes: [UInt8]) -> UInt64 {
        SHA256.digest(of: bytes)[..<8].reduce(0) { $0 * 256 + UInt64($1) }
    }

    @Test(arguments: [
        ("redis@6379.service", "redis@.service"), ("ssh.service", "ssh.service"), (nil, nil),
        ("user@1000.service", "user@.service"), ("a@b.c.service", "a@.service"),
    ])
    func instancesOfATemplateAreOneUnit(_ unit: String?, _ template: String?) {
        #expect(Fingerprint.template(of: unit) == template)
    }

    @Test func longAndRandomMessagesTakeBoundedTime() {
        var random = HostRandom.seeded("longAndRandomMessages")
        for _ in 0..<300 {
            let bytes = random.bytes(Int.random(in: 0...3000, using: &random))
            #expect(Fingerprint.mask(bytes[...]).count <= Fingerprint.messageBytes * 2)
        }
        let quotes = [UInt8](repeating: UInt8(ascii: "'"), count: 100_000)
        #expect(Fingerprint.mask(quotes[...]).count <= Fingerprint.messageBytes * 2)
    }
}
