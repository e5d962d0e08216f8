// A gate's outcome as JUnit XML, which pipelines show beside their tests: one case for the gate, one for each check.
// Must never show a gate as passed that is not open.
import Shared

struct JUnitReport: Sendable {
    let rollout: String
    let stage: Stage
    let outcome: GateOutcome
    let sentence: String
    let seconds: Int

    private enum Mark {
        case passed
        case failure(type: String, message: String)
        case error(message: String)
        case skipped(message: String)
    }

    var xml: String {
        let checks = outcome.reply?.answer.checks ?? []
        let cases =
            [(name: "gate \(stage.rawValue)", mark: gateMark, text: details)]
            + checks.map { (name: $0.id, mark: Self.mark($0), text: Self.text($0)) }
        func count(_ isCounted: (Mark) -> Bool) -> Int { cases.count { isCounted($0.mark) } }
        let failures = count { if case .failure = $0 { true } else { false } }
        let errors = count { if case .error = $0 { true } else { false } }
        let skipped = count { if case .skipped = $0 { true } else { false } }
        let counts = "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\""
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites \(counts) time=\"\(seconds)\">"]
        lines.append("  <testsuite name=\"perch \(Self.escaped(rollout))\" \(counts) time=\"\(seconds)\">")
        for (index, one) in cases.enumerated() {
            let time = index == 0 ? seconds : 0
            lines.append(
                "    <testcase classname=\"perch.\(Self.escaped(rollout)).\(stage.rawValue)\" "
                    + "name=\"\(Self.escaped(one.name))\" time=\"\(time)\">")
            lines += Self.lines(one.mark, one.text)
            lines.append("    </testcase>")
        }
        return (lines + ["  </testsuite>", "</testsuites>"]).joined(separator: "\n") + "\n"
    }

    private var gateMark: Mark {
        switch outcome.status {
        case .done: .passed
        case .closed: .failure(type: "blocked", message: sentence)
        case .pending: .failure(type: "waiting", message: sentence)
        case .usage, .unreachable: .error(message: sentence)
        }
    }

    private var details: String {
        switch outcome {
        case .failed(let failure): ([failure.mend] + failure.details).joined(separator: "\n")
        case .answered, .deadline, .interrupted:
            (outcome.reply?.answer.reasons ?? []).joined(separator: "\n")
        }
    }

    /// A check that lacks evidence is skipped, not failed: the gate's own case fails.
    private static func mark(_ check: CheckSummary) -> Mark {
        switch check.outcome {
        case "FAIL": .failure(type: check.reason, message: text(check))
        case "INCONCLUSIVE": .skipped(message: text(check))
        default: .passed
        }
    }

    private static func text(_ check: CheckSummary) -> String {
        let observed = Quantity(check.observed, unit: check.unit).text
        let bound = Quantity(check.bound, unit: check.unit).text
        return "\(check.outcome) \(check.reason): observed \(observed), bound \(bound)"
    }

    private static func lines(_ mark: Mark, _ text: String) -> [String] {
        switch mark {
        case .passed:
            text.isEmpty ? [] : ["      <system-out>\(escaped(text))</system-out>"]
        case .failure(let type, let message):
            ["      <failure type=\"\(escaped(type))\" message=\"\(escaped(message))\">\(escaped(text))</failure>"]
        case .error(let message):
            ["      <error type=\"unreachable\" message=\"\(escaped(message))\">\(escaped(text))</error>"]
        case .skipped(let message):
            ["      <skipped message=\"\(escaped(message))\"/>"]
        }
    }

    /// XML 1.0, 2.2: most control characters cannot stand in a document even when escaped.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n": result += "&#10;"
            case "\t": result += " "
            case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
