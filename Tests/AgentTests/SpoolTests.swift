// The spool against crashes, full disks and its own limit: what was appended and not acknowledged comes back, in order,
// or is counted.
import Foundation
import Shared
import Testing

@testable import Agent

@Suite struct SpoolTests {
    private static let run = RunID(high: 1, low: 2)

    private func key(_ sequence: UInt64, run: RunID = SpoolTests.run) -> ReportKey {
        ReportKey(run: run, sequence: sequence)
    }

    private func payload(_ sequence: UInt64, bytes: Int = 100) -> [UInt8] {
        var random = SplitMix(state: sequence)
        return (0..<bytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private func spool(
        _ directory: TemporaryDirectory, limitBytes: Int = 1 << 20, segmentBytes: Int = 1 << 16
    ) throws -> Spool {
        try Spool(directory: directory.path + "/spool", limitBytes: limitBytes, segmentBytes: segmentBytes)
    }

    private func sequences(_ spool: Spool) -> [UInt64] {
        spool.oldest(maximumReports: 100_000, maximumBytes: .max).map(\.key.sequence)
    }

    @Test func reportsComeBackInOrderAndWhole() throws {
        let directory = TemporaryDirectory()
        let spool = try spool(directory)
        for number in 1...200 as ClosedRange<UInt64> { #expect(spool.append(key(number), payload(number))) }
        let all = spool.oldest(maximumReports: 1000, maximumBytes: .max)
        #expect(all.map(\.key.sequence) == Array(1...200))
        #expect(all.allSatisfy { $0.payload == payload($0.key.sequence) })
        #expect(spool.oldest(maximumReports: 7, maximumBytes: .max).map(\.key.sequence) == Array(1...7))
        // The first goes whatever its size, or it would wait for ever.
        #expect(spool.oldest(maximumReports: 7, maximumBytes: 1).count == 1)
    }

    @Test func acknowledgedReportsAndTheirFilesGo() throws {
        let directory = TemporaryDirectory()
        let spool = try spool(directory, segmentBytes: 1000)
        for number in 1...50 as ClosedRange<UInt64> { spool.append(key(number), payload(number)) }
        spool.remove(Set((1...30).map { key($0) }))
        #expect(sequences(spool) == Array(31...50))
        spool.remove(Set((31...50).map { key($0) }))
        #expect(spool.waiting == 0)
        #expect(directory.names("spool").filter { $0.hasSuffix(".segment") }.isEmpty)
        spool.append(key(51), payload(51))
        #expect(sequences(spool) == [51])
    }

    @Test func anOlderRunsReportsComeFirstAfterARestart() throws {
        let directory = TemporaryDirectory()
        do {
            let old = try spool(directory)
            for number in 1...3 as ClosedRange<UInt64> { old.append(key(number), payload(number)) }
        }
        let new = try spool(directory)
        let run = RunID(high: 9, low: 9)
        new.append(key(1, run: run), payload(77))
        let all = new.oldest(maximumReports: 10, maximumBytes: .max)
        #expect(all.map(\.key) == [key(1), key(2), key(3), key(1, run: run)])
        #expect(new.torn == 0)
    }

    /// Cuts the file at every byte, as a power cut may.
    @Test func aTornTailIsCutAtEveryByteAndCounted() throws {
        let whole = TemporaryDirectory()
        do {
            let spool = try spool(whole)
            for number in 1...3 as ClosedRange<UInt64> { spool.append(key(number), payload(number, bytes: 20)) }
        }
        let name = try #require(whole.names("spool").first { $0.hasSuffix(".segment") })
        let bytes = try Data(contentsOf: URL(fileURLWithPath: whole.path + "/spool/" + name))
        let record = SpoolRecord.headerBytes + 20
        #expect(bytes.count == 3 * record)
        for length in 0...bytes.count {
            let directory = TemporaryDirectory()
            try FileManager.default.createDirectory(
                atPath: directory.path + "/spool", withIntermediateDirectories: true)
            let path = directory.path + "/spool/" + name
            try bytes.prefix(length).write(to: URL(fileURLWithPath: path))
            let spool = try spool(directory)
            #expect(spool.waiting == length / record, "cut at \(length)")
            #expect(spool.torn == (length % record == 0 ? 0 : 1), "cut at \(length)")
            spool.append(key(9), payload(9))
            let wanted = Array(1...3).prefix(length / record).map { UInt64($0) } + [9]
            #expect(sequences(spool) == wanted, "cut at \(length)")
        }
    }

    @Test func aFlippedBitAnywhereNeverGivesAWrongReport() throws {
        let whole = TemporaryDirectory()
        do {
            let spool = try spool(whole)
            for number in 1...3 as ClosedRange<UInt64> { spool.append(key(number), payload(number, bytes: 20)) }
        }
        let name = try #require(whole.names("spool").first { $0.hasSuffix(".segment") })
        let bytes = try Data(contentsOf: URL(fileURLWithPath: whole.path + "/spool/" + name))
        for index in bytes.indices {
            let directory = TemporaryDirectory()
            try FileManager.default.createDirectory(
                atPath: directory.path + "/spool", withIntermediateDirectories: true)
            var damaged = bytes
            damaged[index] ^= 0x10
            try damaged.write(to: URL(fileURLWithPath: directory.path + "/spool/" + name))
            let spool = try spool(directory)
            let found = spool.oldest(maximumReports: 10, maximumBytes: .max)
            #expect(found.count == index / (SpoolRecord.headerBytes + 20))
            #expect(found.allSatisfy { $0.payload == payload($0.key.sequence, bytes: 20) })
            #expect(spool.torn == 1)
        }
    }

    @Test func zerosBehindTheLastRecordAreATornTail() throws {
        let directory = TemporaryDirectory()
        do {
            let spool = try spool(directory)
            spool.append(key(1), payload(1))
        }
        let name = try #require(directory.names("spool").first { $0.hasSuffix(".segment") })
        let handle = try #require(FileHandle(forWritingAtPath: directory.path + "/spool/" + name))
        handle.seekToEndOfFile()
        handle.write(Data(count: 4096))
        try handle.close()
        let spool = try spool(directory)
        #expect(sequences(spool) == [1])
        #expect(spool.torn == 1)
    }

    @Test func theOldestGoWhenItIsFullAndAreCounted() throws {
        let directory = TemporaryDirectory()
        let limit = 20_000
        let spool = try spool(directory, limitBytes: limit)
        for number in 1...1000 as ClosedRange<UInt64> {
            spool.append(key(number), payload(number))
            #expect(spool.totalBytes <= limit)
        }
        let left = sequences(spool)
        #expect(left.last == 1000)
        #expect(left == Array((1000 - UInt64(left.count) + 1)...1000))
        #expect(spool.dropped == 1000 - UInt64(left.count))
        // No more than a segment is lost at once.
        #expect(spool.totalBytes > limit * 3 / 4)
        let onDisk = directory.names("spool").filter { $0.hasSuffix(".segment") }.reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: directory.path + "/spool/" + name)
            return sum + ((attributes?[.size] as? Int) ?? 0)
        }
        #expect(onDisk <= limit)
    }

    @Test func aLoweredLimitHoldsFromTheNextStart() throws {
        let directory = TemporaryDirectory()
        do {
            let spool = try spool(directory, limitBytes: 1 << 20, segmentBytes: 2000)
            for number in 1...200 as ClosedRange<UInt64> { spool.append(key(number), payload(number)) }
        }
        let spool = try spool(directory, limitBytes: 10_000, segmentBytes: 1000)
        #expect(spool.totalBytes <= 10_000)
        #expect(sequences(spool).last == 200)
        #expect(spool.dropped == 200 - UInt64(spool.waiting))
    }

    /// A process that appends and is killed: whatever it said was appended is there.
    @Test func aReportThatWasAppendedSurvivesTheProcess() async throws {
        let directory = TemporaryDirectory()
        var spool: Spool? = try self.spool(directory)
        var acknowledged: Set<UInt64> = []
        var random = SplitMix(state: 7)
        var next: UInt64 = 1
        for _ in 0..<300 {
            switch random.next(upTo: 9) {
            case 0...5:
                spool?.append(key(next), payload(next, bytes: Int(random.next(upTo: 3000))))
                next += 1
            case 6, 7:
                let batch = spool?.oldest(maximumReports: Int(random.next(upTo: 5)), maximumBytes: .max) ?? []
                spool?.remove(Set(batch.map(\.key)))
                acknowledged.formUnion(batch.map(\.key.sequence))
            default:
                // No close, no flush: only what is in the files counts. A process that another test is just
                // starting may hold a copy of the lock for an instant.
                spool = nil
                await eventually(
                    "the lock is free",
                    {
                        spool = try? self.spool(directory)
                        return spool != nil
                    })
            }
        }
        let left = Set(sequences(try #require(spool)))
        // What was acknowledged may come again, what was not must not be missing.
        let missing = Set(1..<next).subtracting(acknowledged).subtracting(left)
        #expect(missing.isEmpty)
        #expect(spool?.dropped == 0 && spool?.torn == 0)
    }

    @Test func refusedReportsAreSetAsideAndOnlyTheLastAreKept() throws {
        let directory = TemporaryDirectory()
        let spool = try spool(directory)
        for number in 1...20 as ClosedRange<UInt64> {
            spool.append(key(number), payload(number))
            spool.setAside(key(number), code: "sequence-conflict")
        }
        #expect(spool.waiting == 0)
        #expect(spool.state.setAside == 20)
        #expect(spool.state.lastRefusal == "sequence-conflict")
        let names = directory.names("spool/refused")
        #expect(names.count == Limits.setAsideReports)
        #expect(names.last?.hasSuffix("-20-sequence-conflict.report") == true)
        let kept = try Data(contentsOf: URL(fileURLWithPath: directory.path + "/spool/refused/" + (names.last ?? "")))
        #expect(Array(kept) == payload(20))
    }

    @Test func twoAgentsNeverShareASpool() throws {
        let directory = TemporaryDirectory()
        let first = try spool(directory)
        do {
            _ = try spool(directory)
            Issue.record("the second one got it too")
        } catch {
            #expect((error as? Spool.Failure)?.sentence.contains("another perch-agent") == true)
        }
        #expect(first.waiting == 0)
    }

    @Test func whatCannotBeWrittenWaitsInMemoryAndGoesToDiskLater() throws {
        let directory = TemporaryDirectory()
        let spool = try spool(directory)
        // A directory in the segment's place takes no record.
        let blocked = directory.path + "/spool/0000000000000001.segment"
        try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: true)
        #expect(!spool.append(key(1), payload(1)))
        #expect(!spool.append(key(2), payload(2)))
        #expect(sequences(spool) == [1, 2])
        try FileManager.default.removeItem(atPath: blocked)
        #expect(spool.append(key(3), payload(3)))
        #expect(sequences(spool) == [1, 2, 3])
    }

    @Test func memoryIsBoundedToo() throws {
        let directory = TemporaryDirectory()
        let spool = try spool(directory)
        try FileManager.default.createDirectory(
            atPath: directory.path + "/spool/0000000000000001.segment", withIntermediateDirectories: true)
        for number in 1...100 as ClosedRange<UInt64> { spool.append(key(number), payload(number)) }
        #expect(spool.waiting == Spool.memoryReports)
        #expect(spool.dropped == UInt64(100 - Spool.memoryReports))
        #expect(sequences(spool).last == 100)
    }

    @Test func onlyWhatIsNewIsFlushed() throws {
        let directory = TemporaryDirectory()
        let spool = try spool(directory, segmentBytes: 150)
        #expect(spool.descriptorsToFlush().isEmpty)
        for number in 1...4 as ClosedRange<UInt64> { spool.append(key(number), payload(number)) }
        let descriptors = spool.descriptorsToFlush()
        // Two segments and the directory.
        #expect(descriptors.count == 3)
        #expect(Spool.flush(descriptors))
        #expect(spool.descriptorsToFlush().isEmpty)
    }

    @Test func randomBytesInTheDirectoryAreNoReports() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        for _ in 0..<50 {
            let directory = TemporaryDirectory()
            try FileManager.default.createDirectory(
                atPath: directory.path + "/spool", withIntermediateDirectories: true)
            let bytes = (0..<Int(random.next(upTo: 5000))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            try Data(bytes).write(to: URL(fileURLWithPath: directory.path + "/spool/00000000000000ff.segment"))
            let spool = try spool(directory)
            #expect(spool.waiting == 0)
            spool.append(key(1), payload(1))
            #expect(sequences(spool) == [1])
        }
    }
}
