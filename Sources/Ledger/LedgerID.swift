// Identities of verdicts and records. Must never be made here: randomness comes from outside.

/// RFC 9562 version 7, lowercase: the only spelling of an identity in signed documents.
public struct LedgerID: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// - Returns: `nil` unless the text is a version 7 UUID in lowercase.
    public init?(_ text: some StringProtocol) {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard groups.map(\.count) == [8, 4, 4, 4, 12],
            Hex.decode(String(decoding: groups.joined(), as: UTF8.self)) != nil,
            groups[2].first == UInt8(ascii: "7"), let variant = groups[3].first, "89ab".utf8.contains(variant)
        else { return nil }
        description = String(text)
    }
}
