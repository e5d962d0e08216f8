// Writes SVG, one element a line. No script, nothing from outside: the picture is shown inside other pages.

struct Canvas {
    enum Anchor: String { case start, middle, end }

    private var lines: [String] = []

    mutating func raw(_ line: String) { lines.append(line) }

    mutating func rect(x: Double, y: Double, width: Double, height: Double, _ style: String) {
        raw(
            "<rect class=\"\(style)\" x=\"\(Canvas.number(x))\" y=\"\(Canvas.number(y))\" "
                + "width=\"\(Canvas.number(width))\" height=\"\(Canvas.number(height))\"/>")
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        path("M\(Canvas.point(x1, y1)) L\(Canvas.point(x2, y2))", style)
    }

    mutating func path(_ data: String, _ style: String) { raw("<path class=\"\(style)\" d=\"\(data)\"/>") }

    mutating func dot(_ x: Double, _ y: Double, radius: Double, _ style: String) {
        raw(
            "<circle class=\"\(style)\" cx=\"\(Canvas.number(x))\" cy=\"\(Canvas.number(y))\" "
                + "r=\"\(Canvas.number(radius))\"/>")
    }

    mutating func text(
        _ text: String, x: Double, y: Double, _ style: String = "text", anchor: Anchor = .start, turned: Bool = false
    ) {
        let position =
            turned
            ? "transform=\"translate(\(Canvas.point(x, y))) rotate(-90)\""
            : "x=\"\(Canvas.number(x))\" y=\"\(Canvas.number(y))\""
        let side = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
        raw("<text class=\"\(style)\" \(position)\(side)>\(Canvas.escaped(text))</text>")
    }

    var svg: String { lines.joined(separator: "\n") + "\n" }

    static func point(_ x: Double, _ y: Double) -> String { "\(number(x)) \(number(y))" }

    static func polyline(_ points: [(x: Double, y: Double)]) -> String {
        points.enumerated().map { ($0 == 0 ? "M" : "L") + point($1.x, $1.y) }.joined(separator: " ")
    }

    /// A tenth of a pixel is enough, and is the same text everywhere.
    static func number(_ value: Double) -> String {
        let text = Text.fixed(value.magnitude, places: 1)
        let short = text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        return value < 0 && short != "0" ? "-\(short)" : short
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
