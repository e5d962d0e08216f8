// The head of a log: how large it is, and its root (C2SP tlog-checkpoint). Must never stand without a signature of the
// log that its origin names.

/// The three lines of a checkpoint's text.
public struct Checkpoint: Sendable, Hashable {
    /// The log's name; also the name of its key.
    public let origin: String
    /// Entries, at most 2⁴⁰.
    public let size: UInt64
    /// RFC 6962 2.1; of an empty log, SHA-256 of nothing.
    public let root: Digest

    /// - Throws: `checkpoint` beyond the limits, or for an empty tree with a root.
    public init(origin: String, size: UInt64, root: Digest) throws(LedgerRefusal) {
        guard NoteKey.isName(origin) else {
            throw LedgerRefusal(.checkpoint, "the origin \(LedgerRefusal.quoted(origin)) is not a key's name")
        }
        guard size <= LedgerLimits.logEntries else {
            throw LedgerRefusal(.checkpoint, "\(size) entries are more than the 2^40 a log may have")
        }
        guard size > 0 || root == Merkle.emptyRoot else {
            throw LedgerRefusal(.checkpoint, "an empty log has the root of an empty tree, SHA-256 of nothing")
        }
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Reads a note's text: origin, size, root, and no line more.
    /// - Throws: `checkpoint`.
    public init(text: String) throws(LedgerRefusal) {
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count == 4, lines[3].isEmpty else {
            throw LedgerRefusal(.checkpoint, "has \(max(lines.count - 1, 0)) lines, not origin, size and root")
        }
        guard let size = Self.number(lines[1]) else {
            throw LedgerRefusal(.checkpoint, "size \(LedgerRefusal.quoted(lines[1])) is no number below 2^63")
        }
        guard let bytes = Base64.decode(Array(lines[2])), let root = Digest(bytes: bytes) else {
            throw LedgerRefusal(.checkpoint, "the root is not the canonical base64 of 32 bytes")
        }
        try self.init(origin: String(decoding: lines[0], as: UTF8.self), size: size, root: root)
    }

    /// What is signed: three lines, each ended by LF.
    public var text: String { "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n" }

    /// Signed by the log.
    /// - Throws: `checkpoint` if the key is not the origin's, `key` if signing fails.
    public func signed(with key: SigningKey, as log: NoteKey) throws(LedgerRefusal) -> SignedNote {
        guard origin.utf8.elementsEqual(log.name.utf8) else {
            throw LedgerRefusal(.checkpoint, "the key of \(log.name) does not sign for \(origin)")
        }
        var note = try SignedNote(text: text, signatures: [])
        try note.sign(with: key, as: log)
        return note
    }

    /// Reads a note and checks that this log signed it.
    /// - Throws: `note` or `checkpoint`.
    public init(note: SignedNote, log: NoteKey) throws(LedgerRefusal) {
        guard log.kind == .ed25519 else { throw LedgerRefusal(.checkpoint, "the log's key is a witness's") }
        let checkpoint = try Checkpoint(text: note.text)
        guard checkpoint.origin.utf8.elementsEqual(log.name.utf8) else {
            throw LedgerRefusal(
                .checkpoint, "is of the log \(LedgerRefusal.quoted(checkpoint.origin)), not of \(log.name)")
        }
        guard try note.isSigned(by: log) else { throw LedgerRefusal(.checkpoint, "\(log.name) did not sign it") }
        self = checkpoint
    }

    /// Of decimal numbers the one spelling `0|[1-9][0-9]{0,18}`, below 2⁶³.
    static func number(_ text: some Collection<UInt8>) -> UInt64? {
        guard (1...19).contains(text.count), text.count == 1 || text.first != UInt8(ascii: "0") else { return nil }
        var number: UInt64 = 0
        for byte in text {
            guard (0x30...0x39).contains(byte) else { return nil }
            number = number * 10 + UInt64(byte - 0x30)
        }
        return number <= UInt64(Int64.max) ? number : nil
    }
}
