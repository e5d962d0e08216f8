import FoundationEssentials
import Shared
import Testing

@testable import Collector

@Suite struct ReportValidationTests {
    /// A report with something of everything.
    static func full() -> Report {
        var host = SyntheticHost("db-1", instances: ["a", "b"], startSeconds: 1_700_000_000)
        var report = host.next()
        report.names += ["unit", "sda"]
        report.machineIDDigest = Data(repeating: 1, count: 32)
        var disk = Group()
        disk.label = 4
        disk.set(Catalogue.diskRead, 5)
        disk.set(Catalogue.diskWrite, .absent(.denied))
        report.labelled = [disk]
        var run = Perch_V1_ProbeRun()
        run.name = 1
        report.probes = [run]
        var port = Perch_V1_Port()
        port.address = Data([127, 0, 0, 1])
        port.port = 6379
        report.ports.listening = [port]
        var count = Perch_V1_JournalCount()
        count.priority = 7
        report.journal.counts = [count]
        var print = Perch_V1_Fingerprint()
        print.sample = "x"
        report.journal.fingerprints = [print]
        report.journal.oomKills = [Perch_V1_OOMKill()]
        report.logins = [Perch_V1_Login()]
        report.packages.installed = [Perch_V1_Package()]
        report.digests = [Perch_V1_Digest()]
        var fact = Perch_V1_Fact()
        fact.key = 1
        fact.value = 2
        report.facts = [fact]
        var error = Perch_V1_ErrorCount()
        error.code = 1
        report.instances[1].errors = [error]
        return report
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var path: String
        var change: @Sendable (inout Report) -> Void
        var testDescription: String { path }

        init(_ path: String, _ change: @escaping @Sendable (inout Report) -> Void) {
            self.path = path
            self.change = change
        }
    }

    @Test func aFullReportIsAccepted() throws {
        try ReportValidation.check(Self.full())
    }

