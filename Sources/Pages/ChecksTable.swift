import Shared

/// A verdict's checks: what stands in the way first, each metric of the fleet as a picture, the rest as sentences.
struct ChecksTable {
    let checks: [CheckView]

    /// The fleet's interval of each metric: old against new in one row.
    var metrics: [CheckView] {
        let rows = checks.filter { $0.level == "fleet" && ($0.kind == "interval" || $0.kind == "comparison") }
        return rows.enumerated().sorted {
            (Self.rank(worst($0.element).outcome), $0.offset) < (Self.rank(worst($1.element).outcome), $1.offset)
        }.map(\.element)
    }

    /// What decides about the row's metric: the interval, unless another check of the metric is worse, as a guard that
    /// fired before the limits knew.
    private func worst(_ row: CheckView) -> CheckView {
        let same = checks.filter { $0.metric == row.metric && $0.level != "rule" }
        guard let worst = same.min(by: { Self.rank($0.outcome) < Self.rank($1.outcome) }),
            Self.rank(worst.outcome) < Self.rank(row.outcome), worst.outcome == "FAIL" || row.outcome == "PASS"
        else { return row }
        return worst
    }

    private static func rank(_ outcome: String) -> Int {
        switch outcome {
        case "FAIL": 0
        case "INCONCLUSIVE": 1
        case "WARN": 2
        case "PASS": 3
        default: 4
        }
    }

    /// Checks that have an outcome and no row above.
    func others(_ outcome: String) -> [CheckView] {
        let shown = Set(metrics.map(\.id))
        return checks.filter { $0.outcome == outcome && !shown.contains($0.id) }
    }

    /// Old against new, one metric a row, the margins of all rows on one line.
    func metricTable(caption: String) -> HTML {
        guard !metrics.isEmpty else { return #"<p class="muted">No metric has been judged yet.</p>"# }
        let head: HTML = """
            <th scope="col">Metric</th><th scope="col">Old against new</th><th scope="col" class="num">New</th>\
            <th scope="col" class="num">At least</th><th scope="col" class="num">At most</th>\
            <th scope="col" class="num">Allowed</th><th scope="col">Outcome</th>
            """
        return IntervalDrawing.legend + Part.table(head, metrics.map(row), caption: caption)
    }

    private func row(_ check: CheckView) -> HTML {
        func cell(_ text: String?) -> HTML {
            #"<td class="num">\#(text.map { CheckText.change($0, check.unit) } ?? "–")</td>"#
        }
        let drawing = IntervalDrawing(check: check).svg ?? #"<span class="muted">nothing measured yet</span>"#
        return """
            <tr><th scope="row">\(CheckText.metric(check.metric))</th><td class="draw">\(drawing)</td>\
            \(cell(check.observed))\(cell(check.lower))\(cell(check.upper))\(cell(check.bound))\
            <td>\(outcome(check))</td></tr>

            """
    }

    private func outcome(_ check: CheckView) -> HTML {
        let worst = worst(check)
        guard worst.id != check.id else { return Badge.outcome(check.outcome) }
        let kind = CheckText.kind(worst.kind)
        let place = worst.subject.isEmpty ? kind : "\(kind), \(worst.subject)"
        return #"\#(Badge.outcome(worst.outcome)) <span class="muted small">\#(place)</span>"#
    }

    /// Sentences, each with its outcome; long lists fold.
    func sentences(_ outcome: String, limit: Int) -> HTML {
        let rows = others(outcome)
        let shown = rows.prefix(limit).map { check -> HTML in
            "<li>\(check.sentence) <code>\(check.id)</code></li>\n"
        }
        let more: HTML = rows.count > limit ? "<li>and \(rows.count - limit) more</li>" : ""
        return #"<ul class="tight">\#(shown)\#(more)</ul>"#
    }

    /// All other checks, folded away.
    func rest(openWhen isOpen: Bool = false) -> HTML {
        let kinds: [(String, String)] = [
            ("WARN", "With a warning"), ("PASS", "Passed"), ("OBSERVED", "Only shown, not judged"),
        ]
        let parts = kinds.map { outcome, title -> HTML in
            let count = others(outcome).count
            guard count > 0 else { return "" }
            let open: HTML = isOpen ? " open" : ""
            return """
                <details class="panel"\(open)><summary>\(title): \(Quantity.plural(count, "check"))</summary>
                \(sentences(outcome, limit: 500))</details>

                """
        }
        return HTML(parts)
    }
}
