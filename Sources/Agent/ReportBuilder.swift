// Samples to a report: the one place that knows the wire's form. Everything that passes a limit of Limits.swift is cut
// here and counted with the probe that it came from; nothing is left out in silence, nothing absent becomes zero.
import Terms

/// What all reports of one start of the agent have in common.
struct ReportOrigin: Sendable {
    var host: String
    var run: RunID
    /// 16 bytes.
    var bootID: [UInt8]
    /// SHA-256 of /etc/machine-id; empty if it cannot be read.
    var machineIDDigest: [UInt8]
    var intervalMicroseconds: UInt64
    var agentVersion: String
}

/// What the Redis side gave for one report.
struct FleetResult: Sendable {
    var durationMicroseconds: UInt64 = 0
    var instances: [InstanceSample] = []
    /// Found, and beyond what a report may hold.
    var leftOut = 0
    /// Set: the fleet as a whole did not answer.
    var cause: AbsenceCause?
}

struct ReportBuilder {
    /// Beyond it a report loses its per-command series, the rarest first.
    static let softBytes = Limits.bodyBytes - 4096
    /// Beyond it whatever is large goes too; compressed, such a report still fits a body.
    static let hardBytes = 2 * Limits.bodyBytes

    let origin: ReportOrigin

    func report(
        sequence: UInt64, moment: Moment, probes: [ProbeResult], fleet: FleetResult, spool: Wire.SpoolState
    ) -> Wire.Report {
        var draft = Draft(report: head(sequence, moment))
        for probe in probes { draft.add(probe) }
        draft.add(fleet)
        draft.report.spool = spool
        draft.close()
        draft.shrink(softBytes: Self.softBytes, hardBytes: Self.hardBytes)
        return draft.report
    }

    private func head(_ sequence: UInt64, _ moment: Moment) -> Wire.Report {
        var report = Wire.Report()
        report.version = Wire.version
        report.host = origin.host
        report.runID = origin.run.bytes
        report.sequence = sequence
        report.bootID = origin.bootID
        report.timeUs = moment.wallMicroseconds
        report.boottimeUs = moment.bootMicroseconds
        report.intervalUs = origin.intervalMicroseconds
        report.agentVersion = ProcText.cut(origin.agentVersion, limitBytes: Limits.labelBytes)
        report.machineIDDigest = origin.machineIDDigest
        return report
    }
}

/// A report in the making.
struct Draft {
    var report: Wire.Report
    private var names = NameTable()
    private var labelledCounts: [Measurement.Level: Int] = [:]
    /// By index in `report.probes`.
    private var fleetProbe: Int?

    init(report: Wire.Report) { self.report = report }

    // MARK: Host

    mutating func add(_ result: ProbeResult) {
        let before = names.truncated
        let sample = result.sample
        var truncated = sample.truncated
        for (measurement, reading) in sample.host { report.hostReadings.set(measurement, reading) }
        truncated += addLabelled(sample.labelled)
        if let ports = sample.ports { truncated += add(ports) }
        if let journal = sample.journal { truncated += add(journal) }
        truncated += add(sample.logins)
        if let packages = sample.packages { truncated += add(packages) }
        truncated += add(sample.digests)
        truncated += add(sample.facts)
        addRun(
            result.name, durationMicroseconds: result.durationMicroseconds, cause: sample.cause,
            truncated: truncated + names.truncated - before)
    }

    private mutating func addRun(
        _ name: String, durationMicroseconds: UInt64, cause: AbsenceCause?, truncated: UInt64
    ) {
        guard report.probes.count < Limits.probes else { return }
        var run = Wire.ProbeRun()
        run.name = names.reference(name)
        run.durationUs = durationMicroseconds
        run.cause = cause
        run.truncated = truncated
        report.probes.append(run)
    }

    private mutating func addLabelled(_ samples: [(label: String, values: Sample.Values)]) -> UInt64 {
        var truncated: UInt64 = 0
        for (label, values) in samples {
            guard let level = values.first?.measurement.level else { continue }
            let count = labelledCounts[level, default: 0]
            let reference = names.reference(label)
            guard count < Limits.labelledPerKind, reference != 0 else {
                truncated += 1
                continue
            }
            labelledCounts[level] = count + 1
            var group = Wire.Group()
            group.label = reference
            for (measurement, reading) in values { group.set(measurement, reading) }
            report.labelled.append(group)
        }
        return truncated
    }

