/// Old and new over the same time. The old line is dashed with hollow circles, the new one solid with squares, so that
/// they can be told apart in black and white. A gap is a gap: the line breaks and the time is shaded; nothing is drawn
/// from one side of it to the other.
public struct LineChart: Sendable, Equatable {
    public var title: String
    public var unit: Unit
    /// One value a block; `nil` where nothing is known.
    public var old: [Double?]
    public var new: [Double?]
    /// How many times the old value is allowed; `nil` where there is no such margin.
    public var allowed: Double?
    /// First block's begin, seconds since 1970, and the blocks' length.
    public var startSeconds: Int
    public var stepSeconds: Int

    public init(
        title: String, unit: Unit, old: [Double?], new: [Double?], allowed: Double?, startSeconds: Int,
        stepSeconds: Int
    ) {
        self.title = title
        self.unit = unit
        self.old = old
        self.new = new
        self.allowed = allowed
        self.startSeconds = startSeconds
        self.stepSeconds = stepSeconds
    }

    private static let box = (left: 50.0, top: 8.0, right: 530.0, bottom: 148.0)
    static let tableRows = 24

    func html(oldName: String, newName: String) -> HTML {
        let top = unit.top(largest)
        return """
            <figure>
            <figcaption>\(title)<span>\(latest(oldName, newName))</span></figcaption>
            <svg class="chart" viewBox="0 0 540 170" role="img" aria-label="\(title)">
            <title>\(title)</title>
            <desc>\(description(oldName, newName))</desc>
            \(gaps)\(axes(top))\(margin(top))\
            \(line(old, "oldline", top))\(circles(top))\(line(new, "newline", top))\(squares(top))</svg>
            \(table(oldName, newName))</figure>

            """
    }

    // MARK: Geometry

    private var count: Int { max(old.count, new.count) }
    private var largest: Double {
        let values =
            (old + new).compactMap { $0 } + old.compactMap { old in allowed.flatMap { a in old.map { $0 * a } } }
        return values.max() ?? 0
    }

    private func x(_ index: Double) -> Double {
        Self.box.left + (Self.box.right - Self.box.left) * (index + 0.5) / Double(max(count, 1))
    }

    private func y(_ value: Double, _ top: Double) -> Double {
        Self.box.bottom - (Self.box.bottom - Self.box.top) * min(value / top, 1)
    }

    // MARK: Drawing

    /// Times of which neither side is known, or only one: shaded over the whole height, or a half of it.
    private var gaps: HTML {
        let (top, bottom) = (Self.box.top, Self.box.bottom)
        let middle = (top + bottom) / 2
        return rects(of: old.map { $0 == nil }, from: top, to: middle)
            + rects(of: new.map { $0 == nil }, from: middle, to: bottom)
    }

    private func rects(of missing: [Bool], from top: Double, to bottom: Double) -> HTML {
        HTML(
            Self.runs(missing).map { run in
                let left = x(Double(run.lowerBound) - 0.5)
                let right = x(Double(run.upperBound) - 0.5)
                return """
                    <rect class="gap" x="\(SVG.coordinate(left))" y="\(SVG.coordinate(top))" \
                    width="\(SVG.coordinate(max(right - left, 1)))" height="\(SVG.coordinate(bottom - top))"/>
                    """
            })
    }

    static func runs(_ flags: [Bool]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var start: Int?
        for (index, flag) in (flags + [false]).enumerated() {
            if flag, start == nil { start = index }
            if !flag, let first = start {
                result.append(first..<index)
                start = nil
            }
        }
        return result
    }

    private func axes(_ top: Double) -> HTML {
        let (left, right, bottom) = (Self.box.left, Self.box.right, Self.box.bottom)
        var parts: HTML = ""
        for step in 0...2 {
            let value = top * Double(step) / 2
            let height = y(value, top)
            parts += """
                <path class="axis" d="M\(SVG.coordinate(left)) \(SVG.coordinate(height))H\(SVG.coordinate(right))"/>\
                <text x="\(SVG.coordinate(left - 5))" y="\(SVG.coordinate(height + 3.5))" text-anchor="end">\
                \(unit.tick(value, top: top))</text>
                """
        }
        for tick in ticks {
            let place = x(Double(tick.seconds - startSeconds) / Double(stepSeconds) - 0.5)
            parts += """
                <path class="axis" d="M\(SVG.coordinate(place)) \(SVG.coordinate(bottom))v4"/>\
                <text x="\(SVG.coordinate(place))" y="\(SVG.coordinate(bottom + 16))" \
                text-anchor="middle">\(tick.label)</text>
                """
        }
        return parts
    }

    /// Round times, at most seven.
    private var ticks: [(seconds: Int, label: String)] {
        let length = count * stepSeconds
        let steps = [10, 30, 60, 120, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 2 * 86_400]
        let step = steps.first { length / $0 <= 6 } ?? 7 * 86_400
        var result: [(Int, String)] = []
        var time = (startSeconds + step - 1) / step * step
        while time <= startSeconds + length, result.count < 12 {
            let moment = Moment(seconds: time)
            let isDay = time % 86_400 == 0
            let seconds = step < 60 ? ":" + Moment.two(time % 60) : ""
            result.append((time, isDay ? moment.day : moment.clock + seconds))
            time += step
        }
        return result
    }

