// Proofs as text, with the checkpoint they lead to: one file that can be checked for ever (C2SP tlog-proof, and the
// body that witnesses accept). Must never let a reader take a proof without its checkpoint.

/// That the entry at `index` is in the log of this checkpoint.
public struct TlogProof: Sendable, Hashable {
    /// First line of the text.
    public static let version = "c2sp.org/tlog-proof@v1"

    /// Of the entry, from 0.
    public let index: UInt64
    /// Siblings from the leaf's upward, at most 63.
    public let hashes: [Digest]
    /// Not verified by reading.
    public let note: SignedNote

    public init(index: UInt64, hashes: [Digest], note: SignedNote) {
        self.index = index
        self.hashes = hashes
        self.note = note
    }

    /// Reads the text form; an `extra` line is not authenticated and is skipped.
    /// - Throws: `proof`, or `note`.
    public init(reading bytes: [UInt8]) throws(LedgerRefusal) {
        let (head, note) = try ProofText.split(bytes)
        var lines = head[...]
        guard let first = lines.popFirst(), first.elementsEqual(Self.version.utf8) else {
            throw LedgerRefusal(.proof, "does not begin with \(Self.version)")
        }
        if let line = lines.first, line.starts(with: "extra ".utf8) {
            guard Base64.decode(Array(line.dropFirst(6))) != nil else {
                throw LedgerRefusal(.proof, "the extra line is not canonical base64")
            }
            lines = lines.dropFirst()
        }
        index = try ProofText.number(lines.popFirst(), word: "index")
        hashes = try ProofText.hashes(lines)
        self.note = try SignedNote(reading: note)
    }

    /// The text form, without an extra line.
    public var bytes: [UInt8] {
        Array("\(Self.version)\nindex \(index)\n\(ProofText.write(hashes))\n".utf8) + note.bytes
    }

    /// Checks who signed the checkpoint, then that the entry is in its tree.
    /// - Throws: `checkpoint`, `inclusion` or `log`.
    @discardableResult
    public func verify(leafHash: Digest, log: NoteKey) throws(LedgerRefusal) -> Checkpoint {
        let checkpoint = try Checkpoint(note: note, log: log)
        try InclusionProof(index: index, size: checkpoint.size, hashes: hashes)
            .verify(leafHash: leafHash, root: checkpoint.root)
        return checkpoint
    }
}

/// That the log of this checkpoint begins with its first `oldSize` entries: the body that a witness accepts (C2SP
/// tlog-witness, add-checkpoint).
public struct ConsistencyText: Sendable, Hashable {
    /// Entries of the older checkpoint.
    public let oldSize: UInt64
    /// At most 63.
    public let hashes: [Digest]
    /// Not verified by reading.
    public let note: SignedNote

    public init(oldSize: UInt64, hashes: [Digest], note: SignedNote) {
        self.oldSize = oldSize
        self.hashes = hashes
        self.note = note
    }

    /// - Throws: `proof`, or `note`.
    public init(reading bytes: [UInt8]) throws(LedgerRefusal) {
        let (head, note) = try ProofText.split(bytes)
        oldSize = try ProofText.number(head.first, word: "old")
        hashes = try ProofText.hashes(head.dropFirst())
        self.note = try SignedNote(reading: note)
    }

    /// The text form.
    public var bytes: [UInt8] { Array("old \(oldSize)\n\(ProofText.write(hashes))\n".utf8) + note.bytes }

    /// Checks who signed the newer checkpoint, then that the older one is its beginning.
    /// - Parameter old: already verified.
    /// - Throws: `checkpoint` or `consistency`.
    @discardableResult
    public func verify(old: Checkpoint, log: NoteKey) throws(LedgerRefusal) -> Checkpoint {
        let checkpoint = try Checkpoint(note: note, log: log)
        guard oldSize == old.size else {
            throw LedgerRefusal(.consistency, "begins at \(oldSize) entries, the earlier checkpoint at \(old.size)")
        }
        try ConsistencyProof(oldSize: oldSize, newSize: checkpoint.size, hashes: hashes)
            .verify(oldRoot: old.root, newRoot: checkpoint.root)
        return checkpoint
    }
}

/// What both texts share: lines, an empty line, a note.
private enum ProofText {
    static func split(
        _ bytes: [UInt8]
    ) throws(LedgerRefusal) -> (head: [ArraySlice<UInt8>], note: [UInt8]) {
        guard bytes.count <= LedgerLimits.proofBytes else {
            throw LedgerRefusal(.proof, "is longer than \(LedgerLimits.proofBytes) bytes")
        }
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            if line.isEmpty { return (lines, Array(rest)) }
            guard lines.count <= LedgerLimits.proofHashes + 3 else {
                throw LedgerRefusal(.proof, "has more than \(LedgerLimits.proofHashes) hashes")
            }
            lines.append(line)
        }
        throw LedgerRefusal(.proof, "has no empty line before its checkpoint")
    }

    static func number(_ line: ArraySlice<UInt8>?, word: String) throws(LedgerRefusal) -> UInt64 {
        guard let line, line.starts(with: "\(word) ".utf8),
            let number = Checkpoint.number(line.dropFirst(word.utf8.count + 1))
        else { throw LedgerRefusal(.proof, "has no line \(word) N with a number below 2^63") }
        return number
    }

    static func hashes(_ lines: ArraySlice<ArraySlice<UInt8>>) throws(LedgerRefusal) -> [Digest] {
        guard lines.count <= LedgerLimits.proofHashes else {
            throw LedgerRefusal(.proof, "has more than \(LedgerLimits.proofHashes) hashes")
        }
        var hashes: [Digest] = []
        for line in lines {
            guard let bytes = Base64.decode(Array(line)), let hash = Digest(bytes: bytes) else {
                throw LedgerRefusal(.proof, "\(LedgerRefusal.quoted(line)) is not the canonical base64 of a hash")
            }
            hashes.append(hash)
        }
        return hashes
    }

    static func write(_ hashes: [Digest]) -> String { hashes.map { Base64.encode($0.bytes) + "\n" }.joined() }
}
