// Sizes and counts that writers keep and readers refuse beyond. Each bounds a reader's work on hostile bytes.

/// Limits of the audit formats (AUDIT.md section 10, and the C2SP texts where they set one).
public enum LedgerLimits {
    /// Payload of an envelope.
    public static let statementBytes = 256 << 10
    /// Rows of one verdict.
    public static let checks = 500
    /// Packages and bundles of one statement.
    public static let subjects = 50
    /// Policy files of one verdict.
    public static let configurations = 16
    /// Overrides, invalidations, missing spans in one document are people's or hosts' doing, not measurements.
    public static let references = 500
    /// Base64 of the largest statement, signatures and names.
    public static let envelopeBytes = statementBytes / 3 * 4 + (8 << 10)
    /// Key change and a second collector need two; an entry holds these well below its own limit.
    public static let envelopeSignatures = 16

    /// The tile format would allow 65 535.
    public static let entryBytes = 4 << 10
    /// Five levels of tiles, and one hash above them.
    public static let logEntries: UInt64 = 1 << 40
    /// One checkpoint's worth: ten seconds at a hundred times the intended rate.
    public static let batchEntries = 100_000

    /// Signatures may be of kinds we do not know; post-quantum ones take up to 5 kB each.
    public static let noteBytes = 128 << 10
    /// The least that C2SP signed-note asks verifiers to accept.
    public static let noteSignatures = 16
    /// Name of a log or witness.
    public static let keyNameBytes = 256
    /// 63 hashes prove any leaf of 2⁶³.
    public static let proofHashes = 63
    /// A checkpoint, 63 hashes and an extra line.
    public static let proofBytes = noteBytes + (8 << 10)

    /// Evidence manifest.
    public static let manifestBytes = 4 << 20
    /// Files of evidence of one verdict.
    public static let chunks = 20_000
    /// One file of evidence.
    public static let chunkBytes: UInt64 = 8 << 20
    /// Stated gaps of one verdict.
    public static let missing = 20_000
    /// Policy file.
    public static let policyBytes: UInt64 = 1 << 20

    /// What bears on the judging beside measurements.
    public static let contextBytes: UInt64 = 8 << 20

    /// Names of hosts, roll-outs, files, checks.
    public static let nameBytes = 512
    /// Sentences and addresses.
    public static let textBytes = 2048
    /// Members of one check beyond those every check has.
    public static let explanations = 40
}
