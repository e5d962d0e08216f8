import Shared

/// One check as a picture: where the old servers are, where the new ones are, how far off the truth may be, and what
/// is allowed. Every row is drawn in units of its own margin, so that the margins of all rows stand on one line and the
/// eye runs down it.
struct IntervalDrawing {
    let check: CheckView

    static let width = 240.0
    static let height = 26.0
    /// In margins: 0 is "as the old servers", 1 the margin.
    private static let left = -1.25
    private static let right = 2.25

    /// - Returns: `nil` where there is nothing to draw.
    var svg: HTML? {
        guard let scale = Scale(check) else { return nil }
        let observed = number(check.observed).map(scale.margins)
        let lower = number(check.lower).map(scale.margins)
        let upper = number(check.upper).map(scale.margins)
        guard observed != nil || lower != nil || upper != nil else { return nil }
        let marginX = Self.x(1)
        return """
            <svg class="check" viewBox="0 0 240 26" role="img" aria-label="\(description)">\
            <title>\(description)</title>\
            <rect class="zone" x="\(Self.text(marginX))" y="3" width="\(Self.text(Self.width - marginX))" height="20"/>\
            <path class="axis" d="M0 13H240"/>\
            \(scale.hasZero ? #"<path class="zero" d="M\#(Self.text(Self.x(0))) 3v20"/>"# as HTML : "")\
            \(band(lower, upper, observed))\
            <path class="margin" d="M\(Self.text(marginX)) 1v24"/>\
            \(observed.map(Self.mean) ?? "")</svg>
            """
    }

    /// New against old, in words, for those who do not see the picture.
    var description: String {
        let change = CheckText.change
        var parts: [String] = []
        if let observed = check.observed { parts.append("new against old \(change(observed, check.unit))") }
        switch (check.lower, check.upper) {
        case (let lower?, let upper?):
            parts.append("between \(change(lower, check.unit)) and \(change(upper, check.unit))")
        case (let lower?, nil): parts.append("at least \(change(lower, check.unit))")
        case (nil, let upper?): parts.append("at most \(change(upper, check.unit))")
        case (nil, nil): parts.append("no limits yet")
        }
        if let bound = check.bound { parts.append("allowed \(change(bound, check.unit))") }
        return parts.joined(separator: ", ")
    }

    private func band(_ lower: Double?, _ upper: Double?, _ observed: Double?) -> HTML {
        guard lower != nil || upper != nil else {
            // The mean alone, and no word yet on how far off it may be.
            return observed == nil ? "" : #"<path class="open-end" d="M0 13H240"/>"#
        }
        // A limit that is not there yet reaches to the edge, drawn as open.
        let from = Self.x(lower ?? Self.left)
        let to = max(Self.x(upper ?? observed ?? Self.right), from + 1.5)
        var parts: HTML = """
            <rect class="band" x="\(Self.text(from))" y="8" width="\(Self.text(to - from))" height="10"/>
            """
        if lower == nil { parts += #"<path class="open-end" d="M0 8v10"/>"# }
        if upper == nil { parts += #"<path class="open-end" d="M\#(Self.text(to)) 13H240"/>"# }
        if let upper, upper > Self.right { parts += #"<path class="newdot" d="M240 13l-7-5v10z"/>"# }
        if let lower, lower < Self.left { parts += #"<path class="newdot" d="M0 13l7-5v10z"/>"# }
        return parts
    }

    /// A diamond where it fits, an arrow where it does not.
    private static func mean(_ margins: Double) -> HTML {
        if margins > right { return #"<path class="newdot" d="M240 13l-11-8v16z"/>"# }
        if margins < left { return #"<path class="newdot" d="M0 13l11-8v16z"/>"# }
        return #"<path class="mean" d="M\#(text(x(margins))) 6l7 7-7 7-7-7z"/>"#
    }

    private static func x(_ margins: Double) -> Double {
        (min(max(margins, left), right) - left) / (right - left) * width
    }

    private static func text(_ value: Double) -> String { SVG.coordinate(value) }
    private func number(_ text: String?) -> Double? { text.flatMap(Double.init) }

    /// From a check's integers to margins.
    private struct Scale {
        private let zero: Double
        private let unit: Double
        /// Whether "as the old servers" has a place on it.
        let hasZero: Bool

        init?(_ check: CheckView) {
            guard let bound = check.bound.flatMap(Double.init) else { return nil }
            switch check.unit {
            case "ppm":
                guard bound > 1_000_000, check.kind != "coverage" else { return nil }
                (zero, unit, hasZero) = (1_000_000, bound - 1_000_000, true)
            case "1e-6 per pair and block":
                // The allowance is taken off already: the margin is 0, and how much one margin is, is for us to choose.
                let values = [check.observed, check.lower, check.upper].compactMap { $0.flatMap(Double.init) }
                let size = values.map(\.magnitude).max() ?? 0
                (zero, unit, hasZero) = (bound - max(size, 1), max(size, 1), false)
            default: return nil
            }
        }

        func margins(_ value: Double) -> Double { (value - zero) / unit }
    }

    static let legend: HTML = """
        <ul class="legend">
        <li><svg viewBox="0 0 34 12" aria-hidden="true"><path class="zero" d="M17 0v12"/></svg>old servers</li>
        <li><svg viewBox="0 0 34 12" aria-hidden="true"><path class="mean" d="M17 0l6 6-6 6-6-6z"/></svg>new \
        servers</li>
        <li><svg viewBox="0 0 34 12" aria-hidden="true"><rect class="band" x="3" y="2" width="28" height="8"/></svg>\
        where the truth lies</li>
        <li><svg viewBox="0 0 34 12" aria-hidden="true"><rect class="zone" x="17" y="0" width="17" height="12"/>\
        <path class="margin" d="M17 0v12"/></svg>margin, and what is too much</li>
        </ul>

        """
}

enum SVG {
    /// One decimal is a tenth of a pixel.
    static func coordinate(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let size = tenths.magnitude
        return size % 10 == 0 ? "\(sign)\(size / 10)" : "\(sign)\(size / 10).\(size % 10)"
    }
}

/// A check's integers as people read them.
enum CheckText {
    /// `+1.3 %` for a ratio; events per pair and block for a count; a plain number otherwise.
    static func change(_ text: String, _ unit: String) -> String {
        guard let number = Double(text) else { return text }
        switch unit {
        case "ppm": return Quantity.signed((number - 1_000_000) / 10_000, places: 1) + " %"
        case "1e-6 per pair and block": return Quantity.signed(number / 1_000_000, places: 3)
        case "1e-3 standard deviations": return Quantity.signed(number / 1000, places: 1) + " SD"
        default: return Quantity.decimal(number, places: 0)
        }
    }

    /// A share in percent, not a change.
    static func share(_ text: String) -> String {
        Double(text).map { Quantity.decimal($0 / 10_000, places: 0) + " %" } ?? text
    }

    /// What a check looked at, in a word or two.
    static func kind(_ name: String) -> String {
        switch name {
        case "restart": "late change"
        case "guard": "gross excess"
        case "recent": "newest hours"
        case "drift": "trend"
        default: name
        }
    }

    static func metric(_ name: String) -> String {
        switch name {
        case "cpu": "CPU per operation"
        case "service": "Command time per call"
        case "p50": "PING, median"
        case "p99": "PING, 99th percentile"
        case "mem": "Resident memory"
        case "net": "Network bytes per operation"
        case "disk": "Disk time per I/O operation"
        case "err": "Errors"
        case "slow": "Slow operations"
        case "log": "Error lines in the journal"
        default: name
        }
    }
}