    private mutating func add(_ ports: PortsSample) -> UInt64 {
        var wire = Wire.Ports()
        wire.cause = ports.cause
        wire.unitCause = ports.unitCause
        for port in ports.listening.prefix(Limits.ports) {
            var entry = Wire.Port()
            entry.protocol = port.transport
            entry.address = port.address
            entry.port = UInt32(port.port)
            entry.uid = port.uid
            entry.unit = names.reference(port.unit)
            entry.v6Only = port.isV6Only
            wire.listening.append(entry)
        }
        report.ports = wire
        return UInt64(max(0, ports.listening.count - Limits.ports))
    }

    private mutating func add(_ packages: PackagesSample) -> UInt64 {
        var wire = Wire.Packages()
        wire.cause = packages.cause
        for package in packages.installed.prefix(Limits.packages) {
            var entry = Wire.Package()
            entry.name = ProcText.cut(package.name, limitBytes: Limits.labelBytes)
            entry.version = ProcText.cut(package.version, limitBytes: Limits.labelBytes)
            entry.architecture = ProcText.cut(package.architecture, limitBytes: Limits.labelBytes)
            if let digest = package.md5sumsDigest { entry.md5SumsDigest = digest }
            wire.installed.append(entry)
        }
        report.packages = wire
        return UInt64(max(0, packages.installed.count - Limits.packages))
    }

    private mutating func add(_ digests: [DigestSample]) -> UInt64 {
        let room = max(0, Limits.digests - report.digests.count)
        for digest in digests.prefix(room) {
            var entry = Wire.Digest()
            entry.path = ProcText.cut(digest.path, limitBytes: Self.pathBytes)
            switch digest.sha256 {
            case .value(let bytes): entry.sha256 = bytes
            case .absent(let cause): entry.cause = cause
            }
            report.digests.append(entry)
        }
        return UInt64(max(0, digests.count - room))
    }

    private mutating func add(_ facts: [(key: String, value: String)]) -> UInt64 {
        let room = max(0, Limits.facts - report.facts.count)
        for (key, value) in facts.prefix(room) {
            var entry = Wire.Fact()
            entry.key = names.reference(key)
            entry.value = names.reference(value)
            report.facts.append(entry)
        }
        return UInt64(max(0, facts.count - room))
    }

    // MARK: Events

    private mutating func add(_ logins: [LoginSample]) -> UInt64 {
        let room = max(0, Limits.logins - report.logins.count)
        for login in logins.prefix(room) {
            var entry = Wire.Login()
            entry.kind = login.kind
            entry.timeUs = login.timeMicroseconds
            entry.user = ProcText.cut(login.user, limitBytes: Limits.labelBytes)
            entry.source = ProcText.cut(login.source, limitBytes: Limits.labelBytes)
            entry.method = ProcText.cut(login.method, limitBytes: Limits.labelBytes)
            entry.keyFingerprint = ProcText.cut(login.keyFingerprint, limitBytes: Limits.labelBytes)
            entry.session = ProcText.cut(login.session, limitBytes: Limits.labelBytes)
            report.logins.append(entry)
        }
        return UInt64(max(0, logins.count - room))
    }

    private mutating func add(_ journal: JournalSample) -> UInt64 {
        var wire = Wire.Journal()
        wire.cause = journal.cause
        wire.gaps = journal.gaps
        wire.suppressed = journal.suppressed
        wire.skipped = journal.skipped
        for count in journal.counts.prefix(Limits.journalCounts) {
            var entry = Wire.JournalCount()
            entry.unit = names.reference(count.unit)
            entry.priority = UInt32(min(7, count.priority))
            entry.entries = count.entries
            entry.errorLines = count.errorLines
            wire.counts.append(entry)
        }
        for fingerprint in journal.fingerprints.prefix(Limits.fingerprints) {
            var entry = Wire.Fingerprint()
            entry.id = fingerprint.id
            entry.unit = names.reference(fingerprint.unit)
            entry.count = fingerprint.count
            entry.sample = ProcText.cut(fingerprint.sample ?? "", limitBytes: Limits.fingerprintSampleBytes)
            entry.history = fingerprint.isHistory
            wire.fingerprints.append(entry)
        }
        for kill in journal.oomKills.prefix(Limits.oomKills) {
            var entry = Wire.OOMKill()
            entry.timeUs = kill.timeMicroseconds
            entry.unit = names.reference(kill.unit)
            entry.process = ProcText.cut(kill.process, limitBytes: Limits.labelBytes)
            wire.oomKills.append(entry)
        }
        report.journal = wire
        let beyond =
            max(0, journal.counts.count - Limits.journalCounts)
            + max(0, journal.fingerprints.count - Limits.fingerprints)
            + max(0, journal.oomKills.count - Limits.oomKills)
        return UInt64(beyond)
    }

