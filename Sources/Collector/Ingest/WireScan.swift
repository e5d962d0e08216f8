import Shared

/// Counts the repeated parts of an encoded report before it is decoded. A few bytes on the wire can ask for a hundred
/// times as many in memory; so what is beyond the limits is refused while it is still bytes. It checks the framing of
/// what it walks through and nothing of the contents.
enum WireScan {
    struct Excess: Error, Sendable, Equatable {
        /// As in an error's field path: `instances[3].errors`.
        var field: String
        var limit: Int
    }

    enum Failure: Error, Sendable, Equatable {
        case malformed
        case tooMany(Excess)
    }

    /// Bounds of one message's fields, and how often each was seen.
    private struct Counter {
        private let limits: [(name: String, limit: Int)?]
        private var counts: [Int]

        init(_ bounds: [Int: (name: String, limit: Int)]) {
            limits = (0...(bounds.keys.max() ?? 0)).map { bounds[$0] }
            counts = [Int](repeating: 0, count: limits.count)
        }

        /// - Parameter prefix: asked for only when the limit is passed.
        mutating func add(_ number: Int, prefix: @autoclosure () -> String) throws(Failure) {
            guard number < limits.count, let bound = limits[number] else { return }
            counts[number] += 1
            guard counts[number] <= bound.limit else {
                throw .tooMany(Excess(field: prefix() + bound.name, limit: bound.limit))
            }
        }

        func count(_ number: Int) -> Int { counts[number] }
    }

    private static let report = Counter([
        11: ("names", Limits.names), 13: ("labelled", 3 * Limits.labelledPerKind),
        14: ("instances", Limits.instances), 15: ("probes", Limits.probes), 18: ("logins", Limits.logins),
        20: ("digests", Limits.digests), 21: ("facts", Limits.facts),
    ])
    private static let instance = Counter([18: ("errors", Limits.errorCodesPerInstance)])
    private static let ports = Counter([1: ("listening", Limits.ports)])
    private static let journal = Counter([
        5: ("counts", Limits.journalCounts), 6: ("fingerprints", Limits.fingerprints),
        7: ("oom_kills", Limits.oomKills),
    ])
    private static let packages = Counter([1: ("installed", Limits.packages)])

    static func check(_ bytes: ArraySlice<UInt8>) throws(Failure) {
        var report = report
        // Singular messages that stand there twice are merged by the decoder: their counts add up.
        var (ports, journal, packages) = (ports, journal, packages)
        var reader = WireReader(bytes)
        while let field = try reader.next() {
            try report.add(field.number, prefix: "")
            switch field.number {
            case 14:
                var instance = instance
                let index = report.count(14) - 1
                try walk(field.payload, &instance, prefix: "instances[\(index)].")
            case 16: try walk(field.payload, &ports, prefix: "ports.")
            case 17: try walk(field.payload, &journal, prefix: "journal.")
            case 19: try walk(field.payload, &packages, prefix: "packages.")
            default: continue
            }
        }
    }

    private static func walk(
        _ bytes: ArraySlice<UInt8>, _ counter: inout Counter, prefix: @autoclosure () -> String
    ) throws(Failure) {
        var reader = WireReader(bytes)
        while let field = try reader.next() { try counter.add(field.number, prefix: prefix()) }
    }
}

/// Fields of one encoded protobuf message, one after the other. Source: protobuf.dev, "Encoding".
struct WireReader {
    struct Field {
        var number: Int
        /// Empty unless length-delimited.
        var payload: ArraySlice<UInt8>
        var isLengthDelimited: Bool
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// `nil` at the end.
    mutating func next() throws(WireScan.Failure) -> Field? {
        guard !rest.isEmpty else { return nil }
        let key = try varint()
        guard (1...536_870_911).contains(key >> 3) else { throw .malformed }
        let number = Int(key >> 3)
        switch key & 7 {
        case 0:
            _ = try varint()
            return Field(number: number, payload: [], isLengthDelimited: false)
        case 1: return try fixed(8, number)
        case 5: return try fixed(4, number)
        case 2:
            let length = try varint()
            guard length <= UInt64(rest.count) else { throw .malformed }
            let payload = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            return Field(number: number, payload: payload, isLengthDelimited: true)
        default: throw .malformed
        }
    }

    private mutating func fixed(_ count: Int, _ number: Int) throws(WireScan.Failure) -> Field {
        guard rest.count >= count else { throw .malformed }
        rest = rest.dropFirst(count)
        return Field(number: number, payload: [], isLengthDelimited: false)
    }

    private mutating func varint() throws(WireScan.Failure) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            // The tenth byte has room for one bit.
            guard shift < 63 || byte <= 1 else { throw .malformed }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw .malformed
    }
}
