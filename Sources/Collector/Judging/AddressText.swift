/// IPv4 dotted, IPv6 by RFC 5952: one address, one text.
enum AddressText {
    static func print(_ bytes: [UInt8]) -> String {
        if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
        guard bytes.count == 16 else { return "?" }
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return "::ffff:" + print(Array(bytes[12...]))
        }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        guard let gap = longestZeros(groups) else { return groups.map(hex).joined(separator: ":") }
        return groups[..<gap.lowerBound].map(hex).joined(separator: ":") + "::"
            + groups[gap.upperBound...].map(hex).joined(separator: ":")
    }

    private static func hex(_ group: UInt16) -> String { String(group, radix: 16) }

    /// The first of the longest runs of two or more zero groups.
    private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start >= 2, end - start > best?.count ?? 0 { best = start..<end }
            start = max(end, start) + 1
        }
        return best
    }
}