    private static let pathBytes = 4096

    // MARK: Redis

    mutating func add(_ fleet: FleetResult) {
        // First, for the instances may fill the table.
        _ = names.reference("redis")
        let before = names.truncated
        let instances = fleet.instances
        var truncated = UInt64(max(0, instances.count - Limits.instances) + fleet.leftOut)
        for instance in instances.prefix(Limits.instances) { truncated += add(instance) }
        fleetProbe = report.probes.count
        addRun(
            "redis", durationMicroseconds: fleet.durationMicroseconds, cause: fleet.cause,
            truncated: truncated + names.truncated - before)
    }

    private mutating func add(_ instance: InstanceSample) -> UInt64 {
        var wire = Wire.Instance()
        wire.name = names.reference(instance.name)
        // Without its name an instance's values would be somebody else's.
        guard wire.name != 0 else { return 1 }
        wire.port = UInt32(instance.port)
        wire.transport = instance.transport
        wire.redisRunID = Array((instance.redisRunID?.bytes ?? []).prefix(Limits.redisRunIDBytes))
        wire.serverTimeUs = instance.serverTimeMicroseconds
        wire.uid = instance.uid
        wire.unit = names.reference(instance.unit)
        wire.loading = instance.isLoading
        wire.versionName = names.reference(instance.version)
        wire.buildName = names.reference(instance.build)
        for (measurement, reading) in instance.readings { wire.readings.set(measurement, reading) }
        wire.cause = instance.cause
        wire.ping = Wire.Histogram(counts: instance.ping)
        wire.pingCause = instance.pingCause
        wire.commandsCause = instance.commandsCause
        wire.dataDevice = names.reference(instance.dataDevice)
        wire.errorsCause = instance.errorsCause
        var truncated = instance.truncated + addCommands(instance.commands, to: &wire)
        for (code, count) in instance.errors.prefix(Limits.errorCodesPerInstance) {
            var entry = Wire.ErrorCount()
            entry.code = names.reference(code)
            guard entry.code != 0 else { continue }
            entry.count = count
            wire.errors.append(entry)
        }
        truncated += UInt64(max(0, instance.errors.count - Limits.errorCodesPerInstance))
        report.instances.append(wire)
        return truncated
    }

    private mutating func addCommands(_ commands: [InstanceSample.Command], to wire: inout Wire.Instance) -> UInt64 {
        var kept = commands
        if kept.count > Limits.commandsPerInstance {
            kept.sort { ($0.calls, $1.name) > ($1.calls, $0.name) }
            kept.removeLast(kept.count - Limits.commandsPerInstance)
        }
        for command in kept {
            var entry = Wire.Command()
            entry.name = names.reference(command.name)
            guard entry.name != 0 else { continue }
            entry.calls = command.calls
            entry.usec = command.microseconds
            entry.rejected = command.rejected
            entry.failed = command.failed
            entry.duration = command.durations.map { Wire.Histogram(dense: $0) }
            wire.commands.append(entry)
        }
        // In the same order for every instance, for then they pack well.
        wire.commands.sort { $0.name < $1.name }
        return UInt64(commands.count - kept.count)
    }

    mutating func close() { report.names = names.names }

    mutating func truncatedFleet(by count: UInt64) {
        guard let fleetProbe, fleetProbe < report.probes.count else { return }
        report.probes[fleetProbe].truncated += count
    }
}
