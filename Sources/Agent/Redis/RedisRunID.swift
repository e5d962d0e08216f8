// Which run of a Redis server: 20 random bytes of its start (INFO's run_id). Every instance keeps it in three places,
// so it lies where it is used: as arrays those would be three pieces of memory each, on pages of their own.

struct RedisRunID: Hashable, Sendable {
    static let byteCount = 20

    private let first: UInt64
    private let second: UInt64
    private let third: UInt32

    /// - Parameter text: 40 hexadecimal digits; anything else gives `nil`.
    init?(hexadecimal text: ByteText) {
        guard text.count == 2 * Self.byteCount,
            let first = ProcText.hexadecimal(text.prefix(16)),
            let second = ProcText.hexadecimal(text.dropFirst(16).prefix(16)),
            let third = ProcText.hexadecimal(text.dropFirst(32))
        else { return nil }
        (self.first, self.second, self.third) = (first, second, UInt32(truncatingIfNeeded: third))
    }

    /// 20 of them, as the text has them.
    var bytes: [UInt8] {
        [first, second].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
            + (0..<4).map { UInt8(truncatingIfNeeded: third >> (24 - 8 * $0)) }
    }
}
