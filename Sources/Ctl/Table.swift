// Rows for people: columns aligned, the last one wrapped to the terminal. Must never let a colour or a wide cell shift
// a column.

struct Table: Sendable {
    enum Tone: String, Sendable {
        case plain = ""
        case good = "\u{1B}[32m"
        case bad = "\u{1B}[31m"
        case doubtful = "\u{1B}[33m"

        /// Of an outcome, a verdict, a gate's state or a host's.
        init(word: String) {
            switch word {
            case "PASS", "open", "active": self = .good
            case "FAIL", "blocked", "banned", "rolled_back": self = .bad
            case "INCONCLUSIVE", "WARN", "waiting", "pending", "proposed": self = .doubtful
            default: self = .plain
            }
        }
    }

    struct Cell: Sendable, ExpressibleByStringInterpolation {
        let text: String
        let tone: Tone

        init(_ text: String, tone: Tone = .plain) {
            self.text = Printable.line(text)
            self.tone = tone
        }

        init(stringLiteral text: String) { self.init(text) }

        static func word(_ text: String) -> Cell { Cell(text, tone: Tone(word: text)) }
    }

    /// A last column narrower than this is left to the terminal.
    static let narrowest = 24
    private static let gap = "  "

    let header: [String]
    private(set) var rows: [[Cell]] = []

    init(_ header: String...) { self.header = header }

    mutating func add(_ cells: [Cell]) { rows.append(cells) }

    func lines(_ console: Console) -> [String] {
        let all = [header.map { Cell($0) }] + rows
        let last = header.count - 1
        var widths = [Int](repeating: 0, count: header.count)
        for row in all {
            for (column, cell) in row.enumerated() where column < last {
                widths[column] = max(widths[column], cell.text.count)
            }
        }
        let before = widths.dropLast().reduce(0) { $0 + $1 + Self.gap.count }
        let room = console.width.map { $0 - before }.flatMap { $0 >= Self.narrowest ? $0 : nil }
        return all.flatMap { row in
            Self.lines(row, widths: widths, indent: before, room: room, isColoured: console.isColoured)
        }
    }

    private static func lines(
        _ row: [Cell], widths: [Int], indent: Int, room: Int?, isColoured: Bool
    ) -> [String] {
        var start = ""
        for (column, cell) in row.dropLast().enumerated() {
            let padding = String(repeating: " ", count: widths[column] - cell.text.count)
            start += painted(cell, cell.text, isColoured) + padding + gap
        }
        guard let end = row.last else { return [] }
        let pieces = room.map { wrapped(end.text, to: $0) } ?? [end.text]
        return pieces.enumerated().map { index, piece in
            let lead = index == 0 ? start : String(repeating: " ", count: indent)
            return trimmed(lead + painted(end, piece, isColoured))
        }
    }

    private static func painted(_ cell: Cell, _ text: String, _ isColoured: Bool) -> String {
        guard isColoured, cell.tone != .plain, !text.isEmpty else { return text }
        return cell.tone.rawValue + text + "\u{1B}[0m"
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Between words; a word longer than a line stands alone.
    static func wrapped(_ text: String, to room: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > room {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        return lines + (line.isEmpty && !lines.isEmpty ? [] : [line])
    }
}

extension Console {
    func show(_ table: Table) { table.lines(self).forEach(line) }
}
