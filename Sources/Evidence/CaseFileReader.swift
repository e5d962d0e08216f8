// Reads a case file line by line. Must never guess: an unknown key, column, pair or number is an error that names its
// line.
import Judge

struct CaseFileReader {
    /// Where a column goes.
    private enum Column {
        case position, pair, host, group
        case opsOld, opsNew
        case old(Metric), new(Metric), value(Metric)
    }

    private let file: String
    private var number = 0
    private var mode: CaseFile.Mode?
    private var startSeconds: Int?
    private var hours: Int?
    private var blockSeconds = 300
    private var seenKeys: Set<String> = []
    private var pairs: [CaseFile.Pair] = []
    private var pairNames: Set<String> = []
    private var rules: [(line: Int, change: CaseFile.RuleChange)] = []
    private var columns: [Column] = []
    private var pairRows: [CaseFile.PairRow] = []
    private var hostRows: [CaseFile.HostRow] = []
    private var seenRows: Set<String> = []
    private var sides: [String: HostHour.Side] = [:]

    init(file: String) { self.file = file }

    mutating func read(_ text: String) throws(CaseFileError) -> CaseFile {
        for raw in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            var line = Substring(raw)
            if line.utf8.last == UInt8(ascii: "\r") { line = Substring(raw.dropLast()) }
            if line.utf8.isEmpty { continue }
            if line.utf8.first == UInt8(ascii: "#") {
                guard columns.isEmpty else { throw problem("a # line after the header; move it to the top") }
                try readKey(line.dropFirst())
            } else if columns.isEmpty {
                try readHeader(line)
            } else {
                try readRow(line)
            }
        }
        return try finished()
    }

    private func problem(_ message: String, line: Int? = nil) -> CaseFileError {
        CaseFileError(file: file, line: line ?? number, message: message)
    }

    // MARK: Keys

    private mutating func readKey(_ line: Substring) throws(CaseFileError) {
        guard let equals = line.firstIndex(of: "=") else { throw problem("expected #key=value") }
        let key = String(line[..<equals])
        let value = line[line.index(after: equals)...]
        if key == "pair" { return try readPair(value) }
        if key == "invariant" { return try readRule(value) }
        guard seenKeys.insert(key).inserted else { throw problem("key \(key) appears twice") }
        switch key {
        case "perch-case":
            guard value == "1" else { throw problem("format version \(value) is not known; 1 is") }
        case "mode":
            guard let known = CaseFile.Mode(rawValue: String(value)) else {
                throw problem("mode is paired or unpaired, not \(value)")
            }
            mode = known
        case "start":
            guard let seconds = CaseFileReader.time(value) else {
                throw problem("start is no time like 2026-03-02T00:00:00Z")
            }
            startSeconds = seconds
        case "hours": hours = try whole(value, in: 1...CaseFile.maxHours, "hours")
        case "block_seconds": blockSeconds = try whole(value, in: 1...86_400, "block_seconds")
        default:
            throw problem(
                "key \(key) is not known; known are perch-case, mode, start, hours, block_seconds, pair, invariant")
        }
    }

    private mutating func readPair(_ value: Substring) throws(CaseFileError) {
        let parts = value.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw problem("expected #pair=NAME,HOST") }
        guard pairs.count < CaseFile.maxPairs else { throw problem("more than \(CaseFile.maxPairs) pairs") }
        guard pairNames.insert(String(parts[0])).inserted else { throw problem("pair \(parts[0]) is listed twice") }
        pairs.append(CaseFile.Pair(name: String(parts[0]), host: String(parts[1])))
    }

    private mutating func readRule(_ value: Substring) throws(CaseFileError) {
        let parts = value.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 4, !parts[1].isEmpty, !parts[2].isEmpty else {
            throw problem("expected #invariant=BLOCK,HOST,RULE,STATE")
        }
        let block = try whole(parts[0], in: 0...CaseFile.maxHours * BlockTime.blocksPerHour, "block")
        let text = String(parts[3])
        guard let state = RuleInput.State(rawValue: text.lowercased()), text == text.uppercased() else {
            throw problem("state \(text) is not known; known are PASS, FAIL, UNKNOWN, ATTENTION, WITHDRAWN")
        }
        let change = CaseFile.RuleChange(block: block, host: String(parts[1]), rule: String(parts[2]), state: state)
        rules.append((number, change))
    }

    // MARK: Header

    private mutating func readHeader(_ line: Substring) throws(CaseFileError) {
        guard seenKeys.contains("perch-case") else { throw problem("no #perch-case=1 before the header") }
        guard let mode else { throw problem("no #mode before the header") }
        guard startSeconds != nil else { throw problem("no #start before the header") }
        guard hours != nil else { throw problem("no #hours before the header") }
        var seen: Set<String> = []
        for cell in line.split(separator: ",", omittingEmptySubsequences: false) {
            let name = String(cell)
            guard seen.insert(name).inserted else { throw problem("column \(name) appears twice") }
            guard let column = CaseFileReader.column(name, mode) else {
                throw problem("column \(name) is not known in a \(mode.rawValue) case")
            }
            columns.append(column)
        }
        let needed = mode == .paired ? ["block", "pair", "host", "ops_old", "ops_new"] : ["hour", "host", "group"]
        if let missing = needed.first(where: { !seen.contains($0) }) { throw problem("column \(missing) is missing") }
        guard mode == .paired else { return }
        for metric in Metric.allCases where seen.contains("\(metric)_old") != seen.contains("\(metric)_new") {
            throw problem("metric \(metric) needs both columns, \(metric)_old and \(metric)_new")
        }
    }

    private static func column(_ name: String, _ mode: CaseFile.Mode) -> Column? {
        switch (mode, name) {
        case (.paired, "block"), (.unpaired, "hour"): return .position
        case (.paired, "pair"): return .pair
        case (_, "host"): return .host
        case (.unpaired, "group"): return .group
        case (.paired, "ops_old"): return .opsOld
        case (.paired, "ops_new"): return .opsNew
        case (.unpaired, _): return Metric(rawValue: name).map { .value($0) }
        case (.paired, _):
            if name.hasSuffix("_old") { return Metric(rawValue: String(name.dropLast(4))).map { .old($0) } }
            if name.hasSuffix("_new") { return Metric(rawValue: String(name.dropLast(4))).map { .new($0) } }
            return nil
        }
    }

    // MARK: Rows

    private struct Cells {
        var position = 0
        var pair = ""
        var host = ""
        var group = ""
        var old = CopyValues(absent: .coverage)
        var new = CopyValues(absent: .coverage)
    }

    private mutating func readRow(_ line: Substring) throws(CaseFileError) {
        let parts = line.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == columns.count else {
            throw problem("\(parts.count) cells, the header has \(columns.count)")
        }
        var cells = Cells()
        for (column, part) in zip(columns, parts) {
            switch column {
            case .position: cells.position = try position(part)
            case .pair: cells.pair = String(part)
            case .host: cells.host = String(part)
            case .group: cells.group = String(part)
            case .opsOld: cells.old.ops = try measured(part)
            case .opsNew: cells.new.ops = try measured(part)
            case .old(let metric): cells.old[metric] = try measured(part)
            case .new(let metric), .value(let metric): cells.new[metric] = try measured(part)
            }
        }
        guard !cells.host.isEmpty else { throw problem("host is empty") }
        if mode == .unpaired { try addHost(cells) } else { try addPair(cells) }
    }

    private mutating func addPair(_ cells: Cells) throws(CaseFileError) {
        guard pairNames.contains(cells.pair) else {
            throw problem("pair \(cells.pair) is not listed; add #pair=\(cells.pair),\(cells.host)")
        }
        guard seenRows.insert("\(cells.position),\(cells.pair)").inserted else {
            throw problem("block \(cells.position) of pair \(cells.pair) appears twice")
        }
        pairRows.append(
            CaseFile.PairRow(
                block: cells.position, pair: cells.pair, host: cells.host, old: cells.old, new: cells.new))
    }

    private mutating func addHost(_ cells: Cells) throws(CaseFileError) {
        guard let side = HostHour.Side(rawValue: cells.group) else {
            throw problem("group is old or new, not \(cells.group)")
        }
        guard sides[cells.host, default: side] == side else { throw problem("host \(cells.host) changes its group") }
        sides[cells.host] = side
        guard seenRows.insert("\(cells.position),\(cells.host)").inserted else {
            throw problem("hour \(cells.position) of host \(cells.host) appears twice")
        }
        hostRows.append(
            CaseFile.HostRow(
                hour: cells.position, host: HostHour(host: cells.host, side: side, values: cells.new)))
    }

    private func position(_ cell: Substring) throws(CaseFileError) -> Int {
        let length = hours ?? 0
        if mode == .unpaired { return try whole(cell, in: -UnpairedJudging.baselineHours...(length - 1), "hour") }
        return try whole(cell, in: 0...(length * BlockTime.blocksPerHour - 1), "block")
    }

    // MARK: Cells

    private func whole(_ cell: Substring, in range: ClosedRange<Int>, _ name: String) throws(CaseFileError) -> Int {
        guard cell.utf8.count <= 12, cell.utf8.first != UInt8(ascii: "+"), let value = Int(cell) else {
            throw problem("\(name) is no whole number: \(cell.prefix(20))")
        }
        guard range.contains(value) else {
            throw problem("\(name) is \(value), outside \(range.lowerBound) … \(range.upperBound)")
        }
        return value
    }

    /// Plain decimal notation only: the standard library would also take "inf", "nan" and hexadecimal.
    private func measured(_ cell: Substring) throws(CaseFileError) -> Measured<Double> {
        if cell.utf8.isEmpty { return .absent(.coverage) }
        let isPlain = cell.utf8.allSatisfy {
            ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || [0x2e, 0x65, 0x45, 0x2b, 0x2d].contains($0)
        }
        guard isPlain, cell.utf8.count <= 40, let value = Double(cell), value.isFinite else {
            throw problem("\(cell.prefix(20)) is no number; leave the cell empty where nothing was measured")
        }
        guard value >= 0 else { throw problem("\(cell.prefix(20)) is negative; no metric can be") }
        return .value(value)
    }

    private static func time(_ text: Substring) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == 20 else { return nil }
        for (index, mark) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "Z")] {
            if bytes[index] != mark.utf8.first { return nil }
        }
        func digits(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        guard let year = digits(0..<4), let month = digits(5..<7), let day = digits(8..<10),
            let hour = digits(11..<13), let minute = digits(14..<16), let second = digits(17..<19),
            year >= 1970, hour < 24, minute < 60, second < 60
        else { return nil }
        return BlockTime.unixSeconds(
            year: year, month: month, day: day, secondOfDay: hour * 3600 + minute * 60 + second)
    }

    // MARK: End

    private func finished() throws(CaseFileError) -> CaseFile {
        guard !columns.isEmpty, let mode, let startSeconds, let hours else {
            throw problem("the file ends before its header line", line: max(1, number))
        }
        let hourSeconds = blockSeconds * BlockTime.blocksPerHour
        guard startSeconds % hourSeconds == 0 else {
            throw problem("start is not on a full hour of \(hourSeconds) seconds", line: 0)
        }
        guard mode == .paired || pairs.isEmpty else { throw problem("an unpaired case has no #pair", line: 0) }
        guard mode == .unpaired || !pairs.isEmpty else { throw problem("a paired case needs #pair lines", line: 0) }
        let blocks = hours * BlockTime.blocksPerHour
        if let late = rules.first(where: { $0.change.block >= blocks }) {
            throw problem("block \(late.change.block) lies behind the end, \(blocks) blocks", line: late.line)
        }
        return CaseFile(
            mode: mode, startSeconds: startSeconds, hours: hours, blockSeconds: blockSeconds, pairs: pairs,
            rules: rules.map(\.change), metrics: metricsOfColumns, pairRows: pairRows, hostRows: hostRows)
    }

    private var metricsOfColumns: [Metric] {
        columns.compactMap { column in
            switch column {
            case .old(let metric), .value(let metric): metric
            case .position, .pair, .host, .group, .opsOld, .opsNew, .new: nil
            }
        }
    }
}
