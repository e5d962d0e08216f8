// One identity, one spelling.
import Shared
import Testing

@Suite struct SpiffeIDTests {
    @Test(arguments: [
        ("spiffe://perch.example/perch/agent/db-1", SpiffeID.Kind.agent, "db-1"),
        ("spiffe://perch.example/perch/collector/main", .collector, "main"),
        ("spiffe://a/perch/tool/T_0.x", .tool, "T_0.x"), ("spiffe://a-b_c.d/perch/person/...", .person, "..."),
    ])
    func goodIdentitiesAreReadAndPrintedBack(text: String, kind: SpiffeID.Kind, name: String) throws {
        let identity = try SpiffeID(text)
        #expect(identity.kind == kind)
        #expect(identity.name == name)
        #expect(identity.description == text)
        #expect(try SpiffeID(domain: identity.domain, kind: kind, name: name) == identity)
    }

    @Test(arguments: [
        ("", SpiffeID.Malformed.scheme), ("https://a/perch/agent/x", .scheme), ("SPIFFE://a/perch/agent/x", .scheme),
        ("spiffe:///perch/agent/x", .domain), ("spiffe://A/perch/agent/x", .domain),
        ("spiffe://a:1/perch/agent/x", .domain), ("spiffe://u@a/perch/agent/x", .domain),
        ("spiffe://a", .path), ("spiffe://a/perch/agent", .path), ("spiffe://a/perch/agent/x/y", .path),
        ("spiffe://a/perch/agent/x/", .path), ("spiffe://a/other/agent/x", .path), ("spiffe://a/perch/root/x", .kind),
        ("spiffe://a/perch/Agent/x", .kind), ("spiffe://a/perch/agent/", .name), ("spiffe://a/perch/agent/.", .name),
        ("spiffe://a/perch/agent/..", .name), ("spiffe://a/perch/agent/a b", .name),
        ("spiffe://a/perch/agent/a%20b", .name), ("spiffe://a/perch/agent/x?q", .name),
        ("spiffe://a/perch/agent/x#f", .name), ("spiffe://a/perch/agent/ä", .name),
    ])
    func otherSpellingsAreRefused(text: String, reason: SpiffeID.Malformed) {
        #expect(throws: reason) { try SpiffeID(text) }
    }

    @Test func theLengthIsBounded() throws {
        let head = "spiffe://a/perch/agent/"
        let longest = head + String(repeating: "x", count: Limits.spiffeIDBytes - head.utf8.count)
        _ = try SpiffeID(longest)
        #expect(throws: SpiffeID.Malformed.tooLong) { try SpiffeID(longest + "x") }
    }

    @Test func noByteOutsideTheAlphabetPasses() {
        for byte in UInt8.min...UInt8.max {
            let text = String(
                decoding: Array("spiffe://a/perch/agent/x".utf8) + [byte] + Array("y".utf8), as: UTF8.self)
            let isLetter = (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte)
            let isAllowed = isLetter || byte == 45 || byte == 46 || byte == 95
            #expect(((try? SpiffeID(text)) != nil) == isAllowed, "byte \(byte)")
        }
    }
}
