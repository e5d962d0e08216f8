/// RFC 9562, version 7: 48 bits of milliseconds, then random.
enum UUIDv7 {
    static func make(nowMicroseconds: UInt64, using generator: inout some RandomNumberGenerator) -> String {
        let milliseconds = nowMicroseconds / 1000
        let high = milliseconds << 16 | 0x7000 | UInt64.random(in: 0...0xFFF, using: &generator)
        let low = 0x8000_0000_0000_0000 | UInt64.random(in: 0...0x3FFF_FFFF_FFFF_FFFF, using: &generator)
        return text(high, low)
    }

    static func make(nowMicroseconds: UInt64) -> String {
        var generator = SystemRandomNumberGenerator()
        return make(nowMicroseconds: nowMicroseconds, using: &generator)
    }

    private static func text(_ high: UInt64, _ low: UInt64) -> String {
        var hex = ""
        for word in [high, low] {
            let digits = String(word, radix: 16)
            hex += String(repeating: "0", count: 16 - digits.count) + digits
        }
        var groups: [Substring] = []
        var rest = hex[...]
        for length in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return groups.joined(separator: "-")
    }
}
