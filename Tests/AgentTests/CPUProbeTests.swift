import Shared
import Testing

@testable import Agent

struct CPUProbeTests {
    private func sample(_ tree: String) -> Sample {
        CPUProbe(root: HostFixture.root(tree), configuration: HostFixture.configuration()).sample(HostFixture.moment())
    }

    @Test func ticksBecomeMicrosecondsAndGuestTimeIsNotAdded() {
        let sample = sample("linux-5.10-debian11")
        #expect(sample.reading(Catalogue.cpuUser) == .value(101_321_530_000))
        #expect(sample.reading(Catalogue.cpuNice) == .value(2_906_960_000))
        #expect(sample.reading(Catalogue.cpuSystem) == .value(30_847_190_000))
        #expect(sample.reading(Catalogue.cpuInterrupt) == .value(251_950_000))
        #expect(sample.reading(Catalogue.cpuSteal) == .value(1_756_280_000))
        #expect(sample.reading(Catalogue.cpuCount) == .value(4))
        #expect(sample.reading(Catalogue.uptime) == .value(350_735_470_000))
    }

    @Test func idleIsTheSumOverTheProcessors() {
        let sample = sample("linux-5.10-debian11")
        #expect(sample.reading(Catalogue.cpuIdle) == .value(46_828_483 * 10_000))
        #expect(sample.reading(Catalogue.cpuIOWait) == .value(16_683 * 10_000))
    }

    @Test func aCapturedMachineGivesEveryValue() {
        let sample = sample("linux-6.18-vm")
        #expect(sample.cause == nil)
        #expect(sample.host.count == 11)
        #expect(sample.host.allSatisfy { $0.reading.value != nil })
        #expect(sample.reading(Catalogue.cpuCount) == .value(2))
    }

    @Test func whatIsNotThereIsAbsentAndTheAgentsOwnTimeRemains() {
        let sample = sample("dpkg-1.21")
        #expect(sample.reading(Catalogue.cpuUser) == .absent(.unsupported))
        #expect(sample.reading(Catalogue.uptime) == .absent(.unsupported))
        #expect(sample.reading(Catalogue.agentRSS) == .absent(.unsupported))
        #expect((sample.reading(Catalogue.agentCPU)?.value ?? 0) > 0)
        #expect(sample.cause == nil)
    }

    @Test func anOldKernelWithoutStealHasNoZeroForIt() throws {
        let tree = try HostTree()
        try tree.write("/proc/stat", "cpu  1 2 3 4\ncpu0 1 2 3 4\nintr 0\n")
        let sample = CPUProbe(root: tree.root, configuration: HostFixture.configuration()).sample(HostFixture.moment())
        #expect(sample.reading(Catalogue.cpuIdle) == .value(40_000))
        for measurement in [Catalogue.cpuSteal, Catalogue.cpuInterrupt, Catalogue.cpuIOWait] {
            #expect(sample.reading(measurement) == .absent(.unsupported))
        }
    }

    @Test func nonsenseIsAParseCause() throws {
        let tree = try HostTree()
        for text in [
            "", "\n", "intr 1\n", "cpu  1 2 3\ncpu0 1 2 3 4\nintr 0\n", "cpu  1 2 3 x\nintr 0\n", "cpu  1 2 3 4",
            "cpu  1 2 3 4\ncpu0 1 2\nintr 0\n", "cpu  1 2 3 99999999999999999999\nintr 0\n",
        ] {
            try tree.write("/proc/stat", text)
            let probe = CPUProbe(root: tree.root, configuration: HostFixture.configuration())
            #expect(probe.sample(HostFixture.moment()).reading(Catalogue.cpuUser) == .absent(.parse), "\(text)")
        }
        try tree.write("/proc/stat", "cpu  18446744073709551615 2 3 4\ncpu0 1 2 3 4\nintr 0\n")
        let probe = CPUProbe(root: tree.root, configuration: HostFixture.configuration())
        let sample = probe.sample(HostFixture.moment())
        #expect(sample.reading(Catalogue.cpuUser) == .absent(.parse))
        #expect(sample.reading(Catalogue.cpuNice) == .value(20_000))
    }

    private func times(_ lines: [(Int, UInt64, UInt64)]) -> CPUTimes {
        CPUTimes(
            user: 0, nice: 0, system: 0, idle: 0, iowait: 0, irq: 0, softirq: 0, steal: 0,
            perCPU: lines.map { CPUTimes.Line(number: $0.0, idle: $0.1, iowait: $0.2) })
    }

