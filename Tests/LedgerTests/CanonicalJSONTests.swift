import Testing

@testable import Ledger

@Suite struct CanonicalJSONTests {
    @Test func membersAreWrittenInByteOrderWithoutSpace() throws {
        let value = CanonicalJSON.object([
            "b": .array([.bool(true), .string("x\"\\\n\u{1}é")]), "a": .integer(-12), "B": .object([:]),
        ])
        #expect(String(decoding: value.bytes, as: UTF8.self) == #"{"B":{},"a":"-12","b":[true,"x\"\\\n\u0001é"]}"#)
        #expect(try CanonicalJSON(reading: value.bytes) == value)
    }

    @Test(arguments: [
        #"{"b":"1","a":"2"}"#, #"{"a":"1","a":"2"}"#, #"{"a": "1"}"#, "{\"a\":1}", "null", #"{"a":"1"}x"#, "[",
        "\"\\/\"",
        #""\u0041""#, #""\u000A""#, #""\u001F""#, "\"\u{1}\"", "", "[\"a\",]", "{\"a\"}", "{\"é\":\"1\"}",
    ])
    func anotherSpellingIsRefused(_ text: String) {
        #expect(throws: CanonicalJSON.Refusal.self) { try CanonicalJSON(reading: text.utf8) }
    }

    @Test func everyTruncationIsRefused() throws {
        let bytes = CanonicalJSON.object(["a": .array([.string("\u{1}\n"), .bool(false)]), "c": .integer(7)]).bytes
        for length in 0..<bytes.count {
            #expect(throws: CanonicalJSON.Refusal.self) { try CanonicalJSON(reading: bytes[..<length]) }
        }
    }

    @Test func everyControlCharacterIsReadAsItWasWritten() throws {
        let text = String(decoding: (0...0x7F).map { UInt8($0) }, as: UTF8.self)
        let value = CanonicalJSON.object(["a": .string(text), "b": .bool(false), "c": .array([])])
        #expect(try CanonicalJSON(reading: value.bytes) == value)
        #expect(String(decoding: value.bytes, as: UTF8.self).contains(#"\u0007\b\t\n\u000b\f\r\u000e"#))
        #expect(value["b"]?.flag == false && value["a"]?.flag == nil && value["b"]?["x"] == nil)
    }

    @Test func nestingIsBounded() {
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(throws: CanonicalJSON.Refusal.self) { try CanonicalJSON(reading: deep.utf8) }
    }

    @Test func integersHaveOneSpelling() {
        #expect(CanonicalJSON.string("18446744073709551615").integer(as: UInt64.self) == .max)
        for text in ["+1", "01", "-0", "1.0", "", " 1", "18446744073709551616"] {
            #expect(CanonicalJSON.string(text).integer(as: UInt64.self) == nil)
        }
    }

    @Test func digestOfTheEmptyTextIsKnown() {
        #expect(
            Digest(of: []).description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
