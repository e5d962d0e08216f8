// A moment that a chart marks: a line over its height, a sign of its own and words above.

struct ChartEvent {
    enum Kind { case onset, pass, fail }

    let kind: Kind
    let hour: Int
    let words: String

    /// In the order of time, so that a later one's words stand further down and cross no earlier line.
    static func all(of series: LimitSeries) -> [ChartEvent] {
        var events: [ChartEvent] = []
        if let hour = series.onset {
            events.append(ChartEvent(kind: .onset, hour: hour, words: "the regression begins, \(hour) h"))
        }
        if let hour = series.outcome.firstPass {
            events.append(ChartEvent(kind: .pass, hour: hour, words: "first PASS, \(hour) h"))
        }
        if let hour = series.outcome.firstFail {
            events.append(ChartEvent(kind: .fail, hour: hour, words: "FAIL, \(hour) h"))
        }
        return events.sorted { $0.hour < $1.hour }
    }

    func draw(on canvas: inout Canvas, frame: ChartFrame, labelY: Double) {
        let x = frame.x(hour)
        canvas.line(x, labelY + 3, x, ChartFrame.bottom, "event")
        drawSign(on: &canvas, x, labelY)
        let isLate = Double(hour) > 0.75 * Double(frame.hours)
        canvas.text(words, x: isLate ? x - 11 : x + 11, y: labelY + 4.5, anchor: isLate ? .end : .start)
    }

    private func drawSign(on canvas: inout Canvas, _ x: Double, _ y: Double) {
        switch kind {
        case .onset:
            canvas.path(Canvas.polyline([(x - 6, y - 5), (x + 6, y - 5), (x, y + 5)]) + " Z", "solid")
        case .pass: canvas.dot(x, y, radius: 5, "mark")
        case .fail:
            canvas.line(x - 5, y - 5, x + 5, y + 5, "mark")
            canvas.line(x - 5, y + 5, x + 5, y - 5, "mark")
        }
    }
}
