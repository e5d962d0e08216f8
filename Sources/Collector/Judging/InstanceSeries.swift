import Judge
import Shared

/// One instance's readings in the order of its host's reports, as differences. Epochs (Redis' run id, the agent's run)
/// are never bridged; a reading that could not be made leaves its neighbours' difference whole.
struct InstanceSeries {
    private struct Baseline {
        var redisRunID: [UInt8]
        var agentRunID: [UInt8]
        var bootMicroseconds: UInt64
        var timeMicroseconds: UInt64
        var readings: Group
        var diskTime: [Reading<UInt64>?]
        var diskOperations: [Reading<UInt64>?]
        var device: String?
    }

    private var baseline: Baseline?
    /// Longest time that one difference may cover and still speak of the block in which it ends.
    private static let longestIntervals: UInt64 = 5

    mutating func add(_ instance: Instance, of report: Report, timeMicroseconds: UInt64) -> InstanceDelta {
        var delta = InstanceDelta(name: report.name(instance.name) ?? "")
        delta.port = UInt16(truncatingIfNeeded: instance.port)
        delta.uid = instance.uid
        addPing(instance, to: &delta)
        guard instance.cause == .unspecified else {
            delta.absence = Absence(instance.cause)
            return delta
        }
        guard !instance.loading else {
            delta.absence = .loading
            noteRestart(instance, report, &delta)
            baseline = nil
            return delta
        }
        addMoment(instance, of: report, to: &delta)
        noteRestart(instance, report, &delta)
        let current = makeBaseline(instance, report, timeMicroseconds)
        addDifferences(instance, report, from: baseline, to: current, &delta)
        baseline = current
        return delta
    }

    private func makeBaseline(_ instance: Instance, _ report: Report, _ timeMicroseconds: UInt64) -> Baseline {
        let device = report.name(instance.dataDevice)
        let group = device.flatMap { device in
            report.labelled.first { report.name($0.label) == device && $0.reading(Catalogue.diskReadTime) != nil }
        }
        return Baseline(
            redisRunID: Array(instance.redisRunID), agentRunID: Array(report.runID),
            bootMicroseconds: report.boottimeUs, timeMicroseconds: timeMicroseconds, readings: instance.readings,
            diskTime: [Catalogue.diskReadTime, Catalogue.diskWriteTime].map { group?.reading($0) },
            diskOperations: [Catalogue.diskReadOperations, Catalogue.diskWriteOperations].map { group?.reading($0) },
            device: device)
    }

    private func noteRestart(_ instance: Instance, _ report: Report, _ delta: inout InstanceDelta) {
        guard let baseline else { return }
        let uptimeFell: Bool
        if let before = baseline.readings.value(Catalogue.redisUptime),
            let after = instance.readings.value(Catalogue.redisUptime)
        {
            uptimeFell = after < before
        } else {
            uptimeFell = false
        }
        delta.hasRestarted = uptimeFell || baseline.redisRunID != Array(instance.redisRunID)
    }

    /// Gauges, flags and histograms: they need no earlier reading.
    private func addMoment(_ instance: Instance, of report: Report, to delta: inout InstanceDelta) {
        let readings = instance.readings
        if let bytes = readings.value(Catalogue.redisMemoryRSS) { delta.memoryBytes = .value(bytes) }
        delta.clients = readings.value(Catalogue.redisClients)
        delta.rdbFailed = readings.value(Catalogue.rdbLastOK).map { $0 == 0 }
        delta.rdbChanges = readings.value(Catalogue.rdbChanges)
        delta.rdbSavedSeconds = Self.savedSeconds(instance)
        let isAOFOn = readings.value(Catalogue.aofEnabled).map { $0 == 1 }
        delta.aofOff = isAOFOn.map { !$0 }
        if isAOFOn == true, let write = readings.value(Catalogue.aofLastWriteOK),
            let rewrite = readings.value(Catalogue.aofLastRewriteOK)
        {
            delta.aofFailed = write == 0 || rewrite == 0
        }
        addLog(instance, of: report, to: &delta)
    }

    /// Redis sets the save time to its own start: only a time later than that is a save. Else the file's own time.
    private static func savedSeconds(_ instance: Instance) -> UInt64? {
        let readings = instance.readings
        let file = readings.value(Catalogue.rdbFileTime).map { $0 / 1_000_000 }
        guard let saved = readings.value(Catalogue.rdbLastSave), let uptime = readings.value(Catalogue.redisUptime),
            instance.serverTimeUs / 1_000_000 >= uptime
        else { return file }
        let start = instance.serverTimeUs / 1_000_000 - uptime
        return saved > start + 1 ? max(saved, file ?? 0) : file
    }

    private func addPing(_ instance: Instance, to delta: inout InstanceDelta) {
        if instance.pingCause != .unspecified {
            delta.ping = .absent(Absence(instance.pingCause))
        } else {
            delta.ping = .value(
                zip(instance.ping.buckets, instance.ping.count).map { CopyBlock.Bucket(index: $0, count: $1) })
        }
    }

