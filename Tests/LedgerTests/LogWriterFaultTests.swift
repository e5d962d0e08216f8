import Testing

@testable import Ledger

/// The log under failing stores: whatever fails and wherever, it has one history and keeps what was answered.
@Suite struct LogWriterFaultTests {
    /// Everything a caller does, and what it was answered.
    private final class Caller {
        let example: Example
        let stores = MemoryStores()
        private(set) var answered: [(index: UInt64, entry: LogEntry)] = []
        private var writer: LogWriter?
        private var sizeKnown: UInt64 = 0

        init(_ example: Example) { self.example = example }

        /// Creates the log if need be and opens it, as often as it takes.
        func open() async throws -> LogWriter {
            if let writer { return writer }
            for _ in 0..<10 {
                do {
                    let writer = try await stores.open(try example.identity)
                    self.writer = writer
                    return writer
                } catch LogWriterError.notInitialised {
                    // A failed creation may have happened.
                    try? await LogWriter.initialise(
                        try example.identity, storage: stores.storage, checkpoints: stores.checkpoints)
                } catch {
                    let isStores = ["ledger-storage-failed", "ledger-checkpoint-store-failed", "ledger-not-published"]
                    guard let error = error as? LogWriterError, isStores.contains(error.code) else { throw error }
                }
            }
            throw Broken()
        }

        /// Appends until the batch is answered or found in the log: each entry once.
        func append(_ batch: [LogEntry]) async throws {
            for _ in 0..<10 {
                let writer = try await open()
                if let first = try await find(batch) {
                    try await writer.publishAgain()
                    note(batch, first)
                    return
                }
                do {
                    note(batch, try await writer.append(batch).first)
                    return
                } catch {
                    // Whatever it was, a caller that starts anew finds out.
                    self.writer = nil
                }
            }
            throw Broken()
        }

        private func note(_ batch: [LogEntry], _ first: UInt64) {
            for (offset, entry) in batch.enumerated() { answered.append((first + UInt64(offset), entry)) }
            sizeKnown = first + UInt64(batch.count)
        }

        /// Where the batch is, if an append that failed had happened.
        private func find(_ batch: [LogEntry]) async throws -> UInt64? {
            let size = await stores.storage.size()
            guard size > sizeKnown else { return nil }
            let more = try await stores.storage.entries(sizeKnown..<size)
            return more == batch.map(\.bytes) ? sizeKnown : nil
        }

        func checkInvariants(_ what: String) async throws {
            let entries = await stores.storage.all()
            var range = CompactRange()
            var roots = [range.root]
            for entry in entries {
                range.append(Merkle.leaf(entry))
                roots.append(range.root)
            }
            var last: UInt64 = 0
            for bytes in await stores.checkpoints.history + stores.published.history {
                let checkpoint = try Checkpoint(note: SignedNote(reading: bytes), log: example.log)
                try #require(checkpoint.size < roots.count, "\(what): a checkpoint beyond the data")
                #expect(checkpoint.root == roots[Int(checkpoint.size)], "\(what): the log forked")
            }
            for bytes in await stores.published.history {
                let checkpoint = try Checkpoint(note: SignedNote(reading: bytes), log: example.log)
                #expect(checkpoint.size >= last, "\(what): the published log shrank")
                last = checkpoint.size
            }
            for (index, entry) in answered {
                #expect(index < last, "\(what): answered but not published")
                #expect(entries[Int(index)] == entry.bytes, "\(what): an answered entry is lost")
            }
            #expect(Set(entries).count == entries.count, "\(what): an entry is there twice")
        }
    }

    @Test(arguments: Faults.Mode.allCases)
    fileprivate func eachStepMayFailOnceAndNothingIsLost(_ mode: Faults.Mode) async throws {
        let example = try Example()
        let batches = try [0..<3, 3..<4, 4..<9].map { try $0.map { try example.otherEntry($0) } }
        // Creating and opening take two steps, each batch three, truncation and starting anew a few more.
        for step in 0..<14 {
            let caller = Caller(example)
            await caller.stores.faults.fail(in: step, mode)
            for batch in batches {
                try await caller.append(batch)
                try await caller.checkInvariants("step \(step), \(mode)")
            }
            #expect(caller.answered.count == 9)
            #expect(await caller.stores.storage.size() == 9)
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func theLogSurvivesAnyRunOfFailures(_ seed: UInt64) async throws {
        var random = Seeded(seed)
        let caller = Caller(try Example())
        var number = 0
        for round in 0..<9 {
            if Int.random(in: 0..<4, using: &random) > 0 {
                let mode = Faults.Mode.allCases.randomElement(using: &random) ?? .half
                await caller.stores.faults.fail(in: .random(in: 0..<6, using: &random), mode)
            }
            // Batches that end within, at and beyond a tile.
            let count = [1, 2, 17, 100, 256].randomElement(using: &random) ?? 1
            let batch = try (number..<(number + count)).map { try caller.example.otherEntry($0) }
            number += count
            try await caller.append(batch)
            try await caller.checkInvariants("seed \(seed), round \(round)")
        }
        #expect(caller.answered.count == number)
    }
}
