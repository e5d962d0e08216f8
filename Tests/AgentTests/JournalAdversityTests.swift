// What happens to real journals on real servers: another boot, a flood, vacuuming, secrets, bytes that are no text.
import Foundation
import Shared
import Testing

@testable import Agent

@Suite(.enabled(if: JournalFixture.canMakeJournals, "\(JournalFixture.whyNot)"))
struct JournalAdversityTests {
    private static let now = Moment(wallMicroseconds: 1_790_000_100_000_000, bootMicroseconds: 50)

    private static func entries(_ sample: Sample) -> UInt64 {
        sample.journal?.counts.reduce(0) { $0 + $1.entries } ?? 0
    }

    private static func lines(_ range: Range<Int>, _ fields: [String: String] = [:]) -> [JournalFixture.Entry] {
        range.map { JournalFixture.entry("line \($0)", fields, microseconds: UInt64($0 + 1) * 1000) }
    }

    @Test func anotherBootIsReadOnFromWhereTheLastOneEnded() async throws {
        let place = try JournalPlace()
        let first = ["_BOOT_ID": "051cc28695934e06ac52a32fe95d53c5"]
        let second = ["_BOOT_ID": "151cc28695934e06ac52a32fe95d53c5", "PRIORITY": "3"]
        try await place.write(Self.lines(0..<5, first))
        var probe = JournalProbe(configuration: place.configuration)
        _ = probe.sample(Self.now)
        probe.finish()
        try await place.write(Self.lines(5..<9, first))
        // The clock since boot begins anew, the wall clock goes on.
        let booted = Self.lines(20..<27, second).map { entry in
            var entry = entry
            entry["__MONOTONIC_TIMESTAMP"] = entry["__REALTIME_TIMESTAMP"].map {
                "\(UInt64($0)! - 1_790_000_000_015_000)"
            }
            return entry
        }
        try await place.write(booted, to: "second-boot.journal")
        probe = JournalProbe(configuration: place.configuration)
        let sample = probe.sample(Moment(wallMicroseconds: Self.now.wallMicroseconds, bootMicroseconds: 1))
        #expect(Self.entries(sample) == 11)
        #expect(sample.journal?.gaps == 0)
        #expect(sample.journal?.counts.reduce(0) { $0 + $1.errorLines } == 7)
        #expect(Self.entries(probe.sample(Self.now)) == 0)
    }

