import Testing

@testable import Ledger

@Suite struct EnvelopeTests {
    let example: Example

    init() throws { example = try Example() }

    /// DSSE v1, protocol.md, test vector.
    @Test func theSignatureCoversLengthsInBytes() {
        #expect(
            Envelope.preAuthentication(type: "http://example.com/HelloWorld", payload: "hello world".bytes)
                == "DSSEv1 29 http://example.com/HelloWorld 11 hello world".bytes)
        #expect(Envelope.preAuthentication(type: "é", payload: []) == "DSSEv1 2 é 0 ".bytes)
    }

    @Test func severalKeysSignAndAreCounted() throws {
        let envelope = try Envelope(
            signing: "{}".bytes, keys: [example.signer, example.logKey])
        let (first, second) = (example.signer.verifyingKey, example.logKey.verifyingKey)
        #expect(try envelope.verify(trusted: [first, second], required: 2) == [first, second])
        #expect(try envelope.verify(trusted: [second]) == [second])
        #expect(try Envelope(reading: envelope.bytes) == envelope)
        // The same key given twice counts once.
        #expect(refusal { try envelope.verify(trusted: [first, first], required: 2) }?.area == .signature)
        #expect(refusal { try envelope.verify(trusted: []) }?.area == .signature)
        #expect(refusal { try envelope.verify(trusted: [first], required: 0) }?.area == .signature)
        #expect(refusal { try envelope.verify(trusted: [first], required: -1) }?.area == .signature)
    }

    @Test func oneBadSignatureOfAKnownKeyRefusesAllOfIt() throws {
        let text = String(
            decoding: try Envelope(signing: "{}".bytes, keys: [example.signer, example.logKey]).bytes, as: UTF8.self)
        let other = try Envelope(signing: "[]".bytes, keys: [example.logKey])
        let good = try Envelope(signing: "{}".bytes, keys: [example.logKey])
        let mixed = text.with(
            Base64.encode(good.signatures[0].bytes), Base64.encode(other.signatures[0].bytes))
        let envelope = try Envelope(reading: mixed.bytes)
        let (first, second) = (example.signer.verifyingKey, example.logKey.verifyingKey)
        if Example.isDeterministic {
            #expect(refusal { try envelope.verify(trusted: [first, second]) }?.area == .signature)
            #expect(try envelope.verify(trusted: [first]) == [first])
        }
    }

    @Test func anotherPayloadTypeIsRefusedBeforeItsSignature() throws {
        let envelope = try Envelope(signing: "{}".bytes, type: "application/json", keys: [example.signer])
        let error = refusal { try envelope.verify(trusted: []) }
        #expect(error?.description == "payloadType: \"application/json\" is not application/vnd.in-toto+json")
    }

    @Test func envelopesAreReadStrictly() throws {
        let text = try Fixtures.text("verdict.dsse.json")
        let signature = try #require(text.utf8.split(separator: UInt8(ascii: "[")).last).dropLast(2)
        for other in [
            text.with("{\"payload\":", "{\"extra\":\"\",\"payload\":"), text.with("}]}", "}],\"z\":\"\"}"),
            text.with("7ab6b86c", "7AB6b86c"), text.with("7ab6b86c", "7ab6b8"), text.with("Bw==", "Bx=="),
            text.with("Bw==", "Bw"), text.with("eyJf", "eyJ-"), text.with("[{", "[").with("}]", "]"),
            text.with("}]}", "},\(String(decoding: signature, as: UTF8.self))]}"),
            text.with("\"keyid\":", "\"keyid\":\"\",\"a\":"), text + "\n", " " + text, "", "{}", "[]",
            "{\"payload\":\"\",\"payloadType\":\"x\",\"signatures\":[]}",
        ] {
            #expect(refusal { _ = try Envelope(reading: other.bytes) }?.area == .envelope, "\(other.suffix(200))")
        }
    }

    @Test func limitsAreKeptByWritersAndReaders() throws {
        let full = [UInt8](repeating: 0x20, count: LedgerLimits.statementBytes)
        let envelope = try Envelope(signing: full, keys: [example.signer])
        #expect(try Envelope(reading: envelope.bytes).payload == full)
        #expect(refusal { _ = try Envelope(signing: full + [0x20], keys: [example.signer]) }?.area == .envelope)
        #expect(refusal { _ = try Envelope(signing: [], keys: [example.signer]) }?.area == .envelope)
        #expect(refusal { _ = try Envelope(signing: "{}".bytes, keys: []) }?.area == .envelope)
        #expect(refusal { _ = try Envelope(signing: "{}".bytes, type: "", keys: [example.signer]) }?.area == .envelope)
        let twice = [example.signer, example.signer]
        #expect(refusal { _ = try Envelope(signing: "{}".bytes, keys: twice) }?.area == .envelope)

        let keys = try (0..<17).map { try SigningKey(seed: [UInt8](repeating: UInt8($0), count: 32)) }
        let most = try Envelope(signing: "{}".bytes, keys: Array(keys.prefix(16)))
        // Sixteen signatures still fit into a log entry.
        #expect(try LogEntry(most).bytes.count <= LedgerLimits.entryBytes)
        #expect(refusal { _ = try Envelope(signing: "{}".bytes, keys: keys) }?.area == .envelope)
    }
}
