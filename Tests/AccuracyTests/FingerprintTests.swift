import Foundation
import Testing

@testable import perch_accuracy

/// A difference here is a new judge version, or a machine that computes differently.
@Suite struct FingerprintTests {
    @Test func everyBitOfEveryHourIsAsItWasWhenThisVersionFirstSigned() throws {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/Judge")
        let cases = fixtures.appending(path: "cases")
        let results = try CaseResult.replayAll(folder: cases, expected: try ExpectedCases(folder: cases))
        let stored = try String(contentsOf: fixtures.appending(path: "fingerprints.txt"), encoding: .utf8)
        #expect(FingerprintList.text(results) == stored)
    }
}
