import Testing

@testable import Agent

struct SHA256Tests {
    /// FIPS 180-4 examples and NIST's CAVP byte vectors.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func theStandardsExamplesComeOut(text: String, digest: String) {
        #expect(SHA256.hex(SHA256.digest(of: Array(text.utf8))) == digest)
    }

    @Test func aMillionLettersComeOut() {
        let digest = SHA256.digest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        #expect(SHA256.hex(digest) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    /// Made with Python's hashlib: sha256 over the joined sha256 of bytes(i % 251 for i in range(n)), n = 0...200.
    @Test func everyLengthAroundTheBlockSizeComesOut() {
        var all: [UInt8] = []
        for length in 0...200 { all += SHA256.digest(of: (0..<length).map { UInt8($0 % 251) }) }
        let joined = SHA256.hex(SHA256.digest(of: all))
        #expect(joined == "64ef7c229fce2408b5336b6a542fea0e078c3a87d2da85cb3fc52e2008b65021")
    }

    @Test func anyChunkingGivesTheSameDigest() {
        var random = HostRandom.seeded("anyChunkingGivesTheSameDigest")
        for _ in 0..<100 {
            let bytes = random.bytes(Int.random(in: 0...400, using: &random))
            var hash = SHA256()
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 0...min(130, rest.count), using: &random)
                hash.update(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            #expect(hash.finish() == SHA256.digest(of: bytes))
        }
    }
}