    @Test func aFallOfIowaitIsHeld() {
        var clock = IdleClock(ticksPerSecond: 100)
        #expect(clock.update(times([(0, 1000, 50), (1, 1000, 60)])) == (2000, 110))
        #expect(clock.update(times([(0, 1010, 40), (1, 1010, 70)])) == (2020, 120))
        #expect(clock.update(times([(0, 1020, 55), (1, 1020, 70)])) == (2040, 125))
    }

    @Test func aSmallFallOfIdleIsHeldAndALargeOneStartsAnew() {
        var clock = IdleClock(ticksPerSecond: 100)
        #expect(clock.update(times([(0, 1000, 50)])) == (1000, 50))
        #expect(clock.update(times([(0, 701, 50)])) == (1000, 50))
        #expect(clock.update(times([(0, 1001, 51)])) == (1001, 51))
        #expect(clock.update(times([(0, 701, 1)])) == (1001, 51))
        #expect(clock.update(times([(0, 711, 3)])) == (1011, 53))
    }

    @Test func aProcessorThatGoesAndComesBackDoesNotTakeItsTimeWithIt() {
        var clock = IdleClock(ticksPerSecond: 100)
        #expect(clock.update(times([(0, 1000, 5), (1, 5000, 5)])) == (6000, 10))
        #expect(clock.update(times([(0, 1100, 5)])) == (6100, 10))
        #expect(clock.update(times([(0, 1200, 5), (1, 10, 0)])) == (6200, 10))
        #expect(clock.update(times([(0, 1300, 5), (1, 110, 1)])) == (6400, 11))
    }

    @Test func randomTimesNeverMakeIdleFall() {
        var random = HostRandom.seeded("randomTimesNeverMakeIdleFall")
        for _ in 0..<100 {
            var clock = IdleClock(ticksPerSecond: 100)
            var last: (idle: UInt64, iowait: UInt64) = (0, 0)
            for step in 0..<20 {
                let lines = (0..<4).filter { _ in step == 0 || Bool.random(using: &random) }.map {
                    ($0, UInt64.random(in: 0...2000, using: &random), UInt64.random(in: 0...100, using: &random))
                }
                guard !lines.isEmpty else { continue }
                let now = clock.update(times(lines))
                #expect(now.idle >= last.idle)
                #expect((now.iowait ?? 0) >= last.iowait)
                last = (now.idle, now.iowait ?? 0)
            }
        }
    }

    @Test func everyTruncationGivesTheTruthOrACause() throws {
        let whole = try HostFixture.bytes("linux-5.10-debian11", "proc/stat")
        let full = try CPUTimes.parse(whole)
        for end in 0..<whole.count {
            guard let part = try? CPUTimes.parse(whole.prefix(end)) else { continue }
            #expect(part == full)
        }
    }

    @Test func damageNeverStopsTheParser() throws {
        var random = HostRandom.seeded("CPU damageNeverStopsTheParser")
        let whole = try HostFixture.bytes("linux-5.10-debian11", "proc/stat")
        for _ in 0..<500 {
            _ = try? CPUTimes.parse(random.damaged(whole))
            _ = try? CPUTimes.parse(random.bytes(200)[...])
        }
    }

    @Test func thousandsOfProcessorsAreRead() throws {
        var text = "cpu  1 2 3 4 5 6 7 8 0 0\n"
        for number in 0..<4096 { text += "cpu\(number) 1 2 3 4 5 6 7 8 0 0\n" }
        let times = try CPUTimes.parse(Array((text + "intr 0\n").utf8)[...])
        #expect(times.perCPU.count == 4096)
    }

    @Test func thisHostAnswersOrSaysWhyNot() {
        let probe = CPUProbe(root: .host, configuration: HostFixture.configuration())
        let first = probe.sample(HostFixture.moment())
        let second = probe.sample(HostFixture.moment(seconds: 1010))
        #expect(first.host.count == 11)
        for measurement in [Catalogue.cpuUser, Catalogue.cpuIdle, Catalogue.cpuIOWait, Catalogue.uptime] {
            if let old = first.reading(measurement)?.value, let new = second.reading(measurement)?.value {
                #expect(new >= old)
            }
        }
    }
}