    /// Error lines of the instance's own unit; an instance without one has no lines of its own.
    private func addLog(_ instance: Instance, of report: Report, to delta: inout InstanceDelta) {
        guard report.hasJournal, report.journal.cause == .unspecified else {
            delta.logErrorLines = .absent(report.hasJournal ? Absence(report.journal.cause) : .unsupported)
            return
        }
        guard instance.unit != 0 else {
            delta.logErrorLines = .absent(.unsupported)
            return
        }
        let lines = report.journal.counts.filter { $0.unit == instance.unit }.map(\.errorLines)
        delta.logErrorLines = lines.reduce(.value(0)) { $0 + .value($1) }
        delta.oomKills = UInt64(report.journal.oomKills.filter { $0.unit == instance.unit }.count)
    }

    private func addDifferences(
        _ instance: Instance, _ report: Report, from old: Baseline?, to new: Baseline, _ delta: inout InstanceDelta
    ) {
        guard let old else { return markAbsent(&delta, .coverage) }
        guard old.redisRunID == new.redisRunID, old.agentRunID == new.agentRunID,
            new.bootMicroseconds > old.bootMicroseconds
        else { return markAbsent(&delta, .reset) }
        let observed = new.bootMicroseconds - old.bootMicroseconds
        // After a long gap the difference speaks of the gap, not of this block.
        guard observed <= report.intervalUs.multipliedReportingOverflow(by: Self.longestIntervals).partialValue else {
            return markAbsent(&delta, .coverage)
        }
        func change(_ measurement: Measurement) -> Measured<UInt64> {
            Counter.difference(
                from: old.readings.reading(measurement), to: new.readings.reading(measurement))
        }
        delta.observedMicroseconds = observed
        delta.operations = (change(Catalogue.redisCommands) + change(Catalogue.redisRejectedCalls))
            .without(own: change(Catalogue.ownCommands))
        delta.cpuMicroseconds = change(Catalogue.redisCPUUserMain) + change(Catalogue.redisCPUSystemMain)
        delta.commandMicroseconds = change(Catalogue.redisCommandTime)
        delta.commandCalls = change(Catalogue.redisCommandCalls)
        delta.netBytes = (change(Catalogue.redisNetInput) + change(Catalogue.redisNetOutput))
            .without(own: change(Catalogue.ownBytesSent) + change(Catalogue.ownBytesReceived))
        delta.errors = errors(change, old: old, delta: delta)
        delta.latency = Self.latency(instance)
        addDisk(old, new, &delta)
    }

    /// Error replies and refused connections, less the agent's own; a save or AOF write that began to fail is one more.
    private func errors(
        _ change: (Measurement) -> Measured<UInt64>, old: Baseline, delta: InstanceDelta
    ) -> Measured<UInt64> {
        var began: UInt64 = 0
        if delta.rdbFailed == true, old.readings.value(Catalogue.rdbLastOK) == 1 { began += 1 }
        if delta.aofFailed == true, old.readings.value(Catalogue.aofLastWriteOK) == 1,
            old.readings.value(Catalogue.aofLastRewriteOK) == 1
        {
            began += 1
        }
        let replies = change(Catalogue.redisErrorReplies).without(own: change(Catalogue.ownErrorReplies))
        return replies + change(Catalogue.redisRejectedConnections) + .value(began)
    }

    /// All commands' differences added, edge by edge.
    private static func latency(_ instance: Instance) -> Measured<[UInt64]> {
        guard instance.commandsCause == .unspecified else { return .absent(Absence(instance.commandsCause)) }
        guard instance.commands.reset.isEmpty else { return .absent(.reset) }
        var sums = [UInt64](repeating: 0, count: CommandHistogram.edgesMicroseconds.count)
        let durations = instance.commands.durations
        for (bucket, count) in zip(durations.buckets, durations.count) {
            let edge = Int(bucket) % sums.count
            let (sum, overflow) = sums[edge].addingReportingOverflow(count)
            if overflow { return .absent(.overflow) }
            sums[edge] = sum
        }
        return .value(sums)
    }

    private func addDisk(_ old: Baseline, _ new: Baseline, _ delta: inout InstanceDelta) {
        guard let device = new.device, device == old.device else {
            delta.diskMicroseconds = .absent(.unsupported)
            delta.diskOperations = .absent(.unsupported)
            return
        }
        let time = zip(old.diskTime, new.diskTime)
            .map { Counter.difference(from: $0, to: $1, wraps: true) }.reduce(.value(0), +)
        if case .value(let milliseconds) = time {
            delta.diskMicroseconds = .value(milliseconds.multipliedReportingOverflow(by: 1000).partialValue)
        } else {
            delta.diskMicroseconds = time
        }
        delta.diskOperations = zip(old.diskOperations, new.diskOperations)
            .map { Counter.difference(from: $0, to: $1) }.reduce(.value(0), +)
    }

    private func markAbsent(_ delta: inout InstanceDelta, _ cause: Absence) {
        delta.operations = .absent(cause)
        delta.cpuMicroseconds = .absent(cause)
        delta.commandMicroseconds = .absent(cause)
        delta.commandCalls = .absent(cause)
        delta.netBytes = .absent(cause)
        delta.errors = .absent(cause)
        delta.latency = .absent(cause)
        delta.diskMicroseconds = .absent(cause)
        delta.diskOperations = .absent(cause)
    }
}
