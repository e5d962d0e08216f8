// Text signed by one or more keys (C2SP signed-note). Must never show its text as true before a signature was checked.

/// A signed note: text ending in LF, an empty line, signature lines.
public struct SignedNote: Sendable, Hashable {
    /// One signature line.
    public struct Signature: Sendable, Hashable {
        /// The signer's.
        public let name: String
        /// Key id, 4 bytes.
        public let id: [UInt8]
        /// What follows the id; of any kind, known or not.
        public let bytes: [UInt8]

        public init(name: String, id: [UInt8], bytes: [UInt8]) {
            self.name = name
            self.id = id
            self.bytes = bytes
        }

        /// Names are compared byte by byte: String's own equality takes different spellings of one letter as equal.
        func isOf(_ key: NoteKey) -> Bool { id == key.id && name.utf8.elementsEqual(key.name.utf8) }

        var line: String { "— \(name) \(Base64.encode(id + bytes))\n" }
    }

    /// Ends in LF.
    public let text: String
    /// 1 … 16.
    public var signatures: [Signature]

    /// - Throws: `note` for text or names that notes cannot carry.
    public init(text: String, signatures: [Signature]) throws(LedgerRefusal) {
        self.text = text
        self.signatures = signatures
        guard text.utf8.last == 0x0A else { throw LedgerRefusal(.note, "the text does not end in a line feed") }
        guard text.utf8.allSatisfy(Self.isAllowed) else { throw LedgerRefusal(.note, "has a control character") }
        guard signatures.allSatisfy({ NoteKey.isName($0.name) && $0.id.count == 4 }) else {
            throw LedgerRefusal(.note, "a signature's name or id is not one")
        }
    }

    /// Reads a note strictly; nothing in it is verified yet.
    /// - Throws: `note`.
    public init(reading bytes: [UInt8]) throws(LedgerRefusal) {
        guard bytes.count <= LedgerLimits.noteBytes else {
            throw LedgerRefusal(.note, "is longer than \(LedgerLimits.noteBytes) bytes")
        }
        guard bytes.allSatisfy(Self.isAllowed) else {
            throw LedgerRefusal(.note, "has a control character (lines end in LF alone)")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw LedgerRefusal(.note, "is not UTF-8") }
        guard bytes.last == 0x0A else { throw LedgerRefusal(.note, "does not end in a line feed") }
        guard let blank = (1..<bytes.count).last(where: { bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A }) else {
            throw LedgerRefusal(.note, "has no empty line between text and signatures")
        }
        let lines = bytes[(blank + 1)...].split(separator: 0x0A)
        guard (1...LedgerLimits.noteSignatures).contains(lines.count) else {
            throw LedgerRefusal(
                .note, "has \(lines.count) signature lines, 1 to \(LedgerLimits.noteSignatures) are allowed")
        }
        var signatures: [Signature] = []
        for line in lines { signatures.append(try Self.signature(line)) }
        try self.init(text: String(decoding: bytes[..<blank], as: UTF8.self), signatures: signatures)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool { byte == 0x0A || (byte >= 0x20 && byte != 0x7F) }

    /// Em dash, space, name, space, base64 of id and signature.
    private static func signature(_ line: ArraySlice<UInt8>) throws(LedgerRefusal) -> Signature {
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].elementsEqual("—".utf8),
            let name = String(validating: parts[1], as: UTF8.self), NoteKey.isName(name)
        else { throw LedgerRefusal(.note, "\(LedgerRefusal.quoted(line)) is no signature line") }
        guard let blob = Base64.decode(Array(parts[2])), blob.count > 4 else {
            throw LedgerRefusal(.note, "the signature of \(LedgerRefusal.quoted(name)) is not canonical base64")
        }
        return Signature(name: name, id: Array(blob.prefix(4)), bytes: Array(blob.dropFirst(4)))
    }

    /// Text, an empty line, one line for each signature.
    public var bytes: [UInt8] { Array((text + "\n" + signatures.map(\.line).joined()).utf8) }

    /// Adds a plain Ed25519 signature over the text.
    /// - Throws: `key` if the key is of another kind or not this name's.
    public mutating func sign(with key: SigningKey, as name: NoteKey) throws(LedgerRefusal) {
        guard name.kind == .ed25519, name.key == key.verifyingKey else {
            throw LedgerRefusal(.key, "the secret key is not that of \(name.name)")
        }
        signatures.append(
            Signature(name: name.name, id: name.id, bytes: try key.signature(over: Array(text.utf8))))
    }

    /// Whether the key signed. Of a known key every signature must hold, or the note is refused whole.
    /// - Throws: `checkpoint` for a signature of this key that fails.
    public func isSigned(by key: NoteKey) throws(LedgerRefusal) -> Bool {
        try times(of: key) { signature in
            key.key.isValid(signature, over: Array(text.utf8)) ? 0 : nil
        } != nil
    }

    /// Goes over the signatures of one key; `check` returns `nil` for one that fails. The largest value, `nil` if the
    /// key did not sign.
    func times(of key: NoteKey, check: ([UInt8]) -> Int64?) throws(LedgerRefusal) -> Int64? {
        var latest: Int64?
        for signature in signatures where signature.isOf(key) {
            guard let value = check(signature.bytes) else {
                throw LedgerRefusal(
                    .checkpoint, "the signature of \(key.name)+\(Hex.encode(key.id)) does not fit the text")
            }
            latest = max(latest ?? value, value)
        }
        return latest
    }
}
