import Foundation
import Shared
import Testing

@testable import Agent

struct ProcTextTests {
    private func word(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    @Test(arguments: [
        ("0", 0), ("007", 7), ("18446744073709551615", UInt64.max), ("18446744073709551616", nil),
        ("99999999999999999999", nil), ("000000000000000000001", nil), ("", nil), ("-1", nil), ("+1", nil), ("1a", nil),
        ("1 ", nil), ("0x10", nil), ("１", nil),
    ])
    func aNumberFitsOrIsNone(text: String, value: UInt64?) {
        #expect(ProcText.decimal(word(text)) == value)
    }

    @Test(arguments: [
        ("123.45", 123_450_000), ("0.000001", 1), ("1.0000009", 1_000_000), ("5", 5_000_000), ("1.", nil), (".5", nil),
        ("1.2.3", nil), ("1.-1", nil), ("18446744073709.551616", nil), ("18446744073709.551615", UInt64.max),
    ])
    func secondsBecomeMicrosecondsWithoutRounding(text: String, value: UInt64?) {
        #expect(ProcText.microseconds(ofSeconds: word(text)) == value)
    }

    @Test func hexadecimalTakesBothCases() {
        #expect(ProcText.hexadecimal(word("fFeE")) == 0xffee)
        #expect(ProcText.hexadecimal(word("ffffffffffffffff")) == .max)
        #expect(ProcText.hexadecimal(word("1ffffffffffffffff")) == nil)
        #expect(ProcText.hexadecimal(word("g")) == nil)
    }

    @Test func aLastLineWithoutItsEndDoesNotCount() {
        #expect(ProcText.wholeLines(word("a\nb\nc")).map(\.string) == ["a", "b"])
        #expect(ProcText.wholeLines(word("a")).isEmpty)
        #expect(ProcText.wholeLines(word("")).isEmpty)
    }

    @Test func labelsLoseControlCharactersAndKeepWholeCharacters() {
        #expect(ProcText.label(word(" a\u{1b}[31m\tb\u{7f}\n")) == "a [31m b")
        #expect(ProcText.label([0x61, 0xff, 0x62]) == "a\u{fffd}b")
        #expect(ProcText.cut("aé", limitBytes: 2) == "a")
        #expect(ProcText.cut("aé", limitBytes: 3) == "aé")
        #expect(ProcText.cut("é", limitBytes: 1) == "")
        #expect(ProcText.cut("abc", limitBytes: 0) == "")
    }

    @Test(arguments: [
        (EACCES, AbsenceCause.denied), (EPERM, .denied), (ENOENT, .unsupported), (EOPNOTSUPP, .unsupported),
        (ETIMEDOUT, .timeout), (EIO, .denied),
    ])
    func aFailedCallHasItsCause(code: Int32, cause: AbsenceCause) {
        #expect(AbsenceCause(errno: code) == cause)
    }

    @Test func aFileIsReadUpToItsLimitAndNotBeyond() throws {
        let tree = try HostTree()
        for size in [0, 1, 4095, 4096, 4097, 9000, 10_000] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
            try tree.write("/file", bytes)
            #expect(try Array(ProcText.read(tree.root.file("/file"), limitBytes: 10_000)) == bytes)
        }
        try tree.write("/file", [UInt8](repeating: 1, count: 10_001))
        #expect(throws: AbsenceCause.parse) { try ProcText.read(tree.root.file("/file"), limitBytes: 10_000) }
        #expect(throws: AbsenceCause.unsupported) { try ProcText.read(tree.root.file("/none")) }
        #expect(throws: AbsenceCause.unsupported) { try ProcText.read(tree.root.path) }
    }

    @Test func anEndlessFileAndANamedPipeDoNotHoldUpTheReader() throws {
        #expect(throws: AbsenceCause.parse) { try ProcText.read("/dev/zero", limitBytes: 100_000) }
        let tree = try HostTree()
        #expect(mkfifo(tree.root.file("/pipe"), 0o600) == 0)
        #expect(try ProcText.read(tree.root.file("/pipe")).isEmpty)
    }

    @Test func linesComeOutTheSameWhateverTheChunks() throws {
        let tree = try HostTree()
        var random = HostRandom.seeded("linesComeOutTheSameWhateverTheChunks")
        for _ in 0..<20 {
            let lines = (0..<Int.random(in: 1...60, using: &random)).map { number in
                String(repeating: "x", count: Int.random(in: 0...5000, using: &random)) + "\(number)"
            }
            let isEnded = Bool.random(using: &random)
            try tree.write("/file", lines.joined(separator: "\n") + (isEnded ? "\n" : ""))
            var reader = try LineReader(tree.root.file("/file"), limitBytes: 1 << 20, lineBytes: 2000)
            var read: [String] = []
            while let line = try reader.next() { read.append(line.string) }
            #expect(read == lines.map { String($0.prefix(2000)) })
        }
    }

    @Test func aLineReaderStopsAtItsLimit() throws {
        let tree = try HostTree()
        try tree.write("/file", [UInt8](repeating: UInt8(ascii: "\n"), count: 100_000))
        var reader = try LineReader(tree.root.file("/file"), limitBytes: 99_999)
        var count = 0
        #expect(throws: AbsenceCause.parse) { while try reader.next() != nil { count += 1 } }
        #expect(count > 50_000)
        #expect(throws: AbsenceCause.unsupported) { _ = try LineReader("/nonexistent", limitBytes: 1) }
    }
}
