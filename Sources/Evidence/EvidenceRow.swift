import Judge
import Ledger

/// A frozen block as text: one canonical JSON line for the host, then one for each instance, each ended by LF.
/// Written and read only here, so that what is signed, stored and recomputed cannot differ.
public enum EvidenceRow {
    /// Of the row's form; readers refuse another one.
    public static let version = "1"

    public enum Unreadable: Error, Sendable, Equatable {
        /// `line` counts from 1.
        case line(Int, CanonicalJSON.Refusal)
        case member(line: Int, name: String)
        case version
    }

    static func write(_ block: HostBlock) -> [UInt8] {
        var output = block.json.bytes
        output.append(UInt8(ascii: "\n"))
        for instance in block.instances {
            output += instance.json.bytes
            output.append(UInt8(ascii: "\n"))
        }
        return output
    }

    /// - Throws: `Unreadable`, naming line and member.
    public static func read(_ bytes: [UInt8]) throws(Unreadable) -> HostBlock { try readOne(bytes).block }

    static func readOne(_ bytes: [UInt8]) throws(Unreadable) -> FrozenBlock {
        let blocks = try readAll(bytes)
        guard blocks.count == 1, let frozen = blocks.first else { throw .version }
        return frozen
    }

    /// Several blocks one after the other, as files of evidence hold them.
    /// - Throws: `Unreadable`, naming line and member.
    public static func readAll(_ bytes: [UInt8]) throws(Unreadable) -> [FrozenBlock] {
        var blocks: [HostBlock] = []
        var starts: [Int] = []
        for (index, line) in lines(bytes).enumerated() {
            let row = try row(line, index)
            // Only a host's row has a version, and instances follow their host.
            if row.json["v"]?.text != nil {
                blocks.append(try host(row))
                starts.append(line.startIndex)
            } else {
                guard !blocks.isEmpty else { throw .version }
                blocks[blocks.count - 1].instances.append(try InstanceBlock(reading: row))
            }
        }
        let ends = starts.dropFirst() + [bytes.endIndex]
        return zip(blocks, zip(starts, ends)).map { block, span in
            FrozenBlock(block: block, text: Array(bytes[span.0..<span.1]))
        }
    }

    private static func host(_ row: RowReader) throws(Unreadable) -> HostBlock {
        guard row.json["v"]?.text == version else { throw .version }
        return try HostBlock(reading: row)
    }

    private static func row(_ line: ArraySlice<UInt8>, _ index: Int) throws(Unreadable) -> RowReader {
        do {
            return RowReader(line: index + 1, json: try CanonicalJSON(reading: line))
        } catch { throw .line(index + 1, error) }
    }

    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // Behind the last line's end.
        if lines.count > 1, lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

extension EvidenceRow {
    /// Hosts' lines alone; those of instances are passed over unread.
    /// - Throws: `Unreadable`, naming line and member.
    public static func hosts(_ bytes: [UInt8]) throws(Unreadable) -> [HostBlock] {
        // Members stand in their names' order, so that a line tells early whose it is.
        let instance = Array("{\"aof\":".utf8)
        var blocks: [HostBlock] = []
        for (index, line) in lines(bytes).enumerated() where !line.starts(with: instance) {
            blocks.append(try host(row(line, index)))
        }
        return blocks
    }

    /// The host's line and those of the named instances; the others are passed over unread, which is what makes a look
    /// at one pair of many cheap.
    /// - Throws: `Unreadable`, naming line and member.
    public static func read(_ bytes: [UInt8], instances: Set<String>) throws(Unreadable) -> HostBlock {
        let marks = instances.map { Array("\"instance\":".utf8) + CanonicalJSON.string($0).bytes }
        let newline = UInt8(ascii: "\n")
        var wanted: [UInt8] = []
        for (index, line) in bytes.split(separator: newline).enumerated()
        where index == 0 || marks.contains(where: { line.firstRange(of: $0) != nil }) {
            wanted += line
            wanted.append(newline)
        }
        return try read(wanted)
    }
}

/// One line's members, with the line's number for messages.
struct RowReader {
    let line: Int
    let json: CanonicalJSON

    func missing(_ name: String) -> EvidenceRow.Unreadable { .member(line: line, name: name) }

    func text(_ name: String) throws(EvidenceRow.Unreadable) -> String {
        guard let value = json[name]?.text else { throw missing(name) }
        return value
    }

    /// Absent members are `nil`; present ones must be texts.
    func optionalText(_ name: String) throws(EvidenceRow.Unreadable) -> String? {
        json[name] == nil ? nil : try text(name)
    }

    func integer<Value: FixedWidthInteger>(_ name: String) throws(EvidenceRow.Unreadable) -> Value {
        guard let value: Value = json[name]?.integer() else { throw missing(name) }
        return value
    }

    /// Absent members are `nil`; present ones must be readable.
    func optional<Value: FixedWidthInteger>(_ name: String) throws(EvidenceRow.Unreadable) -> Value? {
        json[name] == nil ? nil : try integer(name)
    }

    /// A decimal string, or `{"absent":"CAUSE"}`.
    func measured(_ name: String) throws(EvidenceRow.Unreadable) -> Measured<UInt64> {
        if let cause = json[name]?["absent"] { return .absent(try Self.absence(cause, self, name)) }
        return .value(try integer(name))
    }

    static func absence(
        _ json: CanonicalJSON, _ reader: RowReader, _ name: String
    ) throws(EvidenceRow.Unreadable) -> Absence {
        guard let cause = json.text.flatMap(Absence.init(rawValue:)) else { throw reader.missing(name) }
        return cause
    }

    func absence(_ name: String) throws(EvidenceRow.Unreadable) -> Absence? {
        guard let value = json[name] else { return nil }
        return try Self.absence(value, self, name)
    }

    func items(_ name: String) throws(EvidenceRow.Unreadable) -> [RowReader] {
        guard let items = json[name]?.items else { throw missing(name) }
        return items.map { RowReader(line: line, json: $0) }
    }

    func nested(_ name: String) throws(EvidenceRow.Unreadable) -> RowReader {
        guard let value = json[name] else { throw missing(name) }
        return RowReader(line: line, json: value)
    }

    /// A list of decimal strings.
    func integers(_ name: String) throws(EvidenceRow.Unreadable) -> [UInt64] {
        guard let items = json[name]?.items else { throw missing(name) }
        var result: [UInt64] = []
        for item in items {
            guard let value: UInt64 = item.integer() else { throw missing(name) }
            result.append(value)
        }
        return result
    }
}

extension Measured<UInt64> {
    var json: CanonicalJSON {
        switch self {
        case .value(let value): .integer(value)
        case .absent(let cause): .object(["absent": .string(cause.rawValue)])
        }
    }
}

extension RunFact {
    var json: CanonicalJSON {
        .array([.integer(samples), .integer(first), .integer(last), .integer(longest)])
    }

    init(reading reader: RowReader, _ name: String) throws(EvidenceRow.Unreadable) {
        let numbers = try reader.integers(name)
        guard numbers.count == 4, numbers[3] <= numbers[0], numbers[1] <= numbers[3], numbers[2] <= numbers[3] else {
            throw reader.missing(name)
        }
        self.init()
        samples = numbers[0]
        first = numbers[1]
        last = numbers[2]
        longest = numbers[3]
    }
}
