// A recorded roll-out as text: comments of the form #key=value, a header, and comma-separated rows. Read strictly, so
// that outsiders can replay their own data and learn which line is wrong. Must never take an empty cell for a zero.
import Judge

/// What is wrong with a case file, where, and how to mend it.
public struct CaseFileError: Error, Equatable, Sendable, CustomStringConvertible {
    public let file: String
    /// From 1; 0 where the file as a whole is meant.
    public let line: Int
    public let message: String

    public init(file: String, line: Int, message: String) {
        self.file = file
        self.line = line
        self.message = message
    }

    public var description: String { line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)" }
}

public struct CaseFile: Equatable, Sendable {
    public enum Mode: String, Sendable { case paired, unpaired }

    /// A mirrored pair and its first new host.
    public struct Pair: Equatable, Sendable {
        public var name: String
        public var host: String

        public init(name: String, host: String) {
            self.name = name
            self.host = host
        }
    }

    /// A rule's state from a block (counted from the start) on.
    public struct RuleChange: Equatable, Sendable {
        public var block: Int
        public var host: String
        public var rule: String
        public var state: RuleInput.State

        public init(block: Int, host: String, rule: String, state: RuleInput.State) {
            self.block = block
            self.host = host
            self.rule = rule
            self.state = state
        }
    }

    /// One pair in one block, counted from the start.
    public struct PairRow: Equatable, Sendable {
        public var block: Int
        public var pair: String
        public var host: String
        public var old: CopyValues
        public var new: CopyValues

        public init(block: Int, pair: String, host: String, old: CopyValues, new: CopyValues) {
            self.block = block
            self.pair = pair
            self.host = host
            self.old = old
            self.new = new
        }
    }

    /// One host in one hour; −24 … −1 lie before the start.
    public struct HostRow: Equatable, Sendable {
        public var hour: Int
        public var host: HostHour

        public init(hour: Int, host: HostHour) {
            self.hour = hour
            self.host = host
        }
    }

    /// Longest case that is read: more than a year of hours.
    public static let maxHours = 10_000
    public static let maxPairs = 100_000

    public var mode: Mode
    /// Unix seconds on a full hour (12 blocks).
    public var startSeconds: Int
    public var hours: Int
    public var blockSeconds: Int
    public var pairs: [Pair]
    public var rules: [RuleChange]
    /// In the order of the columns.
    public var metrics: [Metric]
    public var pairRows: [PairRow]
    public var hostRows: [HostRow]

    public init(
        mode: Mode, startSeconds: Int, hours: Int, blockSeconds: Int = 300, pairs: [Pair] = [],
        rules: [RuleChange] = [], metrics: [Metric], pairRows: [PairRow] = [], hostRows: [HostRow] = []
    ) {
        self.mode = mode
        self.startSeconds = startSeconds
        self.hours = hours
        self.blockSeconds = blockSeconds
        self.pairs = pairs
        self.rules = rules
        self.metrics = metrics
        self.pairRows = pairRows
        self.hostRows = hostRows
    }

    public init(text: String, file: String) throws(CaseFileError) {
        var reader = CaseFileReader(file: file)
        self = try reader.read(text)
    }

    /// Refuses bytes that are no UTF-8.
    public init(bytes: [UInt8], file: String) throws(CaseFileError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CaseFileError(file: file, line: 0, message: "is no UTF-8 text")
        }
        try self.init(text: text, file: file)
    }

    /// The same case as text; causes of absence become empty cells.
    public var text: String {
        var lines = ["#perch-case=1", "#mode=\(mode.rawValue)", "#start=\(CaseFile.time(startSeconds))"]
        lines.append("#hours=\(hours)")
        if blockSeconds != 300 { lines.append("#block_seconds=\(blockSeconds)") }
        lines += pairs.map { "#pair=\($0.name),\($0.host)" }
        lines += rules.map { "#invariant=\($0.block),\($0.host),\($0.rule),\($0.state.rawValue.uppercased())" }
        switch mode {
        case .paired:
            lines.append((["block", "pair", "host", "ops_old", "ops_new"] + pairedColumns).joined(separator: ","))
            lines += pairRows.map(line)
        case .unpaired:
            lines.append((["hour", "host", "group"] + metrics.map(\.rawValue)).joined(separator: ","))
            lines += hostRows.map(line)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var pairedColumns: [String] { metrics.flatMap { ["\($0.rawValue)_old", "\($0.rawValue)_new"] } }

    private func line(_ row: PairRow) -> String {
        var cells = ["\(row.block)", row.pair, row.host, CaseFile.cell(row.old.ops), CaseFile.cell(row.new.ops)]
        for metric in metrics { cells += [CaseFile.cell(row.old[metric]), CaseFile.cell(row.new[metric])] }
        return cells.joined(separator: ",")
    }

    private func line(_ row: HostRow) -> String {
        var cells = ["\(row.hour)", row.host.host, row.host.side.rawValue]
        for metric in metrics { cells.append(CaseFile.cell(row.host.values[metric])) }
        return cells.joined(separator: ",")
    }

    private static func cell(_ reading: Measured<Double>) -> String {
        guard let value = reading.value, value.isFinite else { return "" }
        if value.magnitude < 1e15, value == value.rounded() { return "\(Int(value))" }
        return "\(value)"
    }

    static func time(_ unixSeconds: Int) -> String {
        let date = BlockTime.date(unixSeconds: unixSeconds)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = "\(number)"
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let seconds = date.secondOfDay
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(padded(seconds / 3600, 2)):"
            + "\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))Z"
    }
}
