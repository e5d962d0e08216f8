import Testing

@testable import Ledger

@Suite struct LogWriterTests {
    let example: Example
    let stores = MemoryStores()

    init() throws { example = try Example() }

    private func begin() async throws -> LogWriter {
        try await LogWriter.initialise(try example.identity, storage: stores.storage, checkpoints: stores.checkpoints)
        return try await stores.open(try example.identity)
    }

    private func entries(_ range: Range<Int>) throws -> [LogEntry] { try range.map { try example.otherEntry($0) } }

    /// The error that opening the log ends with.
    private func openingFails() async throws -> LogWriterError? {
        do {
            _ = try await stores.open(try example.identity)
            return nil
        } catch let error as LogWriterError {
            return error
        }
    }

    @Test func anEmptyStoreIsRefusedUntilTheLogIsCreated() async throws {
        #expect(try await openingFails() == .notInitialised)
        _ = try await begin()
        await #expect(throws: LogWriterError.alreadyInitialised) {
            try await LogWriter.initialise(
                try example.identity, storage: stores.storage, checkpoints: stores.checkpoints)
        }
    }

    @Test func dataWithoutACheckpointIsNotTheBeginningOfALog() async throws {
        let writer = try await begin()
        _ = try await writer.append(entries(0..<3))
        await stores.checkpoints.put(nil)
        #expect(try await openingFails() == .notInitialised)
        await #expect(throws: LogWriterError.dataWithoutCheckpoint(entries: 3)) {
            try await LogWriter.initialise(
                try example.identity, storage: stores.storage, checkpoints: stores.checkpoints)
        }
    }

    @Test func anAnswerFollowsItsPublishedCheckpoint() async throws {
        let writer = try await begin()
        let appended = try await writer.append(entries(0..<300))
        #expect(appended.first == 0 && appended.size == 300)
        #expect(await stores.published.history.last == appended.checkpoint)
        #expect(try await writer.checkpoint == appended.checkpoint)
        let checkpoint = try Checkpoint(note: SignedNote(reading: appended.checkpoint), log: example.log)
        #expect(try await Merkle.root(size: 300, tiles: stores.storage) == checkpoint.root)
    }

    @Test func anotherWriterEndsThisOne() async throws {
        let writer = try await begin()
        let first = try await writer.append(entries(0..<2))
        let foreign = try Checkpoint(origin: Example.origin, size: 9, root: Digest(of: [9]))
            .signed(with: example.logKey, as: example.log)
        await stores.checkpoints.put(foreign.bytes)
        await #expect(throws: LogWriterError.anotherWriter) { try await writer.append(entries(2..<3)) }
        // Nothing of the refused checkpoint left, and no second try is made.
        #expect(await stores.published.history.last == first.checkpoint)
        #expect(await stores.checkpoints.stored == foreign.bytes)
        await #expect(throws: LogWriterError.stopped(LogWriterError.anotherWriter.description)) {
            try await writer.append(entries(2..<3))
        }
        await #expect(throws: LogWriterError.self) { try await writer.publishAgain() }
        await #expect(throws: LogWriterError.self) { try await writer.checkpoint }
    }

    @Test func dataBeyondTheCheckpointIsCutOff() async throws {
        let writer = try await begin()
        _ = try await writer.append(entries(0..<255))
        // The data persist, the checkpoint does not.
        await stores.faults.fail(in: 1, .notPersisted)
        await #expect(throws: LogWriterError.self) { try await writer.append(entries(255..<600)) }
        #expect(await stores.storage.size() == 600)
        let again = try await stores.open(try example.identity)
        #expect(await stores.storage.size() == 255)
        let other = try await again.append(entries(700..<702))
        #expect(other.first == 255)
        let checkpoint = try Checkpoint(note: SignedNote(reading: other.checkpoint), log: example.log)
        #expect(try await Merkle.root(size: 257, tiles: stores.storage) == checkpoint.root)
    }

    @Test func dataShortOfTheCheckpointAreFatal() async throws {
        let writer = try await begin()
        _ = try await writer.append(entries(0..<5))
        await stores.storage.lose(1)
        #expect(try await openingFails() == .dataShort(entries: 4, checkpoint: 5))
        // Nothing was repaired on the way.
        #expect(await stores.storage.size() == 4)
    }

    @Test(arguments: [(0, 0), (0, 32 * 256), (1, 0)])
    func changedHashesAreFatal(_ level: Int, _ byte: Int) async throws {
        let writer = try await begin()
        _ = try await writer.append(entries(0..<300))
        await stores.storage.flip(level: level, byte: byte)
        let error = try await openingFails()
        // A full tile below the top is compared through its root on the level above.
        #expect(error?.code == (level == 0 && byte == 0 ? nil : "ledger-data-differs"))
    }

    @Test func aChangedLastEntryIsFatal() async throws {
        let writer = try await begin()
        _ = try await writer.append(entries(0..<5))
        await stores.storage.replace(4, with: [1, 2, 3])
        #expect(try await openingFails()?.code == "ledger-data-differs")
    }

    @Test func aCheckpointThatIsNotThisLogsIsFatal() async throws {
        let writer = try await begin()
        let appended = try await writer.append(entries(0..<5))
        let text = String(decoding: appended.checkpoint, as: UTF8.self)
        for bytes in [text.with("\n5\n", "\n6\n").bytes, [], "x".bytes] {
            await stores.checkpoints.put(bytes)
            #expect(try await openingFails()?.code == "ledger-checkpoint-unusable")
        }
        await stores.checkpoints.put(appended.checkpoint)
        let other = try LogWriter.Identity(origin: "another.example", key: example.logKey)
        await #expect(throws: LogWriterError.self) { try await stores.open(other) }
        #expect(await stores.storage.size() == 5)
    }

    @Test func storesThatCannotBeReadChangeNothing() async throws {
        let writer = try await begin()
        let appended = try await writer.append(entries(0..<3))
        let identity = try example.identity
        let broken = await #expect(throws: LogWriterError.self) {
            try await LogWriter.open(identity, storage: stores.storage, checkpoints: BrokenStore()) { _ in }
        }
        #expect(broken?.code == "ledger-checkpoint-store-failed")
        for size in [nil, 3] as [UInt64?] {
            let storage = BrokenStore(known: size)
            let error = await #expect(throws: LogWriterError.self) {
                try await LogWriter.open(identity, storage: storage, checkpoints: stores.checkpoints) { _ in }
            }
            #expect(error?.code == "ledger-storage-failed")
        }
        await #expect(throws: LogWriterError.self) {
            try await LogWriter.initialise(identity, storage: BrokenStore(), checkpoints: MemoryStores().checkpoints)
        }
        #expect(await stores.checkpoints.stored == appended.checkpoint)
    }

    @Test func theSecretKeyMustBeTheLogs() throws {
        let tree = TiledTree()
        #expect(try example.identity.checkpoint(of: tree).text.hasPrefix("perch.example/log/2026\n0\n"))
        #expect("\(try example.identity)".contains("•••"))
        #expect(refusal { _ = try LogWriter.Identity(origin: "a b", key: example.logKey) }?.area == .key)
    }

    @Test func batchesOutsideTheLimitsChangeNothing() async throws {
        let writer = try await begin()
        let entry = try example.otherEntry(0)
        for batch in [[], [LogEntry](repeating: entry, count: LedgerLimits.batchEntries + 1)] {
            let error = await #expect(throws: LogWriterError.self) { try await writer.append(batch) }
            #expect(error?.code == "ledger-batch-refused")
        }
        #expect(await stores.storage.size() == 0)
        #expect(try await writer.append([entry]).size == 1)
    }

    @Test func whatWasNotPublishedCanBePublishedAgain() async throws {
        let writer = try await begin()
        await stores.faults.fail(in: 2, .notPersisted)
        let error = await #expect(throws: LogWriterError.self) { try await writer.append(entries(0..<3)) }
        #expect(error?.code == "ledger-not-published")
        try await writer.publishAgain()
        #expect(try await stores.published.history.last == writer.checkpoint)
        #expect(try await writer.append(entries(3..<4)).size == 4)
    }

    @Test func twoBatchesAtOnceAreRefused() async throws {
        let gate = Gate()
        try await LogWriter.initialise(try example.identity, storage: stores.storage, checkpoints: stores.checkpoints)
        let writer = try await LogWriter.open(
            try example.identity, storage: stores.storage, checkpoints: stores.checkpoints
        ) { _ in await gate.pass() }
        await gate.close()
        let batch = try entries(0..<1)
        async let first = writer.append(batch)
        await gate.waitForVisitor()
        await #expect(throws: LogWriterError.busy) { try await writer.append(batch) }
        await #expect(throws: LogWriterError.busy) { try await writer.publishAgain() }
        await gate.open()
        #expect(try await first.size == 1)
        #expect(try await writer.append(batch).size == 2)
    }

    @Test func everyErrorHasItsOwnCodeAndASentence() {
        let errors: [LogWriterError] = [
            .notInitialised, .alreadyInitialised, .dataWithoutCheckpoint(entries: 1),
            .checkpointUnusable(LedgerRefusal(.note, "x")), .dataShort(entries: 1, checkpoint: 2), .dataDiffers("x"),
            .batchRefused("x"), .busy, .anotherWriter, .storageFailed("x"), .checkpointStoreFailed("x"),
            .signingFailed(LedgerRefusal(.key, "x")), .notPublished("x"), .stopped("x"),
        ]
        #expect(Set(errors.map(\.code)).count == errors.count)
        #expect(Set(errors.map(\.description)).count == errors.count)
    }
}

