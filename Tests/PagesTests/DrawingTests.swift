import Shared
import Testing

@testable import Pages

@Suite struct DrawingTests {
    // MARK: Charts

    @Test func aGapBreaksTheLineAndIsShaded() {
        let html = Sample.chart().html(oldName: "db-1", newName: "db-11").markup
        // Old: two points, a gap of two blocks, one point. New: one, a gap of one, three.
        #expect(Self.path("oldline", in: html).filter { $0 == "M" }.count == 2)
        #expect(Self.path("newline", in: html).filter { $0 == "M" }.count == 2)
        #expect(html.components(of: #"class="gap""#) == 2)
        #expect(html.contains("2 of 5 blocks without data") && html.contains("1 of 5 blocks without data"))
    }

    @Test func noLineCrossesAGap() {
        let chart = Sample.chart(old: [100, nil, 100], new: [nil, nil, nil])
        let html = chart.html(oldName: "a", newName: "b").markup
        #expect(!Self.path("oldline", in: html).contains("L"))
        #expect(Self.path("newline", in: html).isEmpty)
    }

    @Test func oldAndNewDifferInBlackAndWhite() {
        let html = Sample.chart().html(oldName: "a", newName: "b").markup
        // Circles against squares; the style sheet dashes the old line alone.
        #expect(html.contains("<circle class=\"olddot\""))
        #expect(Self.path("newdot", in: html).contains("h4.4v4.4"))
        let sheet = Style.sheet.markup
        #expect(sheet.contains(".oldline{stroke:var(--old);stroke-width:1.4;stroke-dasharray"))
        #expect(!Self.rule(".newline", in: sheet).contains("dasharray"))
    }

    @Test func everyChartHasAnAccessibleNameADescriptionAndItsNumbers() {
        let html = Sample.chart().html(oldName: "db-1", newName: "db-11").markup
        #expect(html.contains(#"role="img""#) && html.contains("<title>PING</title>") && html.contains("<desc>"))
        #expect(html.contains("<th scope=\"row\">") && html.contains("<caption>"))
    }

    @Test func emptyChartsAreDrawnToo() {
        for count in [0, 1, 3] {
            let nothing = [Double?](repeating: nil, count: count)
            let html = Sample.chart(old: nothing, new: nothing).html(oldName: "a", newName: "b").markup
            #expect(html.contains("no data"))
            #expect(!html.contains("nan") && !html.contains("inf"))
        }
    }

    @Test(arguments: [
        (Unit.count, 0.0, 1.0, "1"), (.count, 1.01, 1.5, "1.5"), (.count, 7, 8, "8"), (.count, 99, 100, "100"),
        (.nanoseconds, 83_400, 100_000, "100 µs"), (.microseconds, 0.0031, 0.004, "0.004 µs"),
        (.bytes, 640 * 1_048_576, 800 * 1_048_576, "800 MiB"), (.share, 0.99, 1, "100 %"),
    ])
    func axesEndAtRoundNumbersOfTheUnitThatIsShown(unit: Unit, largest: Double, top: Double, tick: String) {
        #expect((unit.top(largest) - top).magnitude < top * 1e-9)
        #expect(unit.tick(unit.top(largest), top: unit.top(largest)) == tick)
    }

    @Test func runsAreFound() {
        #expect(LineChart.runs([true, true, false, true]) == [0..<2, 3..<4])
        #expect(LineChart.runs([]).isEmpty && LineChart.runs([false]).isEmpty)
    }

    // MARK: Intervals

    @Test func anIntervalSaysInWordsWhatItShows() {
        let drawing = IntervalDrawing(check: Sample.check("cpu"))
        #expect(
            drawing.description == "new against old +0.7 %, between −2.1 % and +2.6 %, allowed +15.0 %")
        let svg = drawing.svg?.markup ?? ""
        #expect(svg.contains(drawing.description) && svg.contains("class=\"margin\"") && svg.contains("class=\"band\""))
        #expect(svg.contains("class=\"zero\""))
    }

    @Test func marginsOfAllRowsStandOnOneLine() {
        let rows =
            ["1150000", "1050000", "1600000"].map { Sample.check("cpu", bound: $0) }
            + [
                Sample.check(
                    "err", observed: "-501", lower: "-504", upper: "-498", bound: "0", unit: "1e-6 per pair and block")
            ]
        let margins = rows.map { Self.path("margin", in: IntervalDrawing(check: $0).svg?.markup ?? "") }
        #expect(Set(margins).count == 1 && !margins[0].isEmpty)
    }

    @Test func whatIsFarBeyondTheMarginBecomesAnArrowInsideThePicture() {
        let svg =
            IntervalDrawing(
                check: Sample.check(
                    "err", observed: "214413100", lower: "211824600", upper: "215949200", bound: "0",
                    unit: "1e-6 per pair and block")
            ).svg?.markup ?? ""
        #expect(svg.contains("class=\"mean\""))
        let far = IntervalDrawing(check: Sample.check("cpu", observed: "9000000", lower: "8000000", upper: nil)).svg
        #expect(far?.markup.contains("M240 13l-11-8v16z") == true)
    }

    @Test func aLimitThatIsNotThereYetIsDrawnAsOpen() {
        let svg = IntervalDrawing(check: Sample.check("mem", lower: nil, upper: nil)).svg?.markup ?? ""
        #expect(svg.contains("open-end") && !svg.contains("class=\"band\""))
        #expect(IntervalDrawing(check: Sample.check("x", observed: nil, lower: nil, upper: nil)).svg == nil)
        #expect(IntervalDrawing(check: Sample.check("x", bound: nil)).svg == nil)
    }

    // MARK: Timeline and strip

    @Test func theTimelineNamesDaysAndWhatMayComeWhen() {
        var view = Sample.rollout(stage: .mirroring)
        view.history.append(
            RolloutView.StageChange(stage: .open, at: "2026-11-24T18:00:00Z", by: "x", reason: ""))
        view.stage = .open
        let html = StageTimeline(view: view, earliest: [.switched: "2026-11-29T12:00:00Z"]).html.markup
        #expect(html.contains("day 2.3") && html.contains("not before day 7"))
        #expect(html.components(of: "aria-current=\"step\"") == 1)
    }

    @Test func theStripTellsStatesByShapeAndWords() {
        let marks = [VerdictState.fail, .inconclusive, .pass].enumerated().map {
            VerdictMark(id: "v\($0)", state: $1, hour: 3 - $0, judging: $0 == 2 ? 1 : 2, evaluatedAt: Sample.now)
        }
        let html = VerdictStrip(marks: marks).html.markup
        let shapes = [Badge.Tone.good, .bad, .waiting].map { Badge.icon($0).markup }
        #expect(Set(shapes).count == 3)
        for shape in shapes { #expect(html.contains(shape)) }
        #expect(html.contains("Evaluation 2 begins. Hour 2: INCONCLUSIVE"))
    }

    // MARK: Reading markup

    private static func path(_ name: String, in html: String) -> String {
        guard let start = html.firstRange(of: "class=\"\(name)\" d=\"") else { return "" }
        return String(html[start.upperBound...].prefix { $0 != "\"" })
    }

    private static func rule(_ selector: String, in sheet: String) -> String {
        guard let start = sheet.firstRange(of: selector + "{") else { return "" }
        return String(sheet[start.upperBound...].prefix { $0 != "}" })
    }
}

extension String {
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