    static let bad: [Case] = [
        Case("host") { $0.host = "" },
        Case("host") { $0.host = String(repeating: "h", count: Limits.hostBytes + 1) },
        Case("run_id") { $0.runID = Data(repeating: 1, count: 15) },
        Case("boot_id") { $0.bootID = Data() },
        Case("machine_id_digest") { $0.machineIDDigest = Data(repeating: 1, count: 31) },
        Case("sequence") { $0.sequence = 0 },
        Case("sequence") { $0.sequence = 1 << 63 },
        Case("time_us") { $0.timeUs = 0 },
        Case("time_us") { $0.timeUs = 1 << 53 },
        Case("boottime_us") { $0.boottimeUs = .max },
        Case("interval_us") { $0.intervalUs = 199_999 },
        Case("interval_us") { $0.intervalUs = 300_000_001 },
        Case("agent_version") { $0.agentVersion = String(repeating: "v", count: Limits.labelBytes + 1) },
        Case("names[1]") { $0.names[1] = String(repeating: "n", count: Limits.labelBytes + 1) },
        Case("host_readings.value") { $0.hostReadings.metric.append(2) },
        Case("host_readings.absent_cause") { $0.hostReadings.absentMetric.append(2) },
        Case("host_readings.metric[1]") { $0.hostReadings.set(Catalogue.cpuCount, 4) },
        Case("host_readings.absent_metric[0]") { $0.hostReadings.set(Catalogue.cpuCount, .absent(.denied)) },
        Case("host_readings.metric[0]") { $0.hostReadings.metric[0] = 0 },
        Case("host_readings.metric[0]") { $0.hostReadings.metric[0] = 1000 },
        Case("host_readings.value[0]") { $0.hostReadings.value[0] = 1 << 63 },
        Case("labelled[0].label") { $0.labelled[0].label = 0 },
        Case("labelled[0].label") { $0.labelled[0].label = 5 },
        Case("labelled[0].absent_cause[0]") { $0.labelled[0].absentCause[0] = .unspecified },
        Case("labelled[64]") { $0.labelled = Array(repeating: $0.labelled[0], count: Limits.labelledPerKind + 1) },
        Case("instances[1].name") { $0.instances[1].name = 1 },
        Case("instances[1].name") { $0.instances[1].name = 0 },
        Case("instances[1].name") { $0.instances[1].name = 99 },
        Case("instances[0].port") { $0.instances[0].port = 65_536 },
        Case("instances[0].redis_run_id") { $0.instances[0].redisRunID = Data([1]) },
        Case("instances[0].server_time_us") { $0.instances[0].serverTimeUs = .max },
        Case("instances[0].unit") { $0.instances[0].unit = 5 },
        Case("instances[0].version_name") { $0.instances[0].versionName = 5 },
        Case("instances[0].build_name") { $0.instances[0].buildName = 5 },
        Case("instances[0].data_device") { $0.instances[0].dataDevice = 5 },
        Case("instances[0].readings.label") { $0.instances[0].readings.label = 5 },
        Case("instances[0].ping.count") { $0.instances[0].ping.count = [] },
        Case("instances[0].ping.step[1]") {
            $0.instances[0].ping.buckets = [5, 5]
            $0.instances[0].ping.count = [1, 1]
        },
        Case("instances[0].ping.step[1]") {
            $0.instances[0].ping.step = [5, .max]
            $0.instances[0].ping.count = [1, 1]
        },
        Case("instances[0].ping.step[0]") { $0.instances[0].ping.buckets = [UInt32(PingHistogram.bucketCount)] },
        Case("instances[0].ping.count[1]") {
            $0.instances[0].ping.buckets = [5, 6]
            $0.instances[0].ping.count = [1 << 62, 1 << 62]
        },
        Case("instances[0].commands.name[0]") { $0.instances[0].commands.name = [0] },
        Case("instances[0].commands.name") {
            $0.instances[0].commands.name = Array(repeating: 1, count: Limits.commandsPerInstance + 1)
        },
        Case("instances[0].commands.calls") { $0.instances[0].commands.calls = [] },
        Case("instances[0].commands.calls[0]") { $0.instances[0].commands.calls = [.max] },
        Case("instances[0].commands.usec") { $0.instances[0].commands.usec = [1, 2] },
        Case("instances[0].commands.usec[0]") { $0.instances[0].commands.usec = [.max] },
        Case("instances[0].commands.rejected") { $0.instances[0].commands.rejected = [1, 2] },
        Case("instances[0].commands.rejected[0]") { $0.instances[0].commands.rejected = [.max] },
        Case("instances[0].commands.failed") { $0.instances[0].commands.failed = [1, 2] },
        Case("instances[0].commands.failed[0]") { $0.instances[0].commands.failed = [.max] },
        Case("instances[0].commands.durations.step[0]") { $0.instances[0].commands.durations.buckets = [21] },
        Case("instances[0].commands.reset[0]") { $0.instances[0].commands.reset = [1] },
        Case("instances[1].errors[0].code") { $0.instances[1].errors[0].code = 0 },
        Case("instances[1].errors[0].count") { $0.instances[1].errors[0].count = .max },
        Case("probes[0].name") { $0.probes[0].name = 0 },
        Case("probes[0].duration_us") { $0.probes[0].durationUs = .max },
        Case("probes[0].truncated") { $0.probes[0].truncated = .max },
        Case("ports.listening[0].address") { $0.ports.listening[0].address = Data([1, 2, 3]) },
        Case("ports.listening[0].port") { $0.ports.listening[0].port = 65_536 },
        Case("ports.listening[0].unit") { $0.ports.listening[0].unit = 5 },
        Case("journal.gaps") { $0.journal.gaps = .max },
        Case("journal.suppressed") { $0.journal.suppressed = .max },
        Case("journal.skipped") { $0.journal.skipped = .max },
        Case("journal.counts[0].unit") { $0.journal.counts[0].unit = 5 },
        Case("journal.counts[0].priority") { $0.journal.counts[0].priority = 8 },
        Case("journal.counts[0].entries") { $0.journal.counts[0].entries = .max },
        Case("journal.counts[0].error_lines") { $0.journal.counts[0].errorLines = .max },
        Case("journal.fingerprints[0].unit") { $0.journal.fingerprints[0].unit = 5 },
        Case("journal.fingerprints[0].count") { $0.journal.fingerprints[0].count = .max },
        Case("journal.fingerprints[0].sample") {
            $0.journal.fingerprints[0].sample = String(repeating: "s", count: Limits.fingerprintSampleBytes + 1)
        },
        Case("journal.oom_kills[0].time_us") { $0.journal.oomKills[0].timeUs = .max },
        Case("journal.oom_kills[0].unit") { $0.journal.oomKills[0].unit = 5 },
        Case("journal.oom_kills[0].process") {
            $0.journal.oomKills[0].process = String(repeating: "p", count: Limits.labelBytes + 1)
        },
        Case("logins[0].time_us") { $0.logins[0].timeUs = .max },
        Case("logins[0].user") { $0.logins[0].user = String(repeating: "u", count: Limits.labelBytes + 1) },
        Case("packages.installed[0].name") {
            $0.packages.installed[0].name = String(repeating: "p", count: Limits.labelBytes + 1)
        },
        Case("packages.installed[0].md5sums_digest") { $0.packages.installed[0].md5SumsDigest = Data([1]) },
        Case("digests[0].path") { $0.digests[0].path = String(repeating: "/", count: 4097) },
        Case("digests[0].sha256") { $0.digests[0].sha256 = Data([1]) },
        Case("facts[0].key") { $0.facts[0].key = 0 },
        Case("facts[0].value") { $0.facts[0].value = 9 },
        Case("spool.last_refusal") { $0.spool.lastRefusal = String(repeating: "r", count: Limits.labelBytes + 1) },
        Case("spool.dropped") { $0.spool.dropped = .max },
        Case("spool.waiting") { $0.spool.waiting = .max },
    ]