/// Answers nothing, save perhaps its size.
private struct BrokenStore: LogStorage, CheckpointStore {
    var known: UInt64?

    func size() async throws -> UInt64 {
        guard let known else { throw Broken() }
        return known
    }

    func entries(_ range: Range<UInt64>) async throws -> [[UInt8]] { throw Broken() }
    func hashes(of tile: Tile) async throws -> [UInt8] { throw Broken() }
    func append(_ batch: LogBatch) async throws { throw Broken() }
    func truncate(to size: UInt64) async throws { throw Broken() }
    func load() async throws -> [UInt8]? { throw Broken() }
    func compareAndSwap(expected: [UInt8]?, new: [UInt8]) async throws -> Bool { throw Broken() }
}

/// Holds whoever passes while it is closed.
private actor Gate {
    private var isClosed = false
    private var visitor: CheckedContinuation<Void, Never>?
    private var watcher: CheckedContinuation<Void, Never>?

    func close() { isClosed = true }

    func open() {
        isClosed = false
        visitor?.resume()
        visitor = nil
    }

    func pass() async {
        guard isClosed else { return }
        await withCheckedContinuation { continuation in
            visitor = continuation
            watcher?.resume()
            watcher = nil
        }
    }

    func waitForVisitor() async {
        guard visitor == nil else { return }
        await withCheckedContinuation { watcher = $0 }
    }
}
