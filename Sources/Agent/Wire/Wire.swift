// The messages of report.proto, as the agent fills them. Names, numbers and order of the fields are those of that file;
// what a field means is said there. A cause that is `nil` is the wire's 0.
import Terms

enum Wire {
    /// The version of `report.proto` that is written here.
    static let version: UInt32 = 1

    struct Report: Equatable, Sendable {
        var version: UInt32 = 0
        var host = ""
        var runID: [UInt8] = []
        var sequence: UInt64 = 0
        var bootID: [UInt8] = []
        var timeUs: UInt64 = 0
        var boottimeUs: UInt64 = 0
        var intervalUs: UInt64 = 0
        var agentVersion = ""
        var machineIDDigest: [UInt8] = []
        var names: [String] = []
        var hostReadings = Group()
        var labelled: [Group] = []
        var instances: [Instance] = []
        var probes: [ProbeRun] = []
        var ports: Ports?
        var journal: Journal?
        var logins: [Login] = []
        var packages: Packages?
        var digests: [Digest] = []
        var facts: [Fact] = []
        var spool: SpoolState?

        /// A label by its reference (index + 1); `nil` for 0 and for an index beyond the table.
        func name(_ reference: UInt32) -> String? {
            guard reference > 0, Int(reference) <= names.count else { return nil }
            return names[Int(reference) - 1]
        }
    }

    struct Group: Equatable, Sendable {
        var label: UInt32 = 0
        var metric: [UInt32] = []
        var value: [UInt64] = []
        var absentMetric: [UInt32] = []
        var absentCause: [AbsenceCause] = []

        var isEmpty: Bool { label == 0 && metric.isEmpty && absentMetric.isEmpty }

        /// Appends a value, or the cause of its absence.
        mutating func set(_ measurement: Measurement, _ reading: Reading<UInt64>) {
            switch reading {
            case .value(let number):
                metric.append(measurement.number)
                value.append(number)
            case .absent(let cause):
                absentMetric.append(measurement.number)
                absentCause.append(cause)
            }
        }
    }

    struct Histogram: Equatable, Sendable {
        /// From the bucket before, the first from bucket 0.
        private(set) var step: [UInt32] = []
        private(set) var count: [UInt64] = []

        init() {}

        /// Zero counts are left out.
        init(dense counts: [UInt64]) {
            self.init(rising: counts.enumerated().lazy.map { (UInt32($0.offset), $0.element) })
        }

        init(counts: [UInt32: UInt64]) {
            self.init(rising: counts.sorted { $0.key < $1.key }.lazy.map { ($0.key, $0.value) })
        }

        private init(rising counts: some Sequence<(bucket: UInt32, number: UInt64)>) {
            var last: UInt32 = 0
            for (bucket, number) in counts where number > 0 { append(number, at: bucket, after: &last) }
        }

        /// One histogram after the other, each of the same number of buckets.
        init(joined parts: some Sequence<Histogram?>, buckets: Int) {
            var (last, start): (UInt32, UInt32) = (0, 0)
            for part in parts {
                var bucket = start
                for (distance, number) in zip(part?.step ?? [], part?.count ?? []) {
                    bucket += distance
                    append(number, at: bucket, after: &last)
                }
                start += UInt32(buckets)
            }
        }

        private mutating func append(_ number: UInt64, at bucket: UInt32, after last: inout UInt32) {
            step.append(bucket - last)
            count.append(number)
            last = bucket
        }
    }

    struct Instance: Equatable, Sendable {
        var name: UInt32 = 0
        var port: UInt32 = 0
        var transport: InstanceSample.Transport?
        var redisRunID: [UInt8] = []
        var serverTimeUs: UInt64 = 0
        var uid: UInt32 = 0
        var unit: UInt32 = 0
        var loading = false
        var versionName: UInt32 = 0
        var buildName: UInt32 = 0
        var readings = Group()
        var cause: AbsenceCause?
        var ping: Histogram?
        var pingCause: AbsenceCause?
        var commands: [Command] = []
        var commandsCause: AbsenceCause?
        var dataDevice: UInt32 = 0
        var errors: [ErrorCount] = []
        var errorsCause: AbsenceCause?
    }

