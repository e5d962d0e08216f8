// Names the lines of a chart beside their ends. Must never lie on another label: the lower ones give way.

struct LineLabel {
    private static let lineHeight = 16.0

    let lines: [String]
    /// Where the line ends; where the label stands follows from its neighbours.
    var y: Double

    private var height: Double { LineLabel.lineHeight * Double(lines.count) }

    static func all(of series: LimitSeries, frame: ChartFrame) -> [LineLabel] {
        var labels = [LineLabel(lines: ["margin \(series.marginText)"], y: frame.y(series.margin))]
        // A level's PASS asks for what it was, not for an interval.
        let upper = series.metric.kind == .level ? "dashed; highest hour of 24" : "dashed; 5 % error"
        let lower = "dotted; \(Text.percent(series.alpha, places: 3)) error"
        labels += [
            ending("upper limit", upper, series, frame, \.upper), ending("mean", nil, series, frame, \.mean),
            ending("lower limit", lower, series, frame, \.lower),
        ].compactMap(\.self)
        return apart(labels, frame)
    }

    /// A line that has ended before the last hour says when.
    private static func ending(
        _ name: String, _ detail: String?, _ series: LimitSeries, _ frame: ChartFrame,
        _ value: (LimitSeries.Point) -> Double?
    ) -> LineLabel? {
        guard let last = series.points.last(where: { value($0) != nil }), let percent = value(last) else { return nil }
        let until = last.hour < series.hours ? " at \(last.hour) h" : ""
        let text = "\(name) \(Text.percent(percent / 100, places: 1))\(until)"
        return LineLabel(lines: [text] + (detail.map { [$0] } ?? []), y: frame.y(percent))
    }

    private static func apart(_ labels: [LineLabel], _ frame: ChartFrame) -> [LineLabel] {
        var sorted = labels.sorted { $0.y < $1.y }
        for index in sorted.indices {
            sorted[index].y = min(max(sorted[index].y, frame.top), ChartFrame.bottom) - sorted[index].height / 2
        }
        for index in sorted.indices.dropFirst() {
            sorted[index].y = max(sorted[index].y, sorted[index - 1].y + sorted[index - 1].height + 2)
        }
        // Pushed out below: the whole row moves up again, from its end.
        var floor = ChartFrame.bottom + 8
        for index in sorted.indices.reversed() {
            sorted[index].y = min(sorted[index].y, floor - sorted[index].height)
            floor = sorted[index].y - 2
        }
        return sorted
    }

    func draw(on canvas: inout Canvas) {
        for (index, line) in lines.enumerated() {
            let style = index == 0 ? "text" : "small"
            canvas.text(
                line, x: ChartFrame.right + 12, y: y + 12 + LineLabel.lineHeight * Double(index), style)
        }
    }
}
