// Keys of signed notes: a name, a kind and a public key, bound together by a short id.

/// A key that signs notes (C2SP signed-note). Its published text is `NAME+HEX(id)+BASE64(kind ‖ key)`.
public struct NoteKey: Sendable, Hashable {
    /// The signature type byte.
    public enum Kind: UInt8, Sendable {
        /// Plain Ed25519 over the note's text: logs.
        case ed25519 = 0x01
        /// Ed25519 with a time (C2SP tlog-cosignature v1): witnesses.
        case cosignature = 0x04
    }

    /// 1 … 256 bytes, without spaces, plus and control signs.
    public let name: String
    public let kind: Kind
    public let key: VerifyingKey
    /// First 4 bytes of SHA-256(name ‖ LF ‖ kind ‖ key). No strong hash: it only tells keys of one name apart.
    public let id: [UInt8]

    /// - Throws: `key` for a name that notes cannot carry.
    public init(name: String, kind: Kind, key: VerifyingKey) throws(LedgerRefusal) {
        guard Self.isName(name) else {
            throw LedgerRefusal(.key, "\(LedgerRefusal.quoted(name)) is no key name: no spaces, plus or control signs")
        }
        self.name = name
        self.kind = kind
        self.key = key
        id = Array(Digest(of: Array(name.utf8) + [0x0A, kind.rawValue] + key.bytes).bytes.prefix(4))
    }

    /// Without a line end.
    public var text: String { "\(name)+\(Hex.encode(id))+\(Base64.encode([kind.rawValue] + key.bytes))" }

    /// Reads a published key; one LF at the end is allowed.
    /// - Throws: `key`.
    public init(text: [UInt8]) throws(LedgerRefusal) {
        let line = text.last == 0x0A ? text.dropLast() : text[...]
        guard line.count <= LedgerLimits.textBytes, let string = String(validating: line, as: UTF8.self) else {
            throw LedgerRefusal(.key, "the key's text is too long or not UTF-8")
        }
        let parts = string.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let id = Hex.decode(Substring(parts[1])),
            let material = Base64.decode(Substring(parts[2])), let first = material.first
        else { throw LedgerRefusal(.key, "the key is not of the form NAME+ID+KEY") }
        guard let kind = Kind(rawValue: first) else {
            throw LedgerRefusal(.key, "signature type \(first) is not known; known are 1 and 4")
        }
        let key = try VerifyingKey(bytes: Array(material.dropFirst()))
        try self.init(name: String(decoding: parts[0], as: UTF8.self), kind: kind, key: key)
        guard id == self.id else {
            throw LedgerRefusal(.key, "the key id does not fit name and key; it would be \(Hex.encode(self.id))")
        }
    }

    /// Whether signed notes can carry the name: not empty, no Unicode space, no plus, no control sign.
    static func isName(_ text: String) -> Bool {
        !text.utf8.isEmpty && text.utf8.count <= LedgerLimits.keyNameBytes
            && text.unicodeScalars.allSatisfy {
                $0 != "+" && $0.value >= 0x20 && $0.value != 0x7F && !$0.properties.isWhitespace
            }
    }
}
