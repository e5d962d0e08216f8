// What the log holds of an envelope. Must never hold the payload: private evidence stays private.

/// A log entry, rebuilt by anyone from the envelope: the payload's digest and the signatures, sorted by key id.
public struct LogEntry: Sendable, Hashable {
    /// As in the envelope.
    public let payloadType: String
    /// SHA-256 of the payload alone: what `sha256sum` says of the statement.
    public let payloadDigest: Digest
    /// Sorted by `keyID`.
    public let signatures: [Envelope.Signature]
    /// Canonical JSON, at most 4 KiB.
    public let bytes: [UInt8]

    /// - Throws: `entry` if it would be longer than an entry may be.
    public init(_ envelope: Envelope) throws(LedgerRefusal) {
        try self.init(
            type: envelope.payloadType, digest: Digest(of: envelope.payload), signatures: envelope.signatures)
    }

    private init(type: String, digest: Digest, signatures: [Envelope.Signature]) throws(LedgerRefusal) {
        payloadType = type
        payloadDigest = digest
        self.signatures = signatures.sorted { $0.keyID.utf8.lexicographicallyPrecedes($1.keyID.utf8) }
        bytes =
            CanonicalJSON.object([
                "payloadSha256": .string(digest.description), "payloadType": .string(type),
                "signatures": .array(self.signatures.map(\.json)), "v": .string("1"),
            ]).bytes
        guard bytes.count <= LedgerLimits.entryBytes else {
            throw LedgerRefusal(.entry, "is \(bytes.count) bytes long, \(LedgerLimits.entryBytes) are the most")
        }
    }

    /// Reads an entry as the log serves it; nothing in it is verified.
    /// - Throws: `entry`.
    public init(reading bytes: [UInt8]) throws(LedgerRefusal) {
        guard bytes.count <= LedgerLimits.entryBytes else {
            throw LedgerRefusal(.entry, "is \(bytes.count) bytes long, \(LedgerLimits.entryBytes) are the most")
        }
        let json = try CanonicalJSON(canonical: bytes, what: "the entry", area: .entry)
        guard json["v"]?.text == "1" else { throw LedgerRefusal(.entry, "v is not 1") }
        let members = try Members(
            json, "entry", area: .entry, required: ["payloadSha256", "payloadType", "signatures", "v"])
        var signatures: [Envelope.Signature] = []
        for item in try members.list(
            "signatures", 1...LedgerLimits.envelopeSignatures, required: ["keyid", "sig"])
        {
            guard let signature = Base64.decode(try item.text("sig")),
                signature.count == VerifyingKey.signatureBytes
            else { throw item.refusal("sig", "is not the canonical base64 of 64 bytes") }
            signatures.append(Envelope.Signature(keyID: try item.digest("keyid").description, bytes: signature))
        }
        try self.init(
            type: try members.text("payloadType"), digest: try members.digest("payloadSha256"),
            signatures: signatures)
        guard Set(signatures.map(\.keyID)).count == signatures.count, self.bytes == bytes else {
            throw LedgerRefusal(.entry, "signatures are not sorted by keyid, each once")
        }
    }

    /// RFC 6962 2.1: SHA-256(0x00 ‖ entry).
    public var leafHash: Digest { Merkle.leaf(bytes) }
}
