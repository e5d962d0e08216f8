import Testing

@testable import Ledger

@Suite struct SignedNoteTests {
    let example: Example
    let text: String

    init() throws {
        example = try Example()
        text = try Fixtures.text("log/checkpoint")
    }

    /// C2SP signed-note's own example.
    @Test func theTextMayHaveEmptyLines() throws {
        let bytes =
            "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
            + "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99"
            + "ihAQwaqP3ZekRwNtIc=\n"
        let note = try SignedNote(reading: bytes.bytes)
        #expect(note.text.hasSuffix("\n\ned è subito sera.\n"))
        #expect(note.signatures.map(\.name) == ["quasimodo.example/salvatore"])
        #expect(note.bytes == bytes.bytes)
    }

    @Test func notesAreReadStrictly() throws {
        let line = "— perch.example/log/2026 4gN6sh"
        for other in [
            text.with("\n", "\r\n"), text.with("2026\n7", "2026\t\n7"), text.with("7\n", "7\u{1}\n"),
            text.with("7\n", "7\u{7F}\n"), text.with("\n\n", "\n"), String(text.dropLast()), text + "\n", text + "x",
            text.with(line, "- perch.example/log/2026 4gN6sh"), text.with(line, "—  perch.example/log/2026 4gN6sh"),
            text.with(line, "— perch.example/log+2026 4gN6sh"), text.with(line, "— perch.example/log\u{A0}2026 4gN6sh"),
            text.with(line, "— perch.example/log/2026  4gN6sh"), text.with(line, " — perch.example/log/2026 4gN6sh"),
            text.with("hVQA=", "hVQB="), text.with("hVQA=", "hVQA"), text.with("hVQA=", "hVQA= "),
            "\n", "\n\n", "a\n\n", "", "a", "\n\n\n", "a\n\n— n \n", "a\n\n— n AAAA\n", "a\n\n— n AAAAAA==",
            "a\n\n—  AAAAAAAA\n",
        ] {
            #expect(refusal { _ = try SignedNote(reading: other.bytes) }?.area == .note, "\(other)")
        }
        #expect(refusal { _ = try SignedNote(reading: [0xFF] + text.bytes) }?.area == .note)
    }

    @Test func sixteenSignatureLinesAreTheMost() throws {
        let line = "— other.example AAAAAAAA\n"
        let body = "a\n\n"
        for (count, fits) in [(0, false), (1, true), (16, true), (17, false)] {
            let note = (body + String(repeating: line, count: count)).bytes
            #expect((refusal { _ = try SignedNote(reading: note) } == nil) == fits, "\(count)")
        }
    }

    @Test func aNoteAtItsLimitIsReadAndOneByteMoreIsNot() throws {
        let tail = "\n\n— other.example AAAAAAAA\n"
        let most = LedgerLimits.noteBytes - tail.utf8.count
        _ = try SignedNote(reading: (String(repeating: "a", count: most) + tail).bytes)
        let error = refusal { _ = try SignedNote(reading: (String(repeating: "a", count: most + 1) + tail).bytes) }
        #expect(error?.area == .note)
    }

    @Test func unknownSignaturesAreSkippedAndKnownOnesMustHold() throws {
        let note = try SignedNote(reading: text.bytes)
        #expect(try note.isSigned(by: example.log))
        let other = try NoteKey(name: "another.example", kind: .ed25519, key: example.logKey.verifyingKey)
        #expect(try !note.isSigned(by: other))
        // The same name with another key is another key.
        let renewed = try NoteKey(name: Example.origin, kind: .ed25519, key: example.signer.verifyingKey)
        #expect(try !note.isSigned(by: renewed))

        let changed = try SignedNote(reading: text.with("\n7\n", "\n8\n").bytes)
        #expect(refusal { _ = try changed.isSigned(by: example.log) }?.area == .checkpoint)
        #expect(try !changed.isSigned(by: other))
        // One good signature does not save a note with a bad one of the same key.
        var doubled = note
        doubled.signatures.append(changed.signatures[0])
        doubled.signatures[2] = SignedNote.Signature(
            name: Example.origin, id: example.log.id, bytes: [UInt8](repeating: 0, count: 64))
        #expect(refusal { _ = try doubled.isSigned(by: example.log) }?.area == .checkpoint)
        doubled.signatures[2] = SignedNote.Signature(name: Example.origin, id: example.log.id, bytes: [1])
        #expect(refusal { _ = try doubled.isSigned(by: example.log) }?.area == .checkpoint)
    }

    @Test func keysSignOnlyWhatTheyAreFor() throws {
        var note = try SignedNote(text: "a\n", signatures: [])
        #expect(refusal { try note.sign(with: example.logKey, as: example.witness) }?.area == .key)
        #expect(refusal { try note.sign(with: example.signer, as: example.log) }?.area == .key)
        let asWitness = refusal { try note.cosign(with: example.logKey, as: example.log, unixSeconds: 0) }
        #expect(asWitness?.area == .key)
        let negative = refusal {
            try note.cosign(with: example.witnessKey, as: example.witness, unixSeconds: -1)
        }
        #expect(negative?.area == .key)
        #expect(refusal { _ = try SignedNote(text: "a", signatures: []) }?.area == .note)
        #expect(refusal { _ = try SignedNote(text: "a\r\n", signatures: []) }?.area == .note)
    }

    @Test func aWitnessSaysWhenItSaw() throws {
        let note = try SignedNote(reading: text.bytes)
        #expect(try note.cosigned(by: example.witness) == 1_795_177_500)
        #expect(try SignedNote(reading: Fixtures.bytes("log/checkpoint-4")).cosigned(by: example.witness) == nil)
        var later = note
        try later.cosign(with: example.witnessKey, as: example.witness, unixSeconds: 1_795_177_600)
        #expect(try later.cosigned(by: example.witness) == 1_795_177_600)
        // Another time, another length, a time of 2⁶³.
        for bytes in [
            [0] + later.signatures[2].bytes.dropFirst().prefix(6) + [9] + later.signatures[2].bytes.dropFirst(8),
            Array(later.signatures[2].bytes.dropLast()), [0x80] + later.signatures[2].bytes.dropFirst(),
        ] {
            var changed = note
            changed.signatures[1] = SignedNote.Signature(
                name: Example.witnessName, id: example.witness.id, bytes: bytes)
            #expect(refusal { _ = try changed.cosigned(by: example.witness) }?.area == .checkpoint)
        }
    }
}
