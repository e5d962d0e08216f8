// The recorded cases and what is demanded of a judge that reads them.
import Evidence
import Foundation
import Judge

enum CaseFiles {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/Judge/cases")

    struct Expected: Sendable {
        let name: String
        let truth: String
        let onsetHour: Int
        let hours: Int
        /// Verdict of the reference at the end of hours 1, 2, ….
        let timeline: [String]
        /// Words of the reference; a hint only.
        let reason: String?
    }

    static let expected: [Expected] = {
        guard let data = try? Data(contentsOf: folder.appending(path: "expected.json")),
            let top = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let cases = top["cases"] as? [String: [String: Any]]
        else { return [] }
        return cases.sorted { $0.key < $1.key }.compactMap { name, entry in
            guard let truth = entry["truth"] as? String, let onset = entry["onset_hour"] as? Int,
                let hours = entry["hours"] as? Int, let changes = entry["changes"] as? [[Any]]
            else { return nil }
            return Expected(
                name: name, truth: truth, onsetHour: onset, hours: hours, timeline: expand(changes, hours: hours),
                reason: entry["reason"] as? String)
        }
    }()

    static let acceptance: [String: Double] = {
        guard let data = try? Data(contentsOf: folder.appending(path: "expected.json")),
            let top = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { return [:] }
        return top["acceptance"] as? [String: Double] ?? [:]
    }()

    private static func expand(_ changes: [[Any]], hours: Int) -> [String] {
        (1...hours).map { hour in
            let last = changes.last { ($0.first as? Int ?? .max) <= hour }
            return last?.last as? String ?? ""
        }
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: "\(name).csv")))
    }

    static func read(_ name: String) throws -> CaseFile { try CaseFile(bytes: bytes(name), file: name) }

    static func verdicts(_ recorded: CaseFile) throws -> [Verdict] {
        try CaseFileReplay.verdicts(recorded, file: "test")
    }

    /// Every case as it was recorded, judged once for all tests that want it.
    static let replayed = Task {
        try await withThrowingTaskGroup(of: (String, [Verdict]).self) { group in
            for expected in expected {
                group.addTask { (expected.name, try verdicts(try read(expected.name))) }
            }
            return try await group.reduce(into: [String: [Verdict]]()) { $0[$1.0] = $1.1 }
        }
    }
}

/// SplitMix64: the same numbers from the same seed everywhere.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
