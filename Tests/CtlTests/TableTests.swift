import Testing

@testable import Ctl

struct TableTests {
    private let plain = Console(isTerminal: false, columns: nil, environment: [:])

    private func example() -> Table {
        var table = Table("CHECK", "OUTCOME", "SENTENCE")
        table.add(["a", .word("PASS"), "short"])
        table.add(["a-longer-id", .word("INCONCLUSIVE"), "one two three four five six seven eight"])
        return table
    }

    @Test func columnsAreAlignedAndNothingTrails() {
        #expect(
            example().lines(plain) == [
                "CHECK        OUTCOME       SENTENCE",
                "a            PASS          short",
                "a-longer-id  INCONCLUSIVE  one two three four five six seven eight",
            ])
    }

    @Test func theLastColumnIsWrappedToTheTerminal() {
        let console = Console(isTerminal: true, columns: 54, environment: ["NO_COLOR": "1"])
        #expect(
            Array(example().lines(console).suffix(2)) == [
                "a-longer-id  INCONCLUSIVE  one two three four five six",
                "                           seven eight",
            ])
    }

    @Test func aNarrowTerminalIsLeftToWrapItself() {
        let console = Console(isTerminal: true, columns: 40, environment: ["NO_COLOR": "1"])
        #expect(example().lines(console).count == 3)
    }

    @Test func coloursDoNotShiftColumns() {
        let coloured = Console(isTerminal: true, columns: nil, environment: ["TERM": "xterm"])
        let lines = example().lines(coloured)
        #expect(lines[1] == "a            \u{1B}[32mPASS\u{1B}[0m          short")
    }

    @Test(arguments: [["NO_COLOR": "1"], ["TERM": "dumb"]])
    func coloursCanBeRefused(environment: [String: String]) {
        #expect(!Console(isTerminal: true, columns: 80, environment: environment).isColoured)
    }

    @Test func anEmptyNoColorRefusesNothingAndAPipeIsNeverColoured() {
        #expect(Console(isTerminal: true, columns: 80, environment: ["NO_COLOR": ""]).isColoured)
        #expect(!plain.isColoured)
    }

    @Test func cellsCannotMoveTheCursor() {
        var table = Table("A", "B")
        table.add([Table.Cell("x\u{1B}[2Jy\nz"), Table.Cell("\u{202E}evil\u{9B}")])
        #expect(table.lines(plain)[1] == "x?[2Jy z  ?evil?")
    }

    @Test func aTableWithoutRowsIsItsHeader() { #expect(Table("A", "B").lines(plain) == ["A  B"]) }
}

struct QuantityTests {
    @Test(arguments: [
        ("1021951", "ppm", "102.1951 %"), ("1200000", "ppm", "120 %"), ("-5000", "ppm", "-0.5 %"), ("0", "ppm", "0 %"),
        ("1", "ppm", "0.0001 %"), ("1500000", "1e-6 per pair and block", "1.5 per pair and block"),
        ("2345", "1e-3 standard deviations", "2.345 standard deviations"), ("24", "hours", "24 hours"),
        ("7", "", "7"), ("x", "ppm", "x ppm"), ("9223372036854775807", "ppm", "922337203685477.5807 %"),
        ("12", "later", "12 later"),
    ])
    func integersAreShownInTheirUnit(value: String, unit: String, expected: String) {
        #expect(Quantity(value, unit: unit).text == expected)
    }

    @Test func anAbsentOneIsADash() {
        #expect(Quantity(nil, unit: "ppm").text == "–")
        #expect(Quantity("", unit: "ppm").text == "–")
    }
}
