// Public keys and what they are called. Must never take trust from an envelope: keys come from the verifier.
import Crypto

/// An Ed25519 public key (RFC 8032, pure).
public struct VerifyingKey: Sendable, Hashable {
    /// RFC 8032: R and S.
    public static let signatureBytes = 64

    /// 32 bytes.
    public let bytes: [UInt8]

    /// - Throws: `key` unless there are 32 bytes.
    public init(bytes: [UInt8]) throws(LedgerRefusal) {
        guard bytes.count == 32, (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil else {
            throw LedgerRefusal(.key, "an Ed25519 public key has 32 bytes")
        }
        self.bytes = bytes
    }

    /// Whether the signature, 64 bytes, is this key's over the message.
    public func isValid(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        guard signature.count == Self.signatureBytes,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else { return false }
        return key.isValidSignature(signature, for: message)
    }

    /// securesystemslib's default id, 64 hex digits: SHA-256 of the canonical JSON of keytype, keyval and scheme.
    public var keyID: String { Digest(of: CanonicalJSON.object(published).bytes).description }

    private var published: [String: CanonicalJSON] {
        [
            "keytype": .string("ed25519"), "keyval": .object(["public": .string(Hex.encode(bytes))]),
            "scheme": .string("ed25519"),
        ]
    }

    /// The published form: canonical JSON of keyid, keytype, keyval and scheme.
    public var text: [UInt8] {
        var members = published
        members["keyid"] = .string(keyID)
        return CanonicalJSON.object(members).bytes
    }

    /// Reads the published form; one LF at the end is allowed, as editors leave it.
    /// - Throws: `key`.
    public init(text: [UInt8]) throws(LedgerRefusal) {
        let body = text.last == UInt8(ascii: "\n") ? text.dropLast() : text[...]
        guard body.count <= LedgerLimits.textBytes else { throw LedgerRefusal(.key, "the key's text is too long") }
        let members = try Members(
            CanonicalJSON(canonical: Array(body), what: "the key", area: .key), "key", area: .key,
            required: ["keyid", "keytype", "keyval", "scheme"])
        for name in ["keytype", "scheme"] where try members.text(name) != "ed25519" {
            throw members.refusal(name, "is not ed25519")
        }
        let value = try members.nested("keyval", required: ["public"])
        guard let bytes = Hex.decode(try value.text("public")) else {
            throw value.refusal("public", "is not lowercase hex")
        }
        try self.init(bytes: bytes)
        guard try members.text("keyid") == keyID else {
            throw members.refusal("keyid", "is not this key's; its id is \(keyID)")
        }
    }
}
