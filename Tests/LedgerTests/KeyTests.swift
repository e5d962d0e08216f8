import Testing

@testable import Ledger

@Suite struct KeyTests {
    /// RFC 8032 section 7.1, test 2.
    @Test func signsAsTheRFCDoes() throws {
        let seed = try #require(Hex.decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
        let key = try SigningKey(seed: seed)
        #expect(
            Hex.encode(key.verifyingKey.bytes) == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        let expected =
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        let signature = try #require(Hex.decode(expected))
        #expect(key.verifyingKey.isValid(signature, over: [0x72]))
        #expect(!key.verifyingKey.isValid(signature, over: [0x73]))
        #expect(!key.verifyingKey.isValid(Array(signature.dropLast()), over: [0x72]))
        #expect(!key.verifyingKey.isValid(signature + [0], over: [0x72]))
        if Example.isDeterministic { #expect(try key.signature(over: [0x72]) == signature) }
    }

    @Test func aSecretKeyDoesNotPrint() throws {
        let key = try SigningKey(seed: [UInt8](repeating: 1, count: 32))
        var dumped = ""
        dump(key, to: &dumped)
        #expect("\(key)" == "•••")
        #expect(String(reflecting: key) == "•••")
        #expect(!dumped.contains("rawRepresentation") && dumped.utf8.count < 20)
    }

    @Test func keysOfTheWrongLengthAreRefused() {
        for count in [0, 31, 33] {
            let bytes = [UInt8](repeating: 1, count: count)
            #expect(refusal { _ = try SigningKey(seed: bytes) }?.area == .key)
            #expect(refusal { _ = try VerifyingKey(bytes: bytes) }?.area == .key)
        }
    }

    @Test func publishedKeysAreReadStrictly() throws {
        let text = try Fixtures.text("keys/verdict-signer.json")
        let key = try VerifyingKey(text: text.bytes)
        #expect(key.text == text.bytes)
        #expect(try VerifyingKey(text: (text + "\n").bytes) == key)
        for other in [
            text.with("7ab6", "7ab7"), text.with("8a88", "8a89"), text.with("\"ed25519\"", "\"rsa\""),
            text.with("{\"keyid\"", "{ \"keyid\""), text.with("8a88", "8A88"), text + "\n\n", "", "{}", "[]",
            text.with("\"scheme\"", "\"schema\""), String(repeating: " ", count: 10_000),
        ] {
            #expect(refusal { _ = try VerifyingKey(text: other.bytes) }?.area == .key, "\(other)")
        }
    }

    @Test func noteKeysAreReadStrictly() throws {
        let text = try Fixtures.text("keys/log.vkey")
        let key = try NoteKey(text: text.bytes)
        #expect(key.name == "perch.example/log/2026" && key.kind == .ed25519)
        #expect((key.text + "\n").bytes == text.bytes)
        #expect(try NoteKey(text: Fixtures.bytes("keys/witness.vkey")).kind == .cosignature)
        for other in [
            text.with("e2037ab2", "e2037ab3"), text.with("e2037ab2", "E2037AB2"), text.with("2026", "2027"),
            text.with("+AYE", "+AoE"), text.with("+AYE", "+"), text.with("perch", "per ch"), text + "\n",
            text.with("bOU", "bOV"), "", "+", "a+b", "\n", text.with("2026+", "2026"),
        ] {
            #expect(refusal { _ = try NoteKey(text: other.bytes) }?.area == .key, "\(other)")
        }
    }

    @Test func aKeyOfAnotherKindIsNamed() throws {
        let blob = [0x02] + [UInt8](repeating: 1, count: 32)
        let id = Hex.encode(Digest(of: "a\n".bytes + blob).bytes.prefix(4))
        let error = refusal { _ = try NoteKey(text: "a+\(id)+\(Base64.encode(blob))".bytes) }
        #expect(error?.description == "key: signature type 2 is not known; known are 1 and 4")
    }

    @Test(arguments: ["", " ", "a b", "a+b", "a\u{A0}b", "a\u{2003}", "a\nb", "a\u{1}", "a\u{7F}", "a\u{2028}"])
    func namesThatNotesCannotCarryAreRefused(_ name: String) throws {
        let key = try SigningKey(seed: [UInt8](repeating: 1, count: 32)).verifyingKey
        #expect(refusal { _ = try NoteKey(name: name, kind: .ed25519, key: key) }?.area == .key)
    }
}
