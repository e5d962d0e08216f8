import Testing

@testable import Ledger

@Suite struct CheckpointTests {
    let example: Example
    let root = Digest(of: [1])

    init() throws { example = try Example() }

    private func text(_ size: String, _ root: String? = nil) -> String {
        "\(Example.origin)\n\(size)\n\(root ?? Base64.encode(self.root.bytes))\n"
    }

    @Test func checkpointsAreReadAsTheyWereWritten() throws {
        let checkpoint = try Checkpoint(origin: Example.origin, size: 1 << 40, root: root)
        #expect(checkpoint.text == text("1099511627776"))
        let note = try checkpoint.signed(with: example.logKey, as: example.log)
        #expect(try Checkpoint(note: SignedNote(reading: note.bytes), log: example.log) == checkpoint)
    }

    @Test(arguments: [
        "07", "00", "", "-1", "+7", " 7", "7 ", "0x7", "7.0", "٧", "1099511627777", "9223372036854775807",
        "9223372036854775808", "18446744073709551615", "18446744073709551616", "99999999999999999999999",
    ])
    func otherSizesAreRefused(_ size: String) {
        #expect(refusal { _ = try Checkpoint(text: text(size)) }?.area == .checkpoint)
    }

    @Test func otherShapesAreRefused() throws {
        let good = text("7")
        _ = try Checkpoint(text: good)
        for other in [
            good + "extension\n", good + "\n", String(good.dropLast()), "", "\n", "\n\n\n",
            good.with(Example.origin, ""), good.with(Example.origin, "a b"), text("7", "AAAA"),
            text("7", Base64.encode(root.bytes) + "="),
            text("7", Base64.encode(Array(root.bytes.dropLast()))), text("7", Base64.encode(root.bytes + [0])),
        ] {
            #expect(refusal { _ = try Checkpoint(text: other) }?.area == .checkpoint, "\(other)")
        }
    }

    @Test func anEmptyLogHasTheRootOfNothing() throws {
        let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        #expect(try Checkpoint(text: text("0", empty)).root == Merkle.emptyRoot)
        #expect(refusal { _ = try Checkpoint(text: text("0")) }?.area == .checkpoint)
        #expect(refusal { _ = try Checkpoint(origin: "a", size: 0, root: root) }?.area == .checkpoint)
    }

    @Test func onlyTheLogThatTheOriginNamesCanSign() throws {
        let other = try NoteKey(name: "another.example", kind: .ed25519, key: example.logKey.verifyingKey)
        let checkpoint = try Checkpoint(origin: Example.origin, size: 7, root: root)
        #expect(refusal { _ = try checkpoint.signed(with: example.logKey, as: other) }?.area == .checkpoint)
        #expect(refusal { _ = try checkpoint.signed(with: example.signer, as: example.log) }?.area == .key)
        let note = try checkpoint.signed(with: example.logKey, as: example.log)
        #expect(refusal { _ = try Checkpoint(note: note, log: other) }?.area == .checkpoint)
        #expect(refusal { _ = try Checkpoint(note: note, log: example.witness) }?.area == .checkpoint)
        var foreign = try SignedNote(text: checkpoint.text, signatures: [])
        try foreign.sign(with: example.logKey, as: other)
        #expect(refusal { _ = try Checkpoint(note: foreign, log: example.log) }?.area == .checkpoint)
    }
}
