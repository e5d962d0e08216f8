// The files an auditor keeps of one verdict, by name. Must never be read beyond what each may be long.

/// Reads a file of the archive. May return no more than `limit` + 1 bytes; `nil` if there is no such file.
public typealias ReadArchive = (_ name: String, _ limit: Int) throws -> [UInt8]?

/// Where the files lie within an archive.
public struct ArchiveNames: Sendable, Hashable {
    public var envelope = "verdict.dsse.json"
    public var proof = "verdict.tlog-proof"
    public var manifest = "evidence/manifest.json"
    /// Before the paths that the manifest names.
    public var evidence = "evidence/"

    /// The names that the collector's export has.
    public init() {}
}

/// An archive's files within their limits.
struct Archive {
    let read: ReadArchive

    func file(_ name: String, limit: Int) throws(VerificationError) -> [UInt8] {
        let bytes: [UInt8]?
        do {
            bytes = try read(name, limit)
        } catch {
            throw Self.error(name, "cannot be read: \(error)")
        }
        guard let bytes else { throw Self.error(name, "is not there") }
        guard bytes.count <= limit else { throw Self.error(name, "is longer than \(limit) bytes") }
        return bytes
    }

    private static func error(_ name: String, _ why: String) -> VerificationError {
        VerificationError(file: name, refusal: LedgerRefusal(.file, why))
    }

    /// Names the file in what `body` refuses.
    static func located<Result>(
        _ file: String, _ body: () throws(LedgerRefusal) -> Result
    ) throws(VerificationError) -> Result {
        do {
            return try body()
        } catch {
            throw VerificationError(file: file, refusal: error)
        }
    }
}

/// Evidence whose digests fit, for judging it again.
public struct VerifiedEvidence {
    /// Signed by a trusted key and in the log.
    public let verdict: VerdictStatement
    public let manifest: Manifest
    /// The policy file, of the digest that the verdict names.
    public let policy: [UInt8]
    /// Of the digest that the manifest names; `nil` where it names none.
    public let context: [UInt8]?
    let archive: Archive
    let folder: String

    /// The chunk's bytes, checked against the manifest.
    public func bytes(of chunk: Manifest.Chunk) throws(VerificationError) -> [UInt8] {
        let name = folder + chunk.file.path
        let bytes = try archive.file(name, limit: Int(LedgerLimits.chunkBytes))
        try Archive.located(name) { () throws(LedgerRefusal) in try chunk.check(bytes) }
        return bytes
    }
}

/// What judging again gave.
public struct Recomputed: Sendable, Hashable {
    public let verdict: VerdictStatement.Verdict
    /// In policy order.
    public let checks: [VerdictCheck]

    public init(verdict: VerdictStatement.Verdict, checks: [VerdictCheck]) {
        self.verdict = verdict
        self.checks = checks
    }
}

/// Judges the evidence again; `nil` if this judge or its version is not known here.
public typealias Recompute = (_ evidence: VerifiedEvidence) throws -> Recomputed?
