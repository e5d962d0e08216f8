// Secret keys. Must never print, compare or copy out what is secret.
import Crypto

/// An Ed25519 secret key. On Linux signatures are deterministic (RFC 8032); on Apple platforms they are randomised.
public struct SigningKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let key: Curve25519.Signing.PrivateKey
    /// What the signatures verify with.
    public let verifyingKey: VerifyingKey

    /// - Throws: `key` unless the seed has 32 bytes.
    public init(seed: [UInt8]) throws(LedgerRefusal) {
        guard seed.count == 32, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
            throw LedgerRefusal(.key, "an Ed25519 seed has 32 bytes")
        }
        self.key = key
        verifyingKey = try VerifyingKey(bytes: Array(key.publicKey.rawRepresentation))
    }

    /// 64 bytes, checked against the public key: a fault in memory must not be published.
    /// - Throws: `key` if the cryptographic library fails.
    public func signature(over message: [UInt8]) throws(LedgerRefusal) -> [UInt8] {
        guard let signature = try? key.signature(for: message) else {
            throw LedgerRefusal(.key, "the Ed25519 library could not sign")
        }
        let bytes = Array(signature)
        guard verifyingKey.isValid(bytes, over: message) else {
            throw LedgerRefusal(.key, "a signature just made does not verify")
        }
        return bytes
    }

    public var description: String { "•••" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
