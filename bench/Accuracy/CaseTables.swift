// One row for each case, in a table for each kind of case, so that no table has columns that mean nothing for it.

enum CaseTables {
    static func markdown(_ results: [CaseResult]) -> String {
        Truth.allCases.map { truth in
            let cases = results.filter { $0.outcome.truth == truth }
            let table = truth == .clean || truth == .nodata ? quiet(cases) : regressed(cases)
            return "### \(title(truth))\n\n\(table.markdown)"
        }.joined(separator: "\n\n")
    }

    private static func title(_ truth: Truth) -> String {
        switch truth {
        case .clean: "Clean"
        case .regressed: "Regressed"
        case .subtle: "Subtle"
        case .nodata: "Evidence lacking"
        }
    }

    /// Nothing to be found.
    private static func quiet(_ cases: [CaseResult]) -> Table {
        var table = Table(
            head: [
                "case", "what the file holds", "fleet", "hours", "at the end", "first PASS, h", "taken back, h",
                "FAIL, h", "why not PASS at the end",
            ], numbers: [3, 5, 6, 7])
        for result in cases {
            let outcome = result.outcome
            table.rows.append([
                "`\(result.name)`", result.contents.words, result.contents.fleet, "\(outcome.timeline.count)",
                outcome.last?.rawValue ?? "–", Text.orDash(outcome.firstPass),
                outcome.firstPass == nil ? "–" : "\(outcome.hoursTakenBack)", Text.orDash(outcome.firstFail),
                outcome.last == .pass ? "" : result.reason,
            ])
        }
        return table
    }

    private static func regressed(_ cases: [CaseResult]) -> Table {
        var table = Table(
            head: [
                "case", "what the file holds", "fleet", "hours", "at the end", "first PASS, h", "onset, h",
                "onset to FAIL, h", "first reason, or why not PASS",
            ], numbers: [3, 5, 6, 7])
        for result in cases {
            let outcome = result.outcome
            let toFail = outcome.isFailBeforeOnset ? "before it" : outcome.hoursToFail.map { "\($0)" } ?? "never"
            table.rows.append([
                "`\(result.name)`", result.contents.words, result.contents.fleet, "\(outcome.timeline.count)",
                outcome.last?.rawValue ?? "–", Text.orDash(outcome.firstPass), "\(outcome.onsetHour)", toFail,
                result.reason,
            ])
        }
        return table
    }
}
