// Protocol Buffers' varint (protobuf.dev/programming-guides/encoding): seven bits in each byte, the lowest first.

extension [UInt8] {
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest > 0x7f {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}

extension UInt64 {
    /// What `appendVarint` appends of it.
    var varintBytes: Int { Swift.max(1, (64 - leadingZeroBitCount + 6) / 7) }
}