    private func line(_ values: [Double?], _ name: HTML, _ top: Double) -> HTML {
        var path = ""
        for run in Self.runs(values.map { $0 != nil }) {
            for index in run {
                guard let value = values[index] else { continue }
                path += index == run.lowerBound ? "M" : "L"
                path += SVG.coordinate(x(Double(index))) + " " + SVG.coordinate(y(value, top))
            }
            // A single block between two gaps would be a line without length.
            if run.count == 1 { path += "h1.5" }
        }
        return path.isEmpty ? "" : #"<path class="\#(name)" d="\#(path)"/>"#
    }

    private func margin(_ top: Double) -> HTML {
        guard let allowed else { return "" }
        return line(old.map { $0.map { $0 * allowed } }, "allowed", top)
    }

    /// One mark in so many blocks, always at the ends of what is known.
    private func marks(_ values: [Double?]) -> [(Double, Double)] {
        let spacing = max(1, count / 18)
        var result: [(Double, Double)] = []
        for run in Self.runs(values.map { $0 != nil }) {
            for index in run
            where index == run.lowerBound || index == run.upperBound - 1 || (index - run.lowerBound) % spacing == 0 {
                if let value = values[index] { result.append((Double(index), value)) }
            }
        }
        return result
    }

    private func circles(_ top: Double) -> HTML {
        HTML(
            marks(old).map { index, value in
                """
                <circle class="olddot" cx="\(SVG.coordinate(x(index)))" cy="\(SVG.coordinate(y(value, top)))" r="2.4"/>
                """
            })
    }

    private func squares(_ top: Double) -> HTML {
        var path = ""
        for (index, value) in marks(new) {
            path += "M\(SVG.coordinate(x(index) - 2.2)) \(SVG.coordinate(y(value, top) - 2.2))h4.4v4.4h-4.4z"
        }
        return path.isEmpty ? "" : #"<path class="newdot" d="\#(path)"/>"#
    }

    // MARK: Words

    private func text(_ value: Double?) -> String { value.map { unit.text($0) } ?? "–" }

    private func latest(_ oldName: String, _ newName: String) -> String {
        let (old, new) = (Self.median(old), Self.median(new))
        guard old != nil || new != nil else { return "no data" }
        var words = "median: old \(text(old)), new \(text(new))"
        if let old, let new, old > 0, unit != .count, unit != .share {
            words += " (\(Quantity.signed((new / old - 1) * 100, places: 1)) %)"
        }
        return words
    }

    private func description(_ oldName: String, _ newName: String) -> String {
        let missing = (old.filter { $0 == nil }.count, new.filter { $0 == nil }.count)
        return "\(oldName), dashed: median \(text(Self.median(old))), \(missing.0) of \(count) blocks without data. "
            + "\(newName), solid: median \(text(Self.median(new))), \(missing.1) of \(count) blocks without data."
    }

    static func median(_ values: [Double?]) -> Double? {
        let sorted = values.compactMap { $0 }.sorted()
        return sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2]
    }

    /// The same as numbers: medians of equal parts of the time.
    private func table(_ oldName: String, _ newName: String) -> HTML {
        let size = max(1, (count + Self.tableRows - 1) / Self.tableRows)
        let rows = stride(from: 0, to: count, by: size).map { start -> HTML in
            let range = start..<min(start + size, count)
            let moment = Moment(seconds: startSeconds + start * stepSeconds)
            let (old, new) = (Array(self.old[range]), Array(self.new[range]))
            let missing = old.filter { $0 == nil }.count + new.filter { $0 == nil }.count
            return """
                <tr><th scope="row">\
                <time datetime="\(moment.text)">\(moment.short(seconds: stepSeconds < 60))</time></th>\
                <td class="num">\(text(Self.median(old)))</td><td class="num">\(text(Self.median(new)))</td>\
                <td class="num">\(missing == 0 ? "" : "\(missing) of \(2 * range.count)")</td></tr>

                """
        }
        return """
            <details class="no-print"><summary>\(title) as numbers</summary>
            <table><caption>Medians of \(Moment.span(seconds: size * stepSeconds)) each</caption>
            <thead><tr><th scope="col">From</th><th scope="col" class="num">\(oldName)</th>\
            <th scope="col" class="num">\(newName)</th><th scope="col" class="num">Missing</th></tr></thead>
            <tbody>
            \(rows)</tbody></table></details>
            """
    }

    static let legend: HTML = """
        <ul class="legend">
        <li><svg viewBox="0 0 34 12" aria-hidden="true"><path class="oldline" d="M0 6h34"/>\
        <circle class="olddot" cx="17" cy="6" r="2.8"/></svg>old</li>
        <li><svg viewBox="0 0 34 12" aria-hidden="true"><path class="newline" d="M0 6h34"/>\
        <path class="newdot" d="M14 3h6v6h-6z"/></svg>new</li>
        <li><svg viewBox="0 0 34 12" aria-hidden="true"><path class="allowed" d="M0 6h34"/></svg>most that is allowed \
        against old</li>
        <li><svg viewBox="0 0 34 12" aria-hidden="true"><path class="gap" d="M6 0h22v12H6z"/></svg>no data \
        (upper half: old, lower half: new)</li>
        </ul>

        """
}