    /// Ten thousand lines a second between two reports, as a program in a loop writes them.
    @Test func aFloodCostsABoundedTimeAndWhatIsPassedOverIsCounted() async throws {
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<1))
        let probe = JournalProbe(configuration: place.configuration)
        _ = probe.sample(Self.now)
        let flood = 100_000
        try await place.write(
            (0..<flood).map {
                JournalFixture.entry(
                    "request \($0) failed", ["PRIORITY": "3", "_SYSTEMD_UNIT": "noisy.service"],
                    microseconds: 2000 + UInt64($0) * 100)
            })
        var seen: UInt64 = 0
        var errorLines: UInt64 = 0
        var fingerprints: Set<UInt64> = []
        for _ in 0..<20 {
            let begin = ContinuousClock.now
            let sample = probe.sample(Self.now)
            #expect(ContinuousClock.now - begin < .seconds(2), "the probe's deadline")
            let journal = try #require(sample.journal)
            #expect(Self.entries(sample) <= UInt64(Limits.journalEntriesPerReport))
            seen += Self.entries(sample) + journal.skipped
            errorLines += journal.counts.reduce(0) { $0 + $1.errorLines }
            fingerprints.formUnion(journal.fingerprints.map(\.id))
            if seen == UInt64(flood) { break }
        }
        #expect(seen == UInt64(flood), "every line is counted, looked at or not")
        #expect(errorLines > 0 && errorLines < UInt64(flood))
        #expect(fingerprints.count == 1)
        // And then it is over.
        try await place.write([JournalFixture.entry("quiet", microseconds: 900_000_000)])
        let after = probe.sample(Self.now)
        #expect(Self.entries(after) == 1 && after.journal?.skipped == 0)
    }

    /// `journalctl --vacuum-files` takes archived files away while the agent holds them open.
    @Test func vacuumingLosesNothingThatWasRead() async throws {
        let place = try JournalPlace()
        let archived = "system@0123456789abcdef0123456789abcdef-0000000000000001-0006"
        for number in 0..<3 {
            try await place.write(
                Self.lines(number * 10..<number * 10 + 10), to: "\(archived)\(number)00000000000.journal")
        }
        try await place.write(Self.lines(30..<35))
        let probe = JournalProbe(configuration: place.configuration)
        _ = probe.sample(Self.now)
        let vacuum = Process()
        vacuum.executableURL = URL(filePath: "/usr/bin/journalctl")
        vacuum.arguments = ["--directory", place.journal, "--vacuum-files=1"]
        vacuum.standardOutput = FileHandle.nullDevice
        vacuum.standardError = FileHandle.nullDevice
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            vacuum.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try vacuum.run()
            } catch {
                vacuum.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        #expect(status == 0)
        let left = try FileManager.default.contentsOfDirectory(atPath: place.journal)
        #expect(left.count < 4, "\(left)")
        try await place.write(Self.lines(35..<41))
        let sample = probe.sample(Self.now)
        #expect(Self.entries(sample) == 6)
        #expect(sample.journal?.gaps == 0)
    }

    @Test func noSecretLeavesTheHostWhateverFieldItIsIn() async throws {
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<1))
        let probe = JournalProbe(configuration: place.configuration)
        _ = probe.sample(Self.now)
        let texts = [
            "cannot log in with password=hunter2", "connection to redis://default:hunter2@10.0.0.1 refused",
            "1:M 24 Nov 2026 10:00:00.000 # FATAL CONFIG FILE ERROR: requirepass hunter2",
        ]
        try await place.write(
            texts.enumerated().map { index, text in
                JournalFixture.entry(
                    text, ["PRIORITY": "3", "SECRET_FIELD": "hunter2", "_CMDLINE": "x --password hunter2"],
                    microseconds: 5000 + UInt64(index))
            })
        let sample = probe.sample(Self.now)
        let journal = try #require(sample.journal)
        #expect(journal.fingerprints.count == texts.count)
        #expect(!"\(journal)".contains("hunter2"))
        let origin = ReportOrigin(
            host: "h", run: RunID(high: 1, low: 2), bootID: [], machineIDDigest: [], intervalMicroseconds: 1,
            agentVersion: "")
        let report = ReportBuilder(origin: origin).report(
            sequence: 1, moment: Self.now, probes: [ProbeResult(name: "journal", sample: sample)],
            fleet: FleetResult(), spool: Wire.SpoolState())
        #expect(!String(decoding: report.encoded, as: UTF8.self).contains("hunter2"))
    }

    @Test func bytesThatAreNoTextAreReadAndSentAsText() async throws {
        let place = try JournalPlace()
        try await place.write(Self.lines(0..<1))
        let probe = JournalProbe(configuration: place.configuration)
        _ = probe.sample(Self.now)
        var random = HostRandom.seeded("bytesThatAreNoTextAreReadAndSentAsText")
        // Few at a time: one look has a time of its own, which a busy machine may not make twice as long.
        for batch in 0..<10 {
            let entries = (0..<5).map { number -> JournalFixture.Entry in
                let time = 5000 + UInt64(5 * batch + number)
                var entry = JournalFixture.entry(nil, ["PRIORITY": "3"], microseconds: time)
                entry.fields.append(("MESSAGE", random.bytes(Int.random(in: 0...5000, using: &random))))
                entry.fields.append(("COREDUMP", random.bytes(2000)))
                return entry
            }
            try await place.write(entries)
            let sample = probe.sample(Self.now)
            let journal = try #require(sample.journal)
            #expect(Self.entries(sample) == 5)
            for fingerprint in journal.fingerprints {
                let shown = fingerprint.sample ?? ""
                #expect(shown.utf8.count <= Limits.fingerprintSampleBytes)
                #expect(shown.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 })
            }
        }
    }
}
