/// Every size, count and time limit that both sides of the wire enforce. Units stand in the names.
public enum Limits {
    /// Body of one POST; what a proxy would pass without special settings.
    public static let bodyBytes = 1 << 20
    /// The same inflated, enforced while inflating.
    public static let inflatedBytes = 4 << 20
    /// Reports in one POST: an hour's catch-up at 10 s.
    public static let reportsPerBatch = 512
    /// Beyond it a report is refused with 413.
    public static let instances = 2000
    /// Devices, interfaces and mounts together, per kind.
    public static let labelledPerKind = 64
    public static let ports = 1024
    public static let commandsPerInstance = 240
    public static let errorCodesPerInstance = 128
    public static let labelBytes = 128
    public static let names = 8192
    /// Of the 20 that Redis has: 32 random bits tell two starts of one instance apart.
    public static let redisRunIDBytes = 4
    public static let hostBytes = 64
    public static let packages = 256
    public static let digests = 256
    public static let facts = 64
    public static let probes = 64
    public static let logins = 1024
    public static let journalCounts = 4096
    public static let fingerprints = 512
    public static let fingerprintSampleBytes = 256
    public static let oomKills = 64
    public static let spiffeIDBytes = 256
    /// Wall clock beyond which a host's times are corrected and said to be skewed.
    public static let clockSkewSeconds: UInt64 = 30
    /// The agent's journal work per report; what is beyond is counted and skipped.
    public static let journalEntriesPerReport = 20_000

    public static let probeDeadlineMilliseconds = 2000
    public static let shortestReportIntervalMilliseconds = 200
    public static let shortestPingIntervalMilliseconds = 20
    public static let longestReportIntervalMilliseconds = 300_000

    /// Agent's spool; oldest reports go first when it is full.
    public static let spoolBytes = 64 << 20
    /// Refused reports that are kept for a person to look at.
    public static let setAsideReports = 16

    /// Body of a JSON request.
    public static let jsonBytes = 1 << 20
    public static let gateBodyBytes = 64 << 10
    public static let gateWaitSeconds = 60
    public static let summaryBytes = 500
    public static let rolloutHosts = 200
    public static let rolloutPairs = 2000
    public static let pageSize = 200
    public static let waitingHosts = 256
    public static let idempotencyKeyBytes = 128

    /// Of a roll-out, revoked ones and expired ones included until they are forgotten.
    public static let tokensPerRollout = 64
    public static let tokenDays = 30
    public static let noteBytes = 200
    /// A policy's text.
    public static let policyBytes = 256 << 10

    /// Waiting deliveries of one receiver; what comes beyond is given up at once.
    public static let waitingAlerts = 10_000
    /// Given-up deliveries that are kept for a person to look at.
    public static let deadAlerts = 1000
    public static let alertAttempts = 16

    public static let handshakeSeconds = 5
    public static let connectionSeconds = 3600
    public static let requestsPerConnection = 10_000
    /// After a refusal (403) the agent stays away for so long, give or take a tenth.
    public static let refusalPauseSeconds = 600
}
