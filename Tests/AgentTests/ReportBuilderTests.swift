// Samples to the wire: nothing lost, nothing beyond a limit, nothing cut without being counted. What the agent wrote by
// hand is looked at through the generated code, as the collector does.
import Shared
import Testing

@testable import Agent

@Suite struct ReportBuilderTests {
    private static let origin = ReportOrigin(
        host: "db-1", run: RunID(high: 1, low: 2), bootID: Array(repeating: 7, count: 16),
        machineIDDigest: Array(repeating: 8, count: 32), intervalMicroseconds: 10_000_000, agentVersion: "1.0.0")

    private func report(_ probes: [ProbeResult] = [], _ instances: [InstanceSample] = []) -> Report {
        report(probes, FleetResult(durationMicroseconds: 3, instances: instances))
    }

    private func report(_ probes: [ProbeResult], _ fleet: FleetResult) -> Report {
        let written = ReportBuilder(origin: Self.origin).report(
            sequence: 5, moment: Moment(wallMicroseconds: 11, bootMicroseconds: 22), probes: probes, fleet: fleet,
            spool: Wire.SpoolState()
        ).encoded
        let report = try? Report(serializedBytes: written)
        #expect((try? report?.serializedBytes() as [UInt8]?) == written)
        return report ?? Report()
    }

    private func probe(_ name: String, _ fill: (inout Sample) -> Void) -> ProbeResult {
        var sample = Sample()
        fill(&sample)
        return ProbeResult(name: name, durationMicroseconds: 9, sample: sample)
    }

    private func truncated(_ report: Report, _ name: String) -> UInt64? {
        report.probes.first { report.name($0.name) == name }?.truncated
    }

    private func instance(_ name: String) -> InstanceSample {
        InstanceSample(name: name, port: 6379, transport: .tcp, uid: 100)
    }

    @Test func theHeadSaysWhoseReportItIs() {
        let report = report()
        #expect(report.version == Report.currentVersion)
        #expect(report.host == "db-1")
        #expect(RunID(bytes: report.runID) == RunID(high: 1, low: 2))
        #expect(report.sequence == 5 && report.timeUs == 11 && report.boottimeUs == 22)
        #expect(report.bootID.count == 16 && report.machineIDDigest.count == 32)
        #expect(report.intervalUs == 10_000_000)
    }

    @Test func valuesAndCausesArriveApart() {
        let report = report([
            probe("cpu") {
                $0.set(Catalogue.cpuUser, 0)
                $0.set(Catalogue.cpuSteal, absent: .denied)
                $0.cause = .parse
            }
        ])
        #expect(report.hostReadings.reading(Catalogue.cpuUser) == .value(0))
        #expect(report.hostReadings.reading(Catalogue.cpuSteal) == .absent(.denied))
        #expect(report.hostReadings.reading(Catalogue.cpuIdle) == nil)
        #expect(report.probes.first?.cause == .parse)
        #expect(report.probes.first?.durationUs == 9)
    }

    @Test func aNameIsWrittenOnce() {
        let report = report(
            [
                probe("disk") {
                    $0.labelled = [
                        ("sda", [(Catalogue.diskRead, .value(1))]), ("eth0", [(Catalogue.networkReceived, .value(2))]),
                    ]
                }
            ], [instance("sda")])
        #expect(report.names.filter { $0 == "sda" }.count == 1)
        #expect(report.labelled.map { report.name($0.label) } == ["sda", "eth0"])
        #expect(report.name(report.instances[0].name) == "sda")
    }

    @Test func limitsPerKindAreKeptAndCounted() {
        let devices = (0..<70).map { ("d\($0)", [(Catalogue.diskRead, Reading<UInt64>.value(1))] as Sample.Values) }
        let mounts = (0..<64).map {
            ("m\($0)", [(Catalogue.filesystemUsed, Reading<UInt64>.value(1))] as Sample.Values)
        }
        let report = report([
            probe("disk") { $0.labelled = devices }, probe("filesystem") { $0.labelled = mounts },
        ])
        #expect(report.labelled.count == 128)
        #expect(truncated(report, "disk") == 6)
        #expect(truncated(report, "filesystem") == 0)
    }

