// What is true of each recorded case: expected.json. Must never lend the replay its verdicts: those of the reference
// are not read at all.
import Foundation

enum Truth: String, Decodable, CaseIterable {
    /// No worse than the policy allows.
    case clean
    /// Clearly worse from the onset on, or a rule is broken.
    case regressed
    /// Worse than allowed, by little or in few pairs.
    case subtle
    /// Too little evidence for any answer.
    case nodata
}

struct ExpectedCases: Decodable {
    struct Case: Decodable {
        let truth: Truth
        /// Hours after the start at which the regression begins; means nothing where there is none.
        let onsetHour: Int
        let hours: Int

        enum CodingKeys: String, CodingKey {
            case truth, hours
            case onsetHour = "onset_hour"
        }
    }

    struct Acceptance: Decodable {
        /// Hours after an onset in which a PASS is not held against the Judge yet.
        let graceHours: Int

        enum CodingKeys: String, CodingKey { case graceHours = "grace_hours" }
    }

    let acceptance: Acceptance
    let cases: [String: Case]

    init(folder: URL) throws {
        let file = folder.appending(path: "expected.json")
        do {
            self = try JSONDecoder().decode(ExpectedCases.self, from: Data(contentsOf: file))
        } catch {
            throw AccuracyError("\(file.path) cannot be read: \(error.localizedDescription)")
        }
    }
}
