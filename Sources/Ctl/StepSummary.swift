// A gate's outcome as Markdown, for the page that GitHub shows of a job ($GITHUB_STEP_SUMMARY). What comes from outside
// is escaped: it must never become a link or HTML there.
import Shared

struct StepSummary: Sendable {
    let rollout: String
    let stage: Stage
    let outcome: GateOutcome
    let sentence: String

    var markdown: String {
        var lines = ["### Perch: gate \(stage.rawValue) of \(Self.escaped(rollout)): **\(word)**", ""]
        lines += [Self.escaped(sentence), ""]
        let reasons = outcome.reply?.answer.reasons ?? []
        if !reasons.isEmpty {
            lines += reasons.map { "- " + Self.escaped($0) } + [""]
        }
        let checks = outcome.reply?.answer.checks ?? []
        if !checks.isEmpty {
            lines += ["| check | outcome | observed | bound |", "|---|---|---|---|"]
            lines += checks.map { check in
                let observed = Quantity(check.observed, unit: check.unit).text
                let bound = Quantity(check.bound, unit: check.unit).text
                return "| " + [check.id, check.outcome, observed, bound].map(Self.escaped).joined(separator: " | ")
                    + " |"
            }
            lines.append("")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var word: String {
        switch outcome.status {
        case .done: "open"
        case .closed: "blocked"
        case .pending: "waiting"
        case .usage, .unreachable: "no answer"
        }
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in Printable.line(text) {
            if "\\`*_[]<>|#!~&@".contains(character) { result.append("\\") }
            result.append(character)
        }
        return result
    }
}
