import Foundation
import Shared
import Testing

@testable import Agent

/// Real journal files, read through libsystemd.
@Suite(.enabled(if: JournalFixture.canMakeJournals, "\(JournalFixture.whyNot)"))
struct JournalTests {
    private static func lines(_ range: Range<Int>, _ fields: [String: String] = [:]) -> [JournalFixture.Entry] {
        range.map { JournalFixture.entry("line \($0)", fields, microseconds: UInt64($0 + 1) * 1000) }
    }

    private static func entries(_ sample: Sample) -> UInt64 {
        sample.journal?.counts.reduce(0) { $0 + $1.entries } ?? 0
    }

    private static let now = Moment(wallMicroseconds: 1_790_000_100_000_000, bootMicroseconds: 50)

    @Test func everyEntryIsReadOnceAndNewOnesAsTheyCome() async throws {
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<3))
        let probe = JournalProbe(configuration: place.configuration)
        #expect(Self.entries(probe.sample(Self.now)) == 0)
        try await place.write(Self.lines(3..<10))
        let sample = probe.sample(Self.now)
        #expect(Self.entries(sample) == 7)
        #expect(sample.journal?.cause == nil && sample.journal?.gaps == 0 && sample.cause == nil)
        #expect(Self.entries(probe.sample(Self.now)) == 0)
        // Another file, as after a rotation.
        try await place.write(Self.lines(10..<14), to: "other.journal")
        #expect(Self.entries(probe.sample(Self.now)) == 4)
    }

    @Test func aRotationWhileItIsReadLosesNothing() async throws {
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<1))
        let probe = JournalProbe(configuration: place.configuration)
        _ = probe.sample(Self.now)
        try place.remove()
        try await place.write(Self.lines(1..<3))
        #expect(Self.entries(probe.sample(Self.now)) == 2)
    }

    @Test func theNextAgentGoesOnWhereTheLastReportEnded() async throws {
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<3))
        var probe = JournalProbe(configuration: place.configuration)
        _ = probe.sample(Self.now)
        probe.finish()
        try await place.write(Self.lines(3..<8))
        probe = JournalProbe(configuration: place.configuration)
        let sample = probe.sample(Self.now)
        #expect(Self.entries(sample) == 5)
        #expect(sample.journal?.gaps == 0)
        // Killed before its report was stored: the next one reads the lines again rather than lose them.
        probe = JournalProbe(configuration: place.configuration)
        #expect(Self.entries(probe.sample(Self.now)) == 5)
        // With the next sample the report before it is safe.
        _ = probe.sample(Self.now)
        probe = JournalProbe(configuration: place.configuration)
        #expect(Self.entries(probe.sample(Self.now)) == 0)
    }

    @Test func aPlaceThatWasRotatedAwayIsAGap() async throws {
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<5), to: "old.journal")
        var probe = JournalProbe(configuration: place.configuration)
        _ = probe.sample(Self.now)
        probe.finish()
        try place.remove("old.journal")
        try await place.write(Self.lines(50..<54), to: "new.journal")
        probe = JournalProbe(configuration: place.configuration)
        let sample = probe.sample(Self.now)
        #expect(sample.journal?.gaps == 1)
        #expect(Self.entries(sample) == 4)
        #expect(probe.sample(Self.now).journal?.gaps == 0)
    }

    @Test func aPositionThatSaysNothingIsAGapAndNoFirstStart() async throws {
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<5, ["PRIORITY": "3"]))
        for content in ["", "rubbish\n", "cursor x", "cursor x\n", "past 1 y\n"] {
            try content.write(toFile: place.state + "/journal-cursor", atomically: true, encoding: .utf8)
            var configuration = place.configuration
            configuration.journal.historyDays = 7
            let sample = JournalProbe(configuration: configuration).sample(Self.now)
            #expect(sample.journal?.gaps == 1, "\(content)")
            #expect(sample.journal?.fingerprints.isEmpty == true)
        }
    }

    @Test func moreThanItsShareIsPassedOverAndCounted() async throws {
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<1))
        let probe = JournalProbe(configuration: place.configuration, clock: .system, entriesPerSample: 10)
        _ = probe.sample(Self.now)
        try await place.write(Self.lines(1..<60))
        let sample = probe.sample(Self.now)
        #expect(Self.entries(sample) == 10)
        #expect(sample.journal?.skipped == 49)
        try await place.write(Self.lines(60..<63))
        let next = probe.sample(Self.now)
        #expect(Self.entries(next) == 3)
        #expect(next.journal?.skipped == 0)
    }

    @Test func whoIsShortOfTimeGoesOnInTheNextSample() async throws {
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<1))
        // Each look at the clock takes half a second: two looks, 64 entries, and the time is over.
        let probe = JournalProbe(configuration: place.configuration, clock: steppingClock(stepMicroseconds: 500_000))
        _ = probe.sample(Self.now)
        try await place.write(Self.lines(1..<101))
        let first = probe.sample(Self.now)
        #expect(Self.entries(first) == 64)
        #expect(first.journal?.skipped == 0)
        #expect(Self.entries(probe.sample(Self.now)) == 36)
    }

    @Test func theVeryFirstStartReadsThePastForItsFingerprints() async throws {
        let place = try JournalPlace()
        var entries = Self.lines(0..<20)
        entries += (20..<30).map {
            JournalFixture.entry("old failure \($0)", ["PRIORITY": "3"], microseconds: UInt64($0 + 1) * 1000)
        }
        try await place.write(entries)
        var configuration = place.configuration
        configuration.journal.historyDays = 7
        let probe = JournalProbe(configuration: configuration)
        let sample = probe.sample(Self.now)
        #expect(Self.entries(sample) == 0)
        let prints = try #require(sample.journal?.fingerprints)
        #expect(prints.map(\.count) == [10])
        #expect(prints.allSatisfy { $0.isHistory })
        #expect(prints.first?.sample == "old failure 29")
        #expect(probe.sample(Self.now).journal?.fingerprints.isEmpty == true)
        // Not again at the next start.
        #expect(JournalProbe(configuration: configuration).sample(Self.now).journal?.fingerprints.isEmpty == true)
    }

    @Test func thePastEndsAtItsAgeAndItsNumber() async throws {
        let place = try JournalPlace()
        try await place.write(
            (0..<40).map {
                JournalFixture.entry("failure", ["PRIORITY": "3"], microseconds: UInt64($0 + 1) * 86_400_000_000)
            })
        var configuration = place.configuration
        configuration.journal.historyDays = 7
        let day: UInt64 = 86_400_000_000
        let moment = Moment(wallMicroseconds: 1_790_000_000_000_000 + 40 * day + 1000, bootMicroseconds: 1)
        let byAge = JournalProbe(configuration: configuration).sample(moment)
        #expect(byAge.journal?.fingerprints.map(\.count) == [7])
        configuration.journal.historyDays = 365
        configuration.journal.historyEntries = 12
        let byNumber = JournalProbe(configuration: configuration).sample(moment)
        #expect(byNumber.journal?.fingerprints.map(\.count) == [12])
    }

    @Test func thePastIsReadInPiecesThatSurviveARestart() async throws {
        let place = try JournalPlace()
        try await place.write(
            (0..<200).map { JournalFixture.entry("failure", ["PRIORITY": "3"], microseconds: UInt64($0 + 1)) })
        var configuration = place.configuration
        configuration.journal.historyDays = 7
        var count: UInt64 = 0
        for _ in 0..<20 {
            // A new agent for each piece; the clock allows 64 entries.
            let probe = JournalProbe(configuration: configuration, clock: steppingClock(stepMicroseconds: 80_000))
            let sample = probe.sample(Self.now)
            count += sample.journal?.fingerprints.reduce(0) { $0 + $1.count } ?? 0
            probe.finish()
        }
        #expect(count == 200)
    }

    @Test func realEntriesGiveTheSameAsTheirText() async throws {
        let files = [
            "redis-bgsave-eperm-syslog.json", "redis-crash-segv.json", "sshd-accepted-publickey.json",
            "kernel-oom-kill.json", "odd-entries-all.json", "redis-bad-config.json",
        ]
        for file in files {
            let place = try JournalPlace()
            try await place.write(Self.lines(0..<1))
            let probe = JournalProbe(configuration: place.configuration)
            _ = probe.sample(Self.now)
            let entries = try JournalFixture.entries(file)
            try await place.write(entries, to: "fixture.journal")
            let sample = probe.sample(Self.now)
            var tally = JournalTally()
            for entry in entries { tally.add(entry.parsed, bootMicroseconds: Self.now.bootMicroseconds) }
            let (expected, logins, _) = tally.take()
            let journal = try #require(sample.journal)
            #expect(Self.entries(sample) == UInt64(entries.count), "\(file)")
            #expect(journal.counts.map(\.errorLines) == expected.counts.map(\.errorLines), "\(file)")
            #expect(journal.counts.map(\.unit) == expected.counts.map(\.unit), "\(file)")
            #expect(Set(journal.fingerprints.map(\.id)) == Set(expected.fingerprints.map(\.id)), "\(file)")
            #expect(journal.oomKills.count == expected.oomKills.count, "\(file)")
            #expect(sample.logins.map(\.kind) == logins.map(\.kind), "\(file)")
        }
    }

    @Test func withoutAJournalItIsUnsupported() async throws {
        let place = try JournalPlace()
        let sample = JournalProbe(configuration: place.configuration).sample(Self.now)
        #expect(sample.journal?.cause == .unsupported && sample.cause == .unsupported)
        var configuration = place.configuration
        configuration.journal.directory = place.journal + "/gone"
        #expect(JournalProbe(configuration: configuration).sample(Self.now).cause == .unsupported)
        // It comes later.
        let probe = JournalProbe(configuration: place.configuration)
        _ = probe.sample(Self.now)
        try await place.write(Self.lines(0..<3))
        #expect(probe.sample(Self.now).cause == nil)
    }

    @Test func whatCannotBeReadIsDenied() async throws {
        guard getuid() != 0 else { return }
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<3))
        chmod(place.journal + "/system.journal", 0)
        #expect(JournalProbe(configuration: place.configuration).sample(Self.now).cause == .denied)
    }

    @Test func aDamagedFileIsSurvived() async throws {
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<200))
        let path = place.journal + "/system.journal"
        let whole = try Data(contentsOf: URL(filePath: path))
        var random = HostRandom.seeded("aDamagedFileIsSurvived")
        for _ in 0..<20 {
            var bytes = whole
            for _ in 0..<50 {
                // Behind the header, where the entries are.
                bytes[Int.random(in: 300..<min(bytes.count, 200_000), using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            try bytes.write(to: URL(filePath: path))
            var configuration = place.configuration
            configuration.journal.historyDays = 7
            configuration.stateDirectory = place.state + "/\(UInt64.random(in: 0...UInt64.max, using: &random))"
            let probe = JournalProbe(configuration: configuration)
            for _ in 0..<3 { _ = probe.sample(Self.now) }
        }
    }

    @Test func aStateDirectoryThatCannotBeWrittenCostsOnlyTheMemory() async throws {
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<3))
        var configuration = place.configuration
        configuration.stateDirectory = "/proc/nowhere"
        let probe = JournalProbe(configuration: configuration)
        _ = probe.sample(Self.now)
        try await place.write(Self.lines(3..<5))
        #expect(Self.entries(probe.sample(Self.now)) == 2)
    }

    @Test func positionsAreWrittenWholeAndReadBack() throws {
        let place = try JournalPlace()
        let path = place.state + "/journal-cursor"
        #expect(JournalPosition.load(path) == .none)
        for position in [
            JournalPosition(cursor: ""), JournalPosition(cursor: "s=1;i=2"),
            JournalPosition(cursor: "s=1;i=2", past: .init(cursor: "s=1;i=1", entriesLeft: 5)),
        ] {
            #expect(position.save(path))
            #expect(JournalPosition.load(path) == .position(position))
        }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for end in 0..<text.utf8.count {
            try String(text.prefix(end)).write(toFile: path, atomically: true, encoding: .utf8)
            // A part of it is no other position.
            if case .position(let part) = JournalPosition.load(path) { #expect(part.cursor == "s=1;i=2") }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.state) == ["journal-cursor"])
    }
}
