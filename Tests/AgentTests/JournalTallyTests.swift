import Shared
import Testing

@testable import Agent

struct JournalTallyTests {
    private static let hour: UInt64 = 3_600_000_000

    private static func tally(_ file: String) throws -> JournalSample {
        var tally = JournalTally()
        for entry in try JournalFixture.entries(file) { tally.add(entry.parsed, bootMicroseconds: 1) }
        return tally.take().sample
    }

    private static func errorLines(_ sample: JournalSample, _ unit: String?) -> UInt64 {
        sample.counts.filter { $0.unit == unit }.reduce(0) { $0 + $1.errorLines }
    }

    @Test func systemdsWordBelongsToTheUnit() throws {
        let sample = try Self.tally("redis-bad-config.json")
        #expect(Self.errorLines(sample, "redis@6401.service") == 3)
        #expect(sample.counts.allSatisfy { $0.unit == "redis@6401.service" })
        #expect(sample.counts.reduce(0) { $0 + $1.entries } == 9)
        #expect(sample.counts.first { $0.priority == 3 }?.entries == 1)
    }

    @Test func onlyRootsWordIsTakenForAUnit() {
        func owner(_ fields: [String: String]) -> String? { JournalFixture.entry("x", fields).parsed.owner }
        #expect(owner(["_UID": "0", "_PID": "1", "UNIT": "a.service", "_SYSTEMD_UNIT": "init.scope"]) == "a.service")
        #expect(owner(["_UID": "1000", "_PID": "9", "UNIT": "a.service", "_SYSTEMD_UNIT": "b.service"]) == "b.service")
        #expect(owner(["_UID": "0", "OBJECT_SYSTEMD_UNIT": "a.service", "_SYSTEMD_UNIT": "b.service"]) == "a.service")
        #expect(
            owner(["_UID": "1000", "OBJECT_SYSTEMD_UNIT": "a.service", "_SYSTEMD_UNIT": "b.service"]) == "b.service")
        let core = [
            "MESSAGE_ID": "fc2e22bc6ee647b6b90729ab34a250b1", "COREDUMP_UNIT": "a.service",
            "_SYSTEMD_UNIT": "c@1.service",
        ]
        #expect(owner(core.merging(["_UID": "0"]) { $1 }) == "a.service")
        #expect(owner(core.merging(["_UID": "1"]) { $1 }) == "c@1.service")
        #expect(owner(["_SYSTEMD_UNIT": "session-4.scope", "_UID": "1000"]) == nil)
        #expect(owner(["_SYSTEMD_UNIT": "init.scope", "_UID": "0", "_PID": "1"]) == "init.scope")
        #expect(owner([:]) == nil)
    }

    @Test func suppressedEntriesAreAdded() {
        var tally = JournalTally()
        let fields = ["MESSAGE_ID": "a596d6fe7bfa4994828e72309e95d61e", "N_DROPPED": "17", "_TRANSPORT": "driver"]
        tally.add(JournalFixture.entry("Suppressed 17 messages from a.service", fields).parsed, bootMicroseconds: 1)
        tally.add(
            JournalFixture.entry("Suppressed", fields.merging(["_TRANSPORT": "journal"]) { $1 }).parsed,
            bootMicroseconds: 1)
        #expect(tally.take().sample.suppressed == 17)
        #expect(tally.take().sample.suppressed == 0)
    }

    @Test func aLineHasOneSampleAnHour() {
        var tally = JournalTally()
        func sample(_ number: Int, at time: UInt64) -> JournalSample.Fingerprint? {
            tally.add(JournalFixture.entry("failed \(number)", ["PRIORITY": "3"]).parsed, bootMicroseconds: time)
            let prints = tally.take().sample.fingerprints
            #expect(prints.count == 1)
            return prints.first
        }
        #expect(sample(1, at: 10)?.sample == "failed 1")
        #expect(sample(2, at: 20)?.sample == nil)
        #expect(sample(3, at: Self.hour + 9)?.sample == nil)
        #expect(sample(4, at: Self.hour + 10)?.sample == "failed 4")
        // A restart of the clock, as after a reboot of a simulated host.
        #expect(sample(5, at: 3)?.sample == "failed 5")
    }

    @Test func equalLinesAreOneFingerprint() throws {
        let sample = try Self.tally("redis-bgsave-eperm-syslog.json")
        // Each line came twice, by its output and by syslog.
        #expect(sample.fingerprints.map(\.count) == [2, 2])
        #expect(sample.fingerprints.allSatisfy { $0.unit == "redis@.service" && !$0.isHistory })
        #expect(sample.fingerprints[0].sample?.hasPrefix("Failed opening the temp RDB file temp-323.rdb") == true)
        let other = try Self.tally("redis-bgsave-eperm-stdout.json")
        #expect(Set(other.fingerprints.map(\.id)) == Set(sample.fingerprints.map(\.id)))
    }

    @Test func theAgentsOwnLinesDoNotCount() {
        var tally = JournalTally()
        tally.add(
            JournalFixture.entry("x", ["PRIORITY": "3", "_SYSTEMD_UNIT": "perch-agent.service"]).parsed,
            bootMicroseconds: 1)
        #expect(tally.take().sample.counts.isEmpty)
        // What systemd says of it does.
        let fields = [
            "PRIORITY": "3", "_SYSTEMD_UNIT": "init.scope", "_UID": "0", "_PID": "1", "UNIT": "perch-agent.service",
        ]
        tally.add(JournalFixture.entry("Failed to start", fields).parsed, bootMicroseconds: 1)
        #expect(tally.take().sample.counts.count == 1)
    }

    @Test func everythingIsBoundedAndWhatIsCutIsCounted() {
        var tally = JournalTally()
        for index in 0..<Limits.journalCounts + 5 {
            tally.add(JournalFixture.entry("x", ["_SYSTEMD_UNIT": "u\(index).service"]).parsed, bootMicroseconds: 1)
        }
        var taken = tally.take()
        #expect(taken.sample.counts.count == Limits.journalCounts)
        #expect(taken.truncated == 5)
        for index in 0..<Limits.fingerprints + 3 {
            let name = String(repeating: "x", count: index + 1)
            tally.add(JournalFixture.entry(name, ["PRIORITY": "3"]).parsed, bootMicroseconds: 1)
        }
        taken = tally.take()
        // Beyond the bytes that are looked at, names do not differ.
        #expect(taken.sample.fingerprints.count <= Limits.fingerprints)
        for _ in 0..<Limits.oomKills + 2 {
            let fields = ["_TRANSPORT": "kernel", "PRIORITY": "3"]
            tally.add(
                JournalFixture.entry("Out of memory: Killed process 9 (x) total", fields).parsed, bootMicroseconds: 1)
        }
        taken = tally.take()
        #expect(taken.sample.oomKills.count == Limits.oomKills)
        #expect(taken.truncated == 2)
    }

    @Test func thePastWaitsForItsPlaceInTheReports() {
        var tally = JournalTally()
        func word(_ index: Int) -> String {
            var text = ""
            var rest = index + 1
            while rest > 0 {
                text.append(Character(UnicodeScalar(UInt8(103 + rest % 16))))
                rest /= 16
            }
            return text
        }
        for index in 0..<1000 {
            tally.addPast(JournalFixture.entry(word(index), ["PRIORITY": "3"]).parsed, bootMicroseconds: 1)
        }
        tally.add(JournalFixture.entry("present", ["PRIORITY": "3"]).parsed, bootMicroseconds: 1)
        tally.addPast(JournalFixture.entry("no error", ["PRIORITY": "6"]).parsed, bootMicroseconds: 1)
        let first = tally.take().sample.fingerprints
        #expect(first.count == Limits.fingerprints)
        #expect(first.filter { !$0.isHistory }.map(\.sample) == ["present"])
        let second = tally.take().sample.fingerprints
        #expect(first.count + second.count == 1001)
        #expect(Set((first + second).map(\.id)).count == 1001)
        #expect(tally.take().sample.counts.isEmpty)
    }

    // MARK: kills

    @Test func theKernelsKillIsSeen() throws {
        let sample = try Self.tally("kernel-oom-kill.json")
        #expect(sample.oomKills.map(\.process) == ["redis-server"])
        #expect(sample.oomKills.first?.unit == nil)
    }

    private static func kernel(_ time: UInt64, pid: Int = 5) -> [JournalEntry] {
        let fields = ["_TRANSPORT": "kernel", "PRIORITY": "6"]
        return [
            JournalFixture.entry(
                "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,oom_memcg=/system.slice/a.service,"
                    + "task_memcg=/system.slice/system-redis.slice/redis@a.service/sub,task=redis-server,"
                    + "pid=\(pid),uid=9",
                fields, microseconds: time),
            JournalFixture.entry(
                "Memory cgroup out of memory: Killed process \(pid) (redis-server) total-vm:1kB", fields,
                microseconds: time),
        ].map(\.parsed)
    }

    private static func systemd(_ time: UInt64) -> JournalEntry {
        let fields = [
            "MESSAGE_ID": "fe6faa94e7774663a0da52717891d8ef", "UNIT": "redis@a.service", "_UID": "0", "_PID": "1",
            "_SYSTEMD_UNIT": "init.scope",
        ]
        return JournalFixture.entry(
            "A process of this unit has been killed by the OOM killer.", fields, microseconds: time
        ).parsed
    }

    @Test func oneKillHeardTwiceCountsOnce() {
        for order in [Self.kernel(1) + [Self.systemd(2_000_000)], [Self.systemd(1)] + Self.kernel(2_000_000)] {
            var kills = OOMKills()
            #expect(order.compactMap { kills.kill($0) }.map(\.unit) == ["redis@a.service"])
        }
    }

    @Test func twoKillsCountTwice() {
        var kills = OOMKills()
        let order = Self.kernel(1) + [Self.systemd(2)] + Self.kernel(3, pid: 6) + [Self.systemd(4)]
        #expect(order.compactMap { kills.kill($0) }.count == 2)
        // Far apart in time they are no pair.
        #expect(
            (Self.kernel(100_000_000, pid: 7) + [Self.systemd(200_000_000)]).compactMap { kills.kill($0) }.count == 2)
    }
}
