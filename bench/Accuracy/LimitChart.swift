// Draws mean and limits over the hours of one case, the margin, and below them the verdict of each hour.
import Judge

struct LimitChart {
    private static let stripTop = ChartFrame.bottom + 10
    private static let stripHeight = 22.0

    private let series: LimitSeries
    private let frame: ChartFrame
    private let events: [ChartEvent]
    private var canvas = Canvas()

    init(_ series: LimitSeries) {
        self.series = series
        events = ChartEvent.all(of: series)
        frame = ChartFrame(series, top: 74 + 18 * Double(events.count))
    }

    static func svg(_ series: LimitSeries) -> String {
        var chart = LimitChart(series)
        chart.draw()
        return chart.canvas.svg
    }

    private mutating func draw() {
        drawHead()
        drawAxes()
        drawLimits()
        drawEvents()
        drawStrip()
        for label in LineLabel.all(of: series, frame: frame) { label.draw(on: &canvas) }
        canvas.raw("</svg>")
    }

    private mutating func drawHead() {
        let size = "\(Canvas.number(ChartFrame.width)) \(Canvas.number(ChartFrame.height))"
        let name = Canvas.escaped("\(series.result.name): \(series.metricWords)")
        canvas.raw(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size)\" role=\"img\" "
                + "width=\"\(Canvas.number(ChartFrame.width))\" height=\"\(Canvas.number(ChartFrame.height))\" "
                + "aria-labelledby=\"title description\">")
        canvas.raw("<title id=\"title\">\(name), mean and limits over the hours</title>")
        canvas.raw("<desc id=\"description\">\(Canvas.escaped(series.words))</desc>")
        canvas.raw(ChartStyle.element)
        canvas.raw(ChartStyle.definitions(frame: frame))
        canvas.rect(x: 0, y: 0, width: ChartFrame.width, height: ChartFrame.height, "page")
        canvas.text("\(series.result.name): \(series.metricWords)", x: 16, y: 28, "title")
        canvas.text(
            "New servers against old. PASS needs the upper limit below the margin; a lower limit above it is a FAIL.",
            x: 16, y: 50, "small")
    }

    private mutating func drawAxes() {
        for percent in frame.percentTicks {
            let y = frame.y(percent)
            canvas.line(ChartFrame.left, y, ChartFrame.right, y, percent == 0 ? "axis" : "grid")
            canvas.text(Text.fixed(percent, places: 0), x: ChartFrame.left - 8, y: y + 4.5, "small", anchor: .end)
        }
        let low = LimitChart.stripTop + LimitChart.stripHeight
        for hour in frame.hourTicks {
            canvas.line(frame.x(hour), low, frame.x(hour), low + 5, "axis")
            canvas.text("\(hour)", x: frame.x(hour), y: low + 19, "small", anchor: .middle)
        }
        let middle = (ChartFrame.left + ChartFrame.right) / 2
        canvas.text("hours since the start of the roll-out", x: middle, y: low + 42, anchor: .middle)
        canvas.text(
            "new against old, %", x: 20, y: (frame.top + ChartFrame.bottom) / 2, anchor: .middle, turned: true)
        canvas.path(
            Canvas.polyline([
                (ChartFrame.left, frame.top), (ChartFrame.left, ChartFrame.bottom),
                (ChartFrame.right, ChartFrame.bottom),
            ]), "axis")
    }

    private mutating func drawLimits() {
        canvas.raw("<g clip-path=\"url(#frame)\">")
        for band in runs(\.band) where band.count > 1 {
            let there = band.map { (x: frame.x($0.hour), y: frame.y($0.value.upperBound)) }
            let back = band.reversed().map { (x: frame.x($0.hour), y: frame.y($0.value.lowerBound)) }
            canvas.path(Canvas.polyline(there + back) + " Z", "band")
        }
        let margin = frame.y(series.margin)
        canvas.line(ChartFrame.left, margin, ChartFrame.right, margin, "margin")
        drawLine("upper", runs(\.upper))
        drawLine("lower", runs(\.lower))
        drawLine("mean", runs(\.mean))
        canvas.raw("</g>")
    }

    private mutating func drawLine(_ style: String, _ runs: [[(hour: Int, value: Double)]]) {
        for run in runs {
            if run.count > 1 {
                canvas.path(Canvas.polyline(run.map { (frame.x($0.hour), frame.y($0.value)) }), style)
            } else if let only = run.first {
                canvas.dot(frame.x(only.hour), frame.y(only.value), radius: 2.5, "dot")
            }
        }
    }

    /// Stretches of hours without a gap.
    private func runs<Value>(_ value: (LimitSeries.Point) -> Value?) -> [[(hour: Int, value: Value)]] {
        var runs: [[(hour: Int, value: Value)]] = [[]]
        for point in series.points {
            if let value = value(point) {
                runs[runs.count - 1].append((point.hour, value))
            } else if runs.last?.isEmpty == false {
                runs.append([])
            }
        }
        return runs.filter { !$0.isEmpty }
    }

    private mutating func drawEvents() {
        for (row, event) in events.enumerated() {
            event.draw(on: &canvas, frame: frame, labelY: 74 + 18 * Double(row))
        }
    }

    /// A verdict stands from the end of its hour until the next one. Before the first there is none to PASS by.
    private mutating func drawStrip() {
        let standing = [.inconclusive] + series.outcome.timeline.dropLast()
        var start = 0
        for hour in 1...standing.count where hour == standing.count || standing[hour] != standing[start] {
            drawVerdict(standing[start], from: start, to: hour)
            start = hour
        }
        let y = LimitChart.stripTop + LimitChart.stripHeight - 6
        canvas.text("verdict in force", x: ChartFrame.right + 12, y: y, "small")
    }

    private mutating func drawVerdict(_ state: Verdict.State, from: Int, to: Int) {
        let x = frame.x(from)
        let width = frame.x(to) - x
        let box = (y: LimitChart.stripTop, height: LimitChart.stripHeight)
        let fill: String? =
            switch state {
            case .pass: "pass"
            case .fail: "fail"
            case .inconclusive: nil
            }
        if let fill {
            canvas.raw(
                "<rect fill=\"url(#\(fill))\" x=\"\(Canvas.number(x))\" y=\"\(Canvas.number(box.y))\" "
                    + "width=\"\(Canvas.number(width))\" height=\"\(Canvas.number(box.height))\"/>")
        }
        canvas.rect(x: x, y: box.y, width: width, height: box.height, "strip")
        // About seven pixels a letter; narrower stretches go without their name.
        guard width > 9 * Double(state.rawValue.count) else { return }
        canvas.text(state.rawValue, x: x + width / 2, y: box.y + 15.5, "haloed", anchor: .middle)
    }
}