    struct Command: Equatable, Sendable {
        var name: UInt32 = 0
        var calls: UInt64 = 0
        var usec: UInt64 = 0
        var rejected: UInt64 = 0
        var failed: UInt64 = 0
        /// Of Redis' 21 edges; `nil` when the server's histogram fell, and at its first sight.
        var duration: Histogram?
    }

    /// Commands as they are sent: like beside like packs to half of what one after the other would take.
    struct CommandColumns: Equatable, Sendable {
        let name: [UInt32]
        let calls: [UInt64]
        let usec: [UInt64]
        let rejected: [UInt64]
        let failed: [UInt64]
        let durations: Histogram?
        let reset: [UInt32]

        init(_ commands: [Command]) {
            name = commands.map(\.name)
            calls = commands.map(\.calls)
            usec = commands.map(\.usec)
            rejected = commands.contains { $0.rejected > 0 } ? commands.map(\.rejected) : []
            failed = commands.contains { $0.failed > 0 } ? commands.map(\.failed) : []
            let joined = Histogram(
                joined: commands.lazy.map(\.duration), buckets: CommandHistogram.edgesMicroseconds.count)
            durations = joined.step.isEmpty ? nil : joined
            reset = commands.indices.filter { commands[$0].duration == nil }.map { UInt32($0) }
        }
    }

    struct ErrorCount: Equatable, Sendable {
        var code: UInt32 = 0
        var count: UInt64 = 0
    }

    struct ProbeRun: Equatable, Sendable {
        var name: UInt32 = 0
        var durationUs: UInt64 = 0
        var cause: AbsenceCause?
        var truncated: UInt64 = 0
    }

    struct Port: Equatable, Sendable {
        var `protocol`: ListeningPort.Transport?
        var address: [UInt8] = []
        var port: UInt32 = 0
        var uid: UInt32 = 0
        var unit: UInt32 = 0
        var v6Only = false
    }

    struct Ports: Equatable, Sendable {
        var listening: [Port] = []
        var cause: AbsenceCause?
        var unitCause: AbsenceCause?
    }

    struct Journal: Equatable, Sendable {
        var cause: AbsenceCause?
        var gaps: UInt64 = 0
        var suppressed: UInt64 = 0
        var skipped: UInt64 = 0
        var counts: [JournalCount] = []
        var fingerprints: [Fingerprint] = []
        var oomKills: [OOMKill] = []
    }

    struct JournalCount: Equatable, Sendable {
        var unit: UInt32 = 0
        var priority: UInt32 = 0
        var entries: UInt64 = 0
        var errorLines: UInt64 = 0
    }

    struct Fingerprint: Equatable, Sendable {
        var id: UInt64 = 0
        var unit: UInt32 = 0
        var count: UInt64 = 0
        var sample = ""
        var history = false
    }

    struct OOMKill: Equatable, Sendable {
        var timeUs: UInt64 = 0
        var unit: UInt32 = 0
        var process = ""
    }

    struct Login: Equatable, Sendable {
        var kind: LoginSample.Kind?
        var timeUs: UInt64 = 0
        var user = ""
        var source = ""
        var method = ""
        var keyFingerprint = ""
        var session = ""
    }

    struct Packages: Equatable, Sendable {
        var installed: [Package] = []
        var cause: AbsenceCause?
    }

    struct Package: Equatable, Sendable {
        var name = ""
        var version = ""
        var architecture = ""
        var md5SumsDigest: [UInt8] = []
    }

    struct Digest: Equatable, Sendable {
        var path = ""
        var sha256: [UInt8] = []
        var cause: AbsenceCause?
    }

    struct Fact: Equatable, Sendable {
        var key: UInt32 = 0
        var value: UInt32 = 0
    }

    struct SpoolState: Equatable, Sendable {
        var dropped: UInt64 = 0
        var setAside: UInt64 = 0
        var torn: UInt64 = 0
        var waiting: UInt64 = 0
        var lastRefusal = ""
    }
}
