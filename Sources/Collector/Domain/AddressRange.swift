/// An address range as `10.0.0.0/8` or `fd00::/8`; a bare address is a range of one. Strict: bits behind the prefix
/// must be zero, because `10.1.2.3/8` is more often a slip than a wish.
struct AddressRange: Sendable, Equatable, CustomStringConvertible {
    let description: String
    /// 4 or 16 bytes.
    private let network: [UInt8]
    private let prefixBits: Int

    /// - Returns: `nil` for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let network = IPAddress.bytes(String(first)) else {
            return nil
        }
        let width = network.count * 8
        var prefix = width
        if parts.count == 2 {
            let digits = parts[1]
            guard !digits.isEmpty, digits.utf8.count <= 3, digits.utf8.allSatisfy({ (48...57).contains($0) }),
                let number = Int(digits), number <= width
            else { return nil }
            prefix = number
        }
        for bit in prefix..<width where network[bit / 8] & (0x80 >> UInt8(bit % 8)) != 0 { return nil }
        self.network = network
        prefixBits = prefix
        description = text
    }

    func contains(_ address: String) -> Bool {
        guard let bytes = IPAddress.bytes(address), bytes.count == network.count else { return false }
        let whole = prefixBits / 8
        guard bytes[..<whole] == network[..<whole] else { return false }
        let rest = prefixBits % 8
        guard rest > 0 else { return true }
        return (bytes[whole] ^ network[whole]) >> UInt8(8 - rest) == 0
    }
}
