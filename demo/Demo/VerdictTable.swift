import Foundation
import Shared

/// A verdict as lines for people: each judged metric's limits against what is allowed. Shows the collector's numbers,
/// computes none.
struct VerdictTable {
    let view: VerdictView

    /// The fleet's interval of each metric, the judged ones first.
    private var rows: [CheckView] {
        let fleet = view.checks.filter { $0.level == "fleet" && $0.kind == "interval" }
        return fleet.filter { $0.outcome != "OBSERVED" } + fleet.filter { $0.outcome == "OBSERVED" }
    }

    static let heading = "    METRIC    NEW AGAINST OLD   BETWEEN      AND          ALLOWED     OUTCOME"

    var lines: [String] {
        rows.map { check in
            let cells = [
                Self.pad(check.metric, 10), Self.pad(Self.change(check.observed, check.unit), 18),
                Self.pad(Self.change(check.lower, check.unit), 13), Self.pad(Self.change(check.upper, check.unit), 13),
                Self.pad(Self.change(check.bound, check.unit), 12), check.outcome,
            ]
            return "    " + cells.joined()
        }
    }

    /// The same in one line, for a log: the upper limit of each judged metric and what is allowed.
    var short: String {
        rows.filter { $0.outcome != "OBSERVED" && $0.bound != nil }.map { check in
            let allowed = check.unit == "ppm" ? " (\(Self.change(check.bound, check.unit)))" : ""
            return "\(check.metric) \(Self.change(check.upper, check.unit))\(allowed)"
        }.joined(separator: ", ")
    }

    /// Every judged limit is below its margin.
    var areLimitsGood: Bool { rows.allSatisfy { $0.outcome == "PASS" || $0.outcome == "OBSERVED" } }

    /// Why it FAILs: the first reason, and what else fails for the whole fleet or by a rule, each once.
    func failures(atMost count: Int) -> [String] {
        let weighty = view.checks.filter { $0.outcome == "FAIL" && ($0.level == "fleet" || $0.level == "rule") }
        var told = [view.reason]
        for check in weighty where !told.contains(check.sentence) && told.count < count {
            if check.level == "rule", told.contains(where: { $0.hasPrefix("Rule \(check.metric) ") }) { continue }
            told.append(check.sentence)
        }
        return told.filter { !$0.isEmpty }
    }

    /// `+1.3 %` of a ratio in parts per million, a plain decimal fraction of a count.
    static func change(_ text: String?, _ unit: String) -> String {
        guard let text, let number = Double(text) else { return "–" }
        if unit == "ppm" {
            let percent = (number - 1_000_000) / 10_000
            return String(format: "%+.1f %%", percent)
        }
        return String(format: "%+.4f", number / 1_000_000)
    }

    static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
