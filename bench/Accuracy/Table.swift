// A table in Markdown.

struct Table {
    let head: [String]
    /// Columns of numbers, from 0: to the right.
    let numbers: Set<Int>
    var rows: [[String]] = []

    var markdown: String {
        let rule = head.indices.map { numbers.contains($0) ? "---:" : "---" }
        return ([head, rule] + rows).map { cells in
            "| \(cells.map(Table.escaped).joined(separator: " | ")) |"
        }.joined(separator: "\n")
    }

    /// A bar would end the cell.
    private static func escaped(_ cell: String) -> String {
        cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
