import Evidence
import Judge
import Shared

/// One host's reports in the order of their commit, as what each adds to a block.
struct HostSeries {
    private var instances: [String: InstanceSeries] = [:]
    private var last: Report?

    /// - Parameter skewMicroseconds: the host's wall clock less the collector's, as far as it is known.
    mutating func add(_ report: Report, skewMicroseconds: Int64) -> ReportDelta {
        let limit = Int64(Limits.clockSkewSeconds) * 1_000_000
        let isSkewed = skewMicroseconds.magnitude > limit.magnitude
        let time =
            isSkewed
            ? UInt64(max(0, Int64(clamping: report.timeUs) - skewMicroseconds)) : report.timeUs
        var delta = ReportDelta(
            timeMicroseconds: time, intervalMicroseconds: report.intervalUs,
            skewMilliseconds: UInt64(skewMicroseconds.magnitude / 1000))
        delta.instances = report.instances.map { instance in
            let name = report.name(instance.name) ?? ""
            return instances[name, default: InstanceSeries()].add(instance, of: report, timeMicroseconds: time)
        }
        forgetVanished(report)
        delta.cpuCount = report.hostReadings.value(Catalogue.cpuCount)
        delta.memoryBytes = report.hostReadings.value(Catalogue.memoryLimit)
        addFacts(report, to: &delta)
        addCPU(report, to: &delta)
        delta.load = LoadDelta(from: last, to: report)
        addSpool(report, to: &delta)
        if report.hasPorts { delta.ports = report.ports }
        if report.hasJournal { delta.journal = report.journal }
        let shift = isSkewed ? -skewMicroseconds : 0
        delta.logins = report.logins.compactMap { LoginFact($0, shiftedBy: shift) }
        delta.names = report.names
        last = report
        return delta
    }

    /// An instance that is no longer listed starts afresh when it comes back.
    private mutating func forgetVanished(_ report: Report) {
        guard instances.count > report.instances.count else { return }
        let listed = Set(report.instances.compactMap { report.name($0.name) })
        instances = instances.filter { listed.contains($0.key) }
    }

    private func addFacts(_ report: Report, to delta: inout ReportDelta) {
        if report.hasPackages { delta.packages = report.packages }
        delta.digests = report.digests
        for fact in report.facts {
            switch report.name(fact.key) {
            case "cpu.model": delta.cpuModel = report.name(fact.value)
            case "kernel.release": delta.kernel = report.name(fact.value)
            default: break
            }
        }
    }

    private func addCPU(_ report: Report, to delta: inout ReportDelta) {
        guard let last, last.bootID == report.bootID else { return }
        let modes = [
            Catalogue.cpuUser, Catalogue.cpuNice, Catalogue.cpuSystem, Catalogue.cpuIdle, Catalogue.cpuIOWait,
            Catalogue.cpuInterrupt, Catalogue.cpuSteal,
        ]
        let changes = modes.map {
            Counter.difference(from: last.hostReadings.reading($0), to: report.hostReadings.reading($0))
        }
        delta.stolenMicroseconds = changes.last?.value
        delta.totalCPUMicroseconds = changes.reduce(.value(0), +).value
    }

    /// The agent counts since its start: another run begins at nought.
    private func addSpool(_ report: Report, to delta: inout ReportDelta) {
        let before = last?.runID == report.runID ? last?.spool : nil
        func grown(_ new: UInt64, _ old: UInt64?) -> UInt64 { new - min(new, old ?? 0) }
        delta.agentDropped = grown(report.spool.dropped, before?.dropped)
        delta.agentSetAside = grown(report.spool.setAside, before?.setAside)
        delta.agentTorn = grown(report.spool.torn, before?.torn)
    }
}
