import Testing

@testable import Ledger

@Suite struct StatementTests {
    private func subjects(_ count: Int) -> [ResourceDescriptor] {
        (0..<count).map { ResourceDescriptor(name: "p\($0)", sha256: Digest(of: [UInt8($0)])) }
    }

    @Test(arguments: RecordStatement.Kind.allCases)
    func recordsAreReadAsTheyWereWritten(_ kind: RecordStatement.Kind) throws {
        let record = try RecordStatement(
            kind: kind, subjects: subjects(2), predicate: .object(["reason": .string("é\n\u{1}"), "ok": .bool(true)]))
        #expect(try RecordStatement(reading: record.encoded()) == record)
        let text = String(decoding: try record.encoded(), as: UTF8.self)
        #expect(text.contains("\"predicateType\":\"urn:x-perch:predicate:\(kind.rawValue):v1\""))
        for other in [text.with(":v1", ":v2"), text.with("x-perch:predicate:\(kind.rawValue)", "x-perch:predicate:x")] {
            #expect(refusal { _ = try RecordStatement(reading: other.bytes) }?.area == .statement)
        }
        #expect(refusal { _ = try VerdictStatement(reading: text.bytes) }?.area == .statement)
    }

    @Test func limitsAreKept() throws {
        let empty = CanonicalJSON.object([:])
        _ = try Statement(subjects: subjects(50), predicateType: "t", predicate: empty)
        for bad in [subjects(51), [], [ResourceDescriptor(name: "", sha256: Digest(of: []))]] {
            #expect(
                refusal { _ = try Statement(subjects: bad, predicateType: "t", predicate: empty) }?.area == .statement)
        }
        for (type, predicate) in [("", empty), ("t", .array([])), ("t", .string("x"))] as [(String, CanonicalJSON)] {
            let error = refusal { _ = try Statement(subjects: subjects(1), predicateType: type, predicate: predicate) }
            #expect(error?.area == .statement)
        }
    }

    @Test func theLongestStatementFitsAndOneByteMoreDoesNot() throws {
        let base = try Statement(
            subjects: subjects(1), predicateType: "t", predicate: .object(["a": .string("")])
        ).bytes.count
        for (more, fits) in [(0, true), (1, false)] {
            let text = String(repeating: "x", count: LedgerLimits.statementBytes - base + more)
            let error = refusal {
                _ = try Statement(
                    subjects: subjects(1), predicateType: "t", predicate: .object(["a": .string(text)]))
            }
            #expect((error == nil) == fits)
        }
    }

    @Test func statementsAreReadStrictly() throws {
        let text = try Fixtures.text("verdict.statement.json")
        for (other, area) in [
            (text.with("Statement/v1", "Statement/v0.1"), .statement), (text.with("\"_type\"", "\"type\""), .canonical),
            (text.with("\"subject\":[", "\"subject\":{"), .canonical), (text + " ", .canonical), ("{}", .statement),
            (text.with("\"sha256\":\"dc65", "\"sha512\":\"dc65"), .statement),
            (text.with("\"sha256\":\"dc65", "\"sha256\":\"DC65"), .statement),
            (text.with("\"subject\":", "\"signer\":"), .statement), ("[]", .statement),
            (text.with(",\"subject\"", ",\"stranger\":\"\",\"subject\""), .statement),
        ] as [(String, LedgerRefusal.Area)] {
            #expect(refusal { _ = try Statement(reading: other.bytes) }?.area == area, "\(other.suffix(300))")
        }
    }
}
