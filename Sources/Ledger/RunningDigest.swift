// SHA-256 of bytes that arrive in parts. Must never differ from the digest of the whole.
import Crypto

/// A file's digest and size while it grows; copies go on by themselves.
public struct RunningDigest: Sendable {
    private var hash = SHA256()
    /// Bytes so far.
    public private(set) var size: UInt64 = 0

    public init() {}

    public mutating func update(_ bytes: [UInt8]) {
        hash.update(data: bytes)
        size += UInt64(bytes.count)
    }

    /// Of all bytes so far.
    public var digest: Digest { Digest(hash.finalize()) }
}