    @Test(arguments: bad)
    func whatCannotBeIsRefusedByItsField(_ item: Case) throws {
        var report = Self.full()
        item.change(&report)
        let error = #expect(throws: InvalidField.self) { try ReportValidation.check(report) }
        #expect(error?.path == item.path)
    }

    static let atTheLimit: [Case] = [
        Case("host") { $0.host = String(repeating: "h", count: Limits.hostBytes) },
        Case("machine_id_digest") { $0.machineIDDigest = Data() },
        Case("sequence") { $0.sequence = UInt64(Int64.max) },
        Case("interval_us") { $0.intervalUs = 200_000 },
        Case("interval_us") { $0.intervalUs = 300_000_000 },
        Case("agent_version") { $0.agentVersion = String(repeating: "v", count: Limits.labelBytes) },
        Case("names") { $0.names[1] = String(repeating: "n", count: Limits.labelBytes) },
        Case("a number that only a later catalogue has") {
            $0.hostReadings.metric.append(999)
            $0.hostReadings.value.append(UInt64(Int64.max))
        },
        Case("labelled") { $0.labelled = Array(repeating: $0.labelled[0], count: Limits.labelledPerKind) },
        Case("port") { $0.instances[0].port = 65_535 },
        Case("last bucket") { $0.instances[0].ping.buckets = [UInt32(PingHistogram.bucketCount) - 1] },
        Case("last edge") { $0.instances[0].commands.durations.buckets = [20] },
        Case("every command") {
            let count = Limits.commandsPerInstance
            $0.instances[0].commands.name = Array(repeating: 1, count: count)
            $0.instances[0].commands.calls = Array(repeating: 1, count: count)
            $0.instances[0].commands.usec = Array(repeating: 1, count: count)
            $0.instances[0].commands.reset = [UInt32(count) - 1]
        },
        Case("sample") {
            $0.journal.fingerprints[0].sample = String(repeating: "s", count: Limits.fingerprintSampleBytes)
        },
    ]

    @Test(arguments: atTheLimit)
    func theLimitItselfIsAccepted(_ item: Case) throws {
        var report = Self.full()
        item.change(&report)
        try ReportValidation.check(report)
    }
}