    @Test func listsAreCutAtTheirLimitAndCounted() {
        let port = ListeningPort(transport: .tcp, address: [127, 0, 0, 1], port: 1, uid: 0, unit: nil, isV6Only: false)
        let report = report([
            probe("ports") { $0.ports = PortsSample(listening: Array(repeating: port, count: Limits.ports + 3)) },
            probe("packages") { sample in
                let package = PackagesSample.Installed(name: "n", version: "v", architecture: "a", md5sumsDigest: nil)
                sample.packages = PackagesSample(installed: Array(repeating: package, count: Limits.packages + 1))
            },
            probe("facts") { $0.facts = (0..<Limits.facts + 2).map { ("k\($0)", "v") } },
            probe("digests") {
                $0.digests = (0..<Limits.digests + 4).map { DigestSample(path: "/\($0)", sha256: .absent(.denied)) }
            },
            probe("journal") { sample in
                var journal = JournalSample()
                journal.fingerprints = (0..<Limits.fingerprints + 5).map {
                    JournalSample.Fingerprint(id: UInt64($0), unit: nil, count: 1, sample: nil, isHistory: false)
                }
                sample.journal = journal
                let login = LoginSample(
                    kind: .accepted, timeMicroseconds: 1, user: "u", source: "", method: "", keyFingerprint: "",
                    session: "")
                sample.logins = Array(repeating: login, count: Limits.logins + 1)
            },
        ])
        #expect(report.ports.listening.count == Limits.ports && truncated(report, "ports") == 3)
        #expect(report.packages.installed.count == Limits.packages && truncated(report, "packages") == 1)
        #expect(report.facts.count == Limits.facts && truncated(report, "facts") == 2)
        #expect(report.digests.count == Limits.digests && truncated(report, "digests") == 4)
        #expect(report.journal.fingerprints.count == Limits.fingerprints)
        #expect(report.logins.count == Limits.logins && truncated(report, "journal") == 6)
    }

    @Test func longLabelsAreCutBetweenCharacters() {
        let long = String(repeating: "ä", count: 100)
        let report = report([probe("disk") { $0.labelled = [(long, [(Catalogue.diskRead, .value(1))])] }])
        #expect(report.name(report.labelled[0].label)?.utf8.count == 128)
        #expect(report.name(report.labelled[0].label)?.allSatisfy { $0 == "ä" } == true)
        #expect(truncated(report, "disk") == 1)
    }

    @Test func aFullTableOfNamesLeavesValuesOutInsteadOfMisnamingThem() {
        let many = (0..<200).map { number -> InstanceSample in
            var sample = instance("i\(number)")
            sample.commands = (0..<60).map {
                InstanceSample.Command(name: "c\(number).\($0)", calls: 1, microseconds: 1, rejected: 0, failed: 0)
            }
            return sample
        }
        let report = report([], many)
        #expect(report.names.count == Limits.names)
        #expect(Set(report.names).count == report.names.count)
        #expect(report.instances.allSatisfy { $0.commands.name.allSatisfy { report.name($0) != nil } })
        #expect((truncated(report, "redis") ?? 0) > 0)
    }

    @Test func anInstanceArrivesWhole() {
        var sample = instance("a")
        sample.unit = "redis@a.service"
        sample.redisRunID = RedisRunID(bytes: Array(0..<20))
        sample.readings = [(Catalogue.redisMemoryRSS, .value(9))]
        sample.ping = [70: 2, 3: 1, 5: 0]
        var durations = [UInt64](repeating: 0, count: 21)
        durations[4] = 6
        sample.commands = [
            InstanceSample.Command(
                name: "get", calls: 10, microseconds: 20, rejected: 1, failed: 2, durations: durations),
            InstanceSample.Command(name: "set", calls: 1, microseconds: 2, rejected: 0, failed: 0, durations: nil),
        ]
        sample.errors = [("MISCONF", 4)]
        sample.commandsCause = .denied
        sample.dataDevice = "sda"
        let wire = report([], [sample]).instances[0]
        #expect(Array(wire.redisRunID) == Array(0..<4))
        #expect(wire.ping.buckets == [3, 70] && wire.ping.count == [1, 2])
        #expect(wire.commands.calls == [10, 1] && wire.commands.usec == [20, 2])
        #expect(wire.commands.rejected == [1, 0] && wire.commands.failed == [2, 0])
        #expect(wire.commands.durations.buckets == [4] && wire.commands.durations.count == [6])
        #expect(wire.commands.reset == [1])
        #expect(wire.commandsCause == .denied && wire.cause == .unspecified)
        #expect(wire.readings.value(Catalogue.redisMemoryRSS) == 9)
        #expect(wire.errors[0].count == 4 && wire.dataDevice != 0 && wire.transport == .tcp)
    }

