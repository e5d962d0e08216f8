// Fields of a Protocol Buffers message, one after the other. The bytes come from the network: no length is believed
// beyond what is there, and what is not understood is malformed, never skipped over by guess.

struct ProtobufReader {
    enum Value {
        case number(UInt64)
        case block(ArraySlice<UInt8>)
        /// Of fixed size; this contract has none, so it is a later version's.
        case fixed
    }

    struct Malformed: Error {}

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// `nil` at the end.
    mutating func next() throws(Malformed) -> (field: UInt64, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        guard tag >> 3 > 0, tag <= UInt32.max else { throw Malformed() }
        switch tag & 7 {
        case 0: return (tag >> 3, .number(try varint()))
        case 1:
            _ = try take(8)
            return (tag >> 3, .fixed)
        case 2: return (tag >> 3, .block(try take(try varint())))
        case 5:
            _ = try take(4)
            return (tag >> 3, .fixed)
        default: throw Malformed()
        }
    }

    private mutating func take(_ count: UInt64) throws(Malformed) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw Malformed() }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }

    private mutating func varint() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst(), shift < 63 || byte <= 1 else { throw Malformed() }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw Malformed()
    }
}
