// One recorded case, replayed. Must never go on with a case that does not match its entry in expected.json.
import Evidence
import Foundation
import Judge

struct CaseResult {
    let name: String
    let contents: CaseContents
    let outcome: Outcome
    let verdicts: [Verdict]

    /// The reason of a FAIL, or what kept the last verdict from PASS.
    var reason: String {
        guard let last = verdicts.last else { return "" }
        if let reason = last.reason { return reason }
        guard let first = last.missing.first else { return "" }
        let more = last.missing.count - 1
        return more > 0 ? "\(first.sentence) And \(more) more." : first.sentence
    }

    /// Every case of a folder, in the order of their names.
    static func replayAll(folder: URL, expected: ExpectedCases) throws -> [CaseResult] {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".csv") }.map { String($0.dropLast(4)) }.sorted()
        let difference = Set(files).symmetricDifference(expected.cases.keys).sorted()
        guard difference.isEmpty else {
            throw AccuracyError("without a file or without an entry in expected.json: \(difference)")
        }
        return try expected.cases.sorted { $0.key < $1.key }.map { try CaseResult(name: $0, $1, folder: folder) }
    }

    private init(name: String, _ expected: ExpectedCases.Case, folder: URL) throws {
        let file = "\(name).csv"
        let recorded = try CaseFile(
            bytes: [UInt8](Data(contentsOf: folder.appending(path: file))), file: file)
        guard recorded.hours == expected.hours else {
            throw AccuracyError("\(file) has \(recorded.hours) hours, expected.json says \(expected.hours)")
        }
        self.name = name
        contents = CaseContents(recorded)
        verdicts = try CaseFileReplay.verdicts(recorded, file: file)
        outcome = Outcome(
            truth: expected.truth, onsetHour: expected.onsetHour, timeline: verdicts.map(\.state))
    }
}
