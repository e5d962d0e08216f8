// The one base64 of the audit trail. Must never accept two spellings of the same bytes: another spelling of a signature
// would be another log entry.

/// RFC 4648 section 4: standard alphabet, padded, unused bits zero.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let unknown: UInt8 = 0xFF
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: unknown, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    /// 4 letters for every 3 bytes begun.
    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0) }
            for place in 0..<4 {
                let letter = alphabet[Int(group >> UInt32(18 - 6 * place) & 63)]
                text.append(place <= count ? letter : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: `nil` for any text that `encode` does not write.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? { decode(Array(text.utf8)) }

    static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let letters = text.count - padding
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        for start in stride(from: 0, to: letters, by: 4) {
            let count = min(4, letters - start)
            var group: UInt32 = 0
            for place in 0..<4 {
                let value = place < count ? values[Int(text[start + place])] : 0
                guard value != unknown else { return nil }
                group = group << 6 | UInt32(value)
            }
            let kept = count - 1
            // What lies behind the kept bytes are stray bits.
            guard kept == 3 || group & (1 << UInt32(24 - 8 * kept) - 1) == 0 else { return nil }
            for place in 0..<kept { bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * place))) }
        }
        return bytes
    }
}
