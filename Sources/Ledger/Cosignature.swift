// A witness's word that it saw a checkpoint, and when (C2SP tlog-cosignature v1, Ed25519).

/// 8 bytes of big-endian POSIX seconds, then Ed25519 over `cosignature/v1`, the time, and the checkpoint's text.
public struct Cosignature: Sendable, Hashable {
    /// C2SP bounds the time by 2⁶³ − 1.
    public let unixSeconds: Int64
    /// 64 bytes.
    public let signature: [UInt8]

    /// - Throws: `key` if signing fails.
    public init(text: String, unixSeconds: Int64, key: SigningKey) throws(LedgerRefusal) {
        guard unixSeconds >= 0 else { throw LedgerRefusal(.key, "a cosignature's time is not negative") }
        self.unixSeconds = unixSeconds
        signature = try key.signature(over: Self.message(text: text, unixSeconds: unixSeconds))
    }

    /// - Returns: `nil` unless there are 72 bytes and the time is below 2⁶³.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 8 + VerifyingKey.signatureBytes else { return nil }
        let seconds = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let unixSeconds = Int64(exactly: seconds) else { return nil }
        self.unixSeconds = unixSeconds
        signature = Array(bytes.dropFirst(8))
    }

    /// 72 bytes, as they stand behind the key id.
    public var bytes: [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: unixSeconds >> Int64(8 * $0)) } + signature
    }

    /// Whether the witness signed this text at this time.
    public func isValid(text: String, key: VerifyingKey) -> Bool {
        key.isValid(signature, over: Self.message(text: text, unixSeconds: unixSeconds))
    }

    private static func message(text: String, unixSeconds: Int64) -> [UInt8] {
        Array("cosignature/v1\ntime \(unixSeconds)\n\(text)".utf8)
    }
}

extension SignedNote {
    /// Adds a witness's cosignature; the text must be a checkpoint's.
    /// - Throws: `key` if the key is of another kind or not this name's.
    public mutating func cosign(with key: SigningKey, as name: NoteKey, unixSeconds: Int64) throws(LedgerRefusal) {
        guard name.kind == .cosignature, name.key == key.verifyingKey else {
            throw LedgerRefusal(.key, "the secret key is not that of the witness \(name.name)")
        }
        let cosignature = try Cosignature(text: text, unixSeconds: unixSeconds, key: key)
        signatures.append(Signature(name: name.name, id: name.id, bytes: cosignature.bytes))
    }

    /// When the witness saw this text, in POSIX seconds; `nil` if it did not sign. Of several, the latest.
    /// - Throws: `checkpoint` for a signature of this witness that fails.
    public func cosigned(by witness: NoteKey) throws(LedgerRefusal) -> Int64? {
        try times(of: witness) { bytes in
            guard let cosignature = Cosignature(bytes: bytes), cosignature.isValid(text: text, key: witness.key) else {
                return nil
            }
            return cosignature.unixSeconds
        }
    }
}
