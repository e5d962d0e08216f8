import Terms

/// What one probe saw. The report's builder gives it its form on the wire; probes know nothing of that.
struct Sample: Sendable {
    typealias Values = [(measurement: Measurement, reading: Reading<UInt64>)]

    /// Unlabelled measurements of the host.
    var host: Values = []
    /// The same for each device, interface or mount.
    var labelled: [(label: String, values: Values)] = []
    var ports: PortsSample?
    var journal: JournalSample?
    var logins: [LoginSample] = []
    var packages: PackagesSample?
    var digests: [DigestSample] = []
    /// Kernel, CPU model, ...: shown, compared, never summed.
    var facts: [(key: String, value: String)] = []
    /// Things cut to stay within limits.
    var truncated: UInt64 = 0
    /// Set when the probe as a whole could give nothing.
    var cause: AbsenceCause?

    mutating func set(_ measurement: Measurement, _ value: UInt64) { host.append((measurement, .value(value))) }
    mutating func set(_ measurement: Measurement, absent cause: AbsenceCause) {
        host.append((measurement, .absent(cause)))
    }
}

/// A listening socket with its owner.
struct ListeningPort: Sendable, Hashable {
    enum Transport: Sendable { case tcp, udp }
    var transport: Transport
    /// 4 or 16 bytes, network order.
    var address: [UInt8]
    var port: UInt16
    var uid: UInt32
    /// systemd unit, such as `redis@6379.service`; `nil` where not visible.
    var unit: String?
    var isV6Only: Bool
}

struct PortsSample: Sendable {
    /// Sorted, without repetition.
    var listening: [ListeningPort]
    var cause: AbsenceCause?
    /// Why units are missing, if they are.
    var unitCause: AbsenceCause?
}

struct JournalSample: Sendable {
    struct Count: Sendable {
        var unit: String?
        var priority: UInt8
        var entries: UInt64
        var errorLines: UInt64
    }
    struct Fingerprint: Sendable {
        var id: UInt64
        var unit: String?
        var count: UInt64
        /// Redacted; `nil` when one was sent within the hour.
        var sample: String?
        var isHistory: Bool
    }
    struct OOMKill: Sendable {
        var timeMicroseconds: UInt64
        var unit: String?
        var process: String
    }
    var cause: AbsenceCause?
    var gaps: UInt64 = 0
    var suppressed: UInt64 = 0
    var skipped: UInt64 = 0
    var counts: [Count] = []
    var fingerprints: [Fingerprint] = []
    var oomKills: [OOMKill] = []
}

struct LoginSample: Sendable {
    enum Kind: Sendable { case accepted, sessionStart, sessionEnd, elevation }
    var kind: Kind
    var timeMicroseconds: UInt64
    var user: String
    var source: String
    var method: String
    var keyFingerprint: String
    var session: String
}

struct PackagesSample: Sendable {
    struct Installed: Sendable {
        var name: String
        var version: String
        var architecture: String
        /// SHA-256 of the package's md5sums; `nil` if it has none.
        var md5sumsDigest: [UInt8]?
    }
    var installed: [Installed]
    var cause: AbsenceCause?
}

struct DigestSample: Sendable {
    var path: String
    var sha256: Reading<[UInt8]>
}

/// One Redis instance in one interval.
struct InstanceSample: Sendable {
    enum Transport: Sendable { case tcp, unix }
    struct Command: Sendable {
        var name: String
        var calls: UInt64
        var microseconds: UInt64
        var rejected: UInt64
        var failed: UInt64
        /// Per-edge counts since the last sample, 21 of them; `nil` after a reset or on first sight.
        var durations: [UInt64]?
    }

    /// Configured, or the systemd unit's instance, or the port: the same on both sides of a pair.
    var name: String
    var port: UInt16
    var transport: Transport
    var uid: UInt32
    var unit: String?
    var redisRunID: RedisRunID?
    var serverTimeMicroseconds: UInt64 = 0
    var isLoading = false
    var version = ""
    var build = ""
    var readings: Sample.Values = []
    /// Set: nothing of the instance could be read.
    var cause: AbsenceCause?
    /// Bucket index of `PingHistogram` to count, of the pings that ended since the last sample.
    var ping: [UInt32: UInt64] = [:]
    var pingCause: AbsenceCause?
    var commands: [Command] = []
    var commandsCause: AbsenceCause?
    /// errorstat_* codes.
    var errors: [(code: String, count: UInt64)] = []
    var errorsCause: AbsenceCause?
    /// Commands and error codes that were cut to stay within limits.
    var truncated: UInt64 = 0
    /// Block device behind the data directory, as in /proc/diskstats.
    var dataDevice: String?

    /// Who it is, and nothing of what was measured.
    var withoutValues: InstanceSample {
        InstanceSample(name: name, port: port, transport: transport, uid: uid, unit: unit)
    }
}