    @Test func whatTheProbesThemselvesCutIsCounted() {
        var cut = instance("a")
        cut.truncated = 3
        let report = report([], FleetResult(instances: [cut], leftOut: 4))
        #expect(truncated(report, "redis") == 7)
    }

    @Test func beyondTheLimitTheMostCalledCommandsStay() {
        var sample = instance("a")
        sample.commands = (0..<Limits.commandsPerInstance + 10).map {
            InstanceSample.Command(name: "c\($0)", calls: UInt64($0), microseconds: 1, rejected: 0, failed: 0)
        }
        let report = report([], [sample])
        #expect(report.instances[0].commands.name.count == Limits.commandsPerInstance)
        #expect(report.instances[0].commands.calls.min() == 10)
        #expect(truncated(report, "redis") == 10)
    }

    @Test func tooManyInstancesAreCutAndCounted() {
        let report = report([], (0..<Limits.instances + 2).map { instance("i\($0)") })
        #expect(report.instances.count == Limits.instances)
        #expect(truncated(report, "redis") == 2)
    }

    @Test func aLargeReportLosesItsRarestCommandsFirst() throws {
        let durations = (0..<21).map { UInt64($0) * 1000 + 1 }
        let many = (0..<200).map { number -> InstanceSample in
            var sample = instance("i\(number)")
            sample.readings = [(Catalogue.redisCommandCalls, .value(1))]
            sample.commands = (0..<150).map {
                InstanceSample.Command(
                    name: "command-\($0)", calls: UInt64($0 * 1000 + number), microseconds: 123_456_789, rejected: 0,
                    failed: 0,
                    durations: durations)
            }
            return sample
        }
        let report = report([], many)
        let bytes: [UInt8] = try report.serializedBytes()
        #expect(bytes.count <= ReportBuilder.softBytes)
        #expect(bytes.count > ReportBuilder.softBytes * 9 / 10)
        #expect(report.instances.count == 200)
        let kept = report.instances.flatMap(\.commands.calls)
        let lost = Set(many.flatMap { $0.commands.map(\.calls) }).subtracting(kept)
        #expect((lost.max() ?? 0) < (kept.min() ?? 0))
        #expect(truncated(report, "redis") == UInt64(200 * 150 - kept.count))
    }

    @Test func evenTheLargestReportFitsABody() throws {
        let readings: Sample.Values = Catalogue.all.filter { $0.level == .instance }.map {
            ($0, .value(.max - UInt64($0.number)))
        }
        let many = (0..<Limits.instances).map { number -> InstanceSample in
            var sample = instance("instance-with-a-long-name-\(number)")
            sample.readings = readings
            sample.errors = (0..<128).map { ("ERROR\($0)", UInt64.max) }
            sample.ping = Dictionary(uniqueKeysWithValues: (0..<50).map { (UInt32($0 * 20), UInt64($0 + 1)) })
            return sample
        }
        let report = report([], many)
        let bytes: [UInt8] = try report.serializedBytes()
        #expect(bytes.count <= ReportBuilder.hardBytes)
        let body = try #require(BatchBody.gzipped([bytes]))
        #expect(body.readableBytes <= Limits.bodyBytes)
        #expect((truncated(report, "redis") ?? 0) > 0)
    }
}
