// What a verdict rests on, file by file. Must never name a file outside the archive.

/// A file that the manifest names, by digest and size.
public struct ManifestFile: Sendable, Hashable {
    /// Relative, of letters, digits, `.`, `_`, `-` and `/`; no part begins with a dot.
    public let path: String
    public let sha256: Digest
    /// Bytes.
    public let size: UInt64

    public init(path: String, sha256: Digest, size: UInt64) {
        self.path = path
        self.sha256 = sha256
        self.size = size
    }

    /// - Throws: `evidence` unless these are the file's bytes.
    public func check(_ bytes: [UInt8]) throws(LedgerRefusal) {
        guard UInt64(bytes.count) == size else {
            throw LedgerRefusal(.evidence, "\(path) has \(bytes.count) bytes, the manifest says \(size)")
        }
        guard Digest(of: bytes) == sha256 else {
            throw LedgerRefusal(.evidence, "\(path) is not what was judged: its digest is another")
        }
    }

    static func isPath(_ text: String) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.first != UInt8(ascii: ".")
                && part.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || "._-".utf8.contains(byte)
                }
        }
    }
}

/// The evidence manifest, version 1.
public struct Manifest: Sendable, Hashable {
    /// Readers refuse another one.
    public static let version = "1"

    /// Of the comparison.
    public enum Side: String, Sendable, CaseIterable { case old, new }

    /// JSON Lines of frozen blocks of one host.
    public struct Chunk: Sendable, Hashable {
        public let side: Side
        public let host: String
        public let file: ManifestFile
        /// Lines.
        public let records: UInt64

        public init(side: Side, host: String, file: ManifestFile, records: UInt64) {
            self.side = side
            self.host = host
            self.file = file
            self.records = records
        }

        /// - Throws: `evidence` unless these are the chunk's bytes, `records` lines each ended by LF.
        public func check(_ bytes: [UInt8]) throws(LedgerRefusal) {
            try file.check(bytes)
            let lines = bytes.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
            guard bytes.isEmpty || bytes.last == 0x0A, UInt64(lines) == records else {
                throw LedgerRefusal(.evidence, "\(file.path) has \(lines) lines, the manifest says \(records)")
            }
        }
    }

    /// A host that fell silent: a stated gap.
    public struct Gap: Sendable, Hashable {
        public let host: String
        public let window: UTCWindow
        /// A code.
        public let reason: String

        public init(host: String, window: UTCWindow, reason: String) {
            self.host = host
            self.window = window
            self.reason = reason
        }
    }

    public var rollout: String
    public var window: UTCWindow
    public var policy: ManifestFile
    /// What was said by people and tools that bears on the judging: hosts, pairs, stages, moves, approvals. Absent
    /// where the judge asks for nothing of the kind.
    public var context: ManifestFile?
    public var judge: JudgeName
    /// In the order in which they were judged, at most 20 000.
    public var chunks: [Chunk]
    /// No row means complete.
    public var missing: [Gap]
    /// Invalidations whose spans were left out, by id.
    public var excluded: [LedgerID]

    public init(
        rollout: String, window: UTCWindow, policy: ManifestFile, context: ManifestFile? = nil, judge: JudgeName,
        chunks: [Chunk], missing: [Gap] = [], excluded: [LedgerID] = []
    ) {
        self.rollout = rollout
        self.window = window
        self.policy = policy
        self.context = context
        self.judge = judge
        self.chunks = chunks
        self.missing = missing
        self.excluded = excluded
    }
}
