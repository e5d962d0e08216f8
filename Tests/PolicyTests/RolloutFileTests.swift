import Foundation
import Shared
import Testing

@testable import Policy

@Suite struct RolloutFileTests {
    static let digest = String(repeating: "a1", count: 32)

    @Test func yamlAndJSONSayTheSame() throws {
        let yaml = """
            id: 2026-11-redis-tls
            artifacts:
              - {name: "pkg:deb/debian/redis-server@7.0.15", sha256: \(Self.digest)}
            policy: demo
            old: [db-1, db-2]
            new: [db-11]
            pairs:
              - {name: "6379", old: db-1, new: db-11}
            """
        let fromYAML = try RolloutFile.read(yaml, file: "r.yaml")
        let json = String(decoding: try JSONEncoder().encode(fromYAML), as: UTF8.self)
        #expect(try RolloutFile.read(json, file: "r.json") == fromYAML)
        #expect(fromYAML.pairs == .listed([RolloutSpec.Pair(name: "6379", old: "db-1", new: "db-11")]))
    }

    @Test func pairsAreAutomaticUnlessListed() throws {
        let spec = try RolloutFile.read(
            "id: a\nartifacts: [{name: x, sha256: \(Self.digest)}]\npolicy: p\nold: [a1]\nnew: [b1]\n", file: "r.yaml")
        #expect(spec.pairs == .auto)
    }

    @Test(arguments: [
        ("id: a b\n", "id"), ("policy: p\n", "id"), ("old: [x]\nnew: [x]\n", "both"), ("old: [x, x]\n", "twice"),
        ("artifacts: []\n", "artifacts"), ("artifacts: [{name: x, sha256: ABC}]\n", "hexadecimal"),
        ("old: [a1]\nnew: [b1]\npairs: [{name: n, old: a1, new: zz}]\n", "zz"), ("extra: 1\n", "extra"),
        ("old: [a1]\nnew: [b1]\npairs: [{name: n, old: a1, new: b1}, {name: n, old: a1, new: b1}]\n", "twice"),
    ])
    func mistakesAreNamed(_ text: String, word: String) throws {
        let error = #expect(throws: Mistakes.self) { try RolloutFile.read(text, file: "r.yaml") }
        let message = try #require(error).description
        #expect(message.contains(word == "both" ? "old host too" : word), "\(message)")
    }
}
