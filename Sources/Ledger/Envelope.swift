// DSSE v1: a payload, its type and who signed both. Must never read the payload before a signature was checked.

/// A signed payload (DSSE v1), in Perch's stricter form: canonical JSON, canonical base64, `keyid` always set.
public struct Envelope: Sendable, Equatable {
    /// The only payload that Perch signs: an in-toto statement.
    public static let statementType = "application/vnd.in-toto+json"

    /// An Ed25519 signature over type and payload.
    public struct Signature: Sendable, Hashable {
        /// 64 hex digits; a hint, trusted for nothing.
        public let keyID: String
        /// 64 bytes.
        public let bytes: [UInt8]
    }

    /// 1 … 512 bytes.
    public let payloadType: String
    /// The bytes that were signed; verify them before reading them.
    public let payload: [UInt8]
    /// 1 … 16, each of another `keyID`.
    public let signatures: [Signature]

    /// Signs a payload with each key.
    /// - Throws: `envelope` beyond the limits, `key` if signing fails.
    public init(
        signing payload: [UInt8], type: String = statementType, keys: [SigningKey]
    ) throws(LedgerRefusal) {
        let message = Self.preAuthentication(type: type, payload: payload)
        var signatures: [Signature] = []
        for key in keys {
            signatures.append(Signature(keyID: key.verifyingKey.keyID, bytes: try key.signature(over: message)))
        }
        self.payloadType = type
        self.payload = payload
        self.signatures = signatures
        try checkLimits()
    }

    /// Reads an envelope strictly; nothing in it is verified yet.
    /// - Throws: `envelope`.
    public init(reading bytes: [UInt8]) throws(LedgerRefusal) {
        guard bytes.count <= LedgerLimits.envelopeBytes else {
            throw LedgerRefusal(.envelope, "is longer than \(LedgerLimits.envelopeBytes) bytes")
        }
        let json = try CanonicalJSON(canonical: bytes, what: "the envelope", area: .envelope)
        let members = try Members(
            json, "envelope", area: .envelope, required: ["payload", "payloadType", "signatures"])
        payloadType = try members.text("payloadType")
        guard let payload = Base64.decode(try members.text("payload", limit: LedgerLimits.envelopeBytes)) else {
            throw members.refusal("payload", "is not canonical base64")
        }
        self.payload = payload
        let list = try members.list(
            "signatures", 1...LedgerLimits.envelopeSignatures, required: ["keyid", "sig"])
        var signatures: [Signature] = []
        for item in list {
            let keyID = try item.digest("keyid").description
            guard let bytes = Base64.decode(try item.text("sig")), bytes.count == VerifyingKey.signatureBytes else {
                throw item.refusal("sig", "is not the canonical base64 of 64 bytes")
            }
            signatures.append(Signature(keyID: keyID, bytes: bytes))
        }
        self.signatures = signatures
        try checkLimits()
    }

    private func checkLimits() throws(LedgerRefusal) {
        guard (1...LedgerLimits.nameBytes).contains(payloadType.utf8.count) else {
            throw LedgerRefusal(.envelope, "payloadType has 1 to \(LedgerLimits.nameBytes) bytes")
        }
        guard (1...LedgerLimits.statementBytes).contains(payload.count) else {
            throw LedgerRefusal(.envelope, "the payload has 1 to \(LedgerLimits.statementBytes) bytes")
        }
        guard (1...LedgerLimits.envelopeSignatures).contains(signatures.count) else {
            throw LedgerRefusal(.envelope, "there are 1 to \(LedgerLimits.envelopeSignatures) signatures")
        }
        guard Set(signatures.map(\.keyID)).count == signatures.count else {
            throw LedgerRefusal(.envelope, "one key signed twice")
        }
    }

    /// Canonical JSON.
    public var bytes: [UInt8] {
        CanonicalJSON.object([
            "payload": .string(Base64.encode(payload)), "payloadType": .string(payloadType),
            "signatures": .array(signatures.map(\.json)),
        ]).bytes
    }

    /// What a signature covers: `DSSEv1 SP len(type) SP type SP len(payload) SP payload`, lengths in bytes (DSSE v1,
    /// protocol.md, PAE).
    public static func preAuthentication(type: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }

    /// Checks type, then signatures. A signature that names a trusted key must be that key's: a bad one refuses the
    /// envelope even if enough others are good.
    /// - Parameter required: how many trusted keys must have signed, at least 1.
    /// - Returns: the trusted keys that signed.
    /// - Throws: `payloadType` or `signature`.
    @discardableResult
    public func verify(trusted: [VerifyingKey], required: Int = 1) throws(LedgerRefusal) -> [VerifyingKey] {
        guard payloadType.utf8.elementsEqual(Self.statementType.utf8) else {
            throw LedgerRefusal(.payloadType, "\(LedgerRefusal.quoted(payloadType)) is not \(Self.statementType)")
        }
        guard required >= 1 else { throw LedgerRefusal(.signature, "to ask for no signature is a mistake") }
        let message = Self.preAuthentication(type: payloadType, payload: payload)
        let known = Dictionary(trusted.map { ($0.keyID, $0) }) { first, _ in first }
        var signers: [VerifyingKey] = []
        for signature in signatures {
            guard let key = known[signature.keyID] else { continue }
            guard key.isValid(signature.bytes, over: message) else {
                throw LedgerRefusal(.signature, "the signature of key \(signature.keyID) does not fit the payload")
            }
            signers.append(key)
        }
        guard signers.count >= required else {
            throw LedgerRefusal(
                .signature, "\(signers.count) trusted keys signed this payload, \(required) must have")
        }
        return signers
    }
}

extension Envelope.Signature {
    var json: CanonicalJSON { .object(["keyid": .string(keyID), "sig": .string(Base64.encode(bytes))]) }
}
