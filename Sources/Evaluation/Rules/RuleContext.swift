import Evidence
import Policy

/// What the rules of one block compare with: the policy, and what the other side showed so far.
struct RuleContext: Sendable {
    var policy: RulePolicy
    var block: Int
    var blockSeconds: Int
    /// `tcp/22` and the like that any old host listened on, loopback left out.
    var oldServices: Set<String> = []
    /// Error fingerprints that any old host showed.
    var oldFingerprints: Set<UInt64> = []
    /// No old host's journal could be read so far.
    var isOldJournalUnknown = true
    /// New hosts that showed a fingerprint in the last hour, with how often: filled before hosts are judged.
    var newFingerprints: [UInt64: [String: UInt64]] = [:]
    var newHostCount = 0
    /// What is rolled out: watched packages and files must be these.
    var targets: [PackageTarget] = []
    var files: [String: String] = [:]
    /// Machines of the old hosts as last seen, by host.
    var oldMachines: [String: MachineFact] = [:]
    /// What the first new host that showed it has: versions by package, digests by path.
    var firstVersions: [String: (host: String, version: String)] = [:]
    var firstDigests: [String: (host: String, digest: String)] = [:]
    /// What people approved, as of the block.
    var records = ApprovedRecords()

    /// End of the block, seconds since 1970.
    var endSeconds: UInt64 { UInt64(block + 1) * UInt64(blockSeconds) }

    /// Blocks in a day of blocks, whatever they are long.
    static let blocksPerDay = 288
    static let blocksPerHour = 12
}
