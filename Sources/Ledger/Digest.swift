import Crypto

/// SHA-256 as Perch writes it everywhere: lowercase hex, or 32 bytes.
public struct Digest: Sendable, Hashable, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(of data: some Sequence<UInt8>) {
        var hash = SHA256()
        hash.update(data: Array(data))
        self.init(hash.finalize())
    }

    init(_ digest: SHA256.Digest) { bytes = Array(digest) }

    /// - Returns: `nil` unless there are exactly 32 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// - Returns: `nil` unless the text is 64 lowercase hex digits.
    public init?(hex: some StringProtocol) {
        guard hex.utf8.count == 64, let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }

    public var description: String { Hex.encode(bytes) }
}
