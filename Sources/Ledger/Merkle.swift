// Hashes of the Merkle tree (RFC 6962 section 2.1).

/// SHA-256, with a first byte that tells leaves from nodes.
public enum Merkle {
    /// Root of a tree without leaves: SHA-256 of nothing.
    public static let emptyRoot = Digest(of: [])

    /// SHA-256(0x00 ‖ entry).
    public static func leaf(_ entry: [UInt8]) -> Digest { Digest(of: [0x00] + entry) }

    /// SHA-256(0x01 ‖ left ‖ right).
    public static func node(_ left: Digest, _ right: Digest) -> Digest {
        Digest(of: [0x01] + left.bytes + right.bytes)
    }

    /// The largest power of two below `count`: where RFC 6962 splits.
    /// - Precondition: `count` is at least 2.
    static func split(_ count: UInt64) -> UInt64 {
        1 << UInt64(UInt64.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }
}
