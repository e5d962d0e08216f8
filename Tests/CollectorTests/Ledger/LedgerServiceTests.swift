import Evaluation
import Glibc
import Ledger
import Logging
import Shared
import Testing

@testable import Collector

/// The log over SQLite: nothing is lost or logged twice whatever fails, and what somebody did to its files is noticed
/// and named.
@Suite struct LedgerServiceTests {
    private static func decision(_ number: Int) -> Decision {
        Decision(
            kind: .stage, id: UUIDv7.make(nowMicroseconds: UInt64(number) * 1000), action: "advanced", rollout: "r1",
            by: "tool", atMicroseconds: UInt64(number) * 1_000_000, subject: "rollout:r1",
            subjectDigest: Digest(of: "\(number)".utf8), summary: "decision \(number)")
    }

    private static func put(_ range: Range<Int>, _ store: any Store, _ ledger: TestLedger) async throws {
        for number in range { try await store.append(ledger.scribe.statements(decision(number))) }
    }

    /// Another start of the same collector.
    private static func restarted(
        _ ledger: TestLedger, _ store: any Store, _ checkpoints: (any CheckpointStore)? = nil
    ) -> LedgerService {
        LedgerService(
            store: store, checkpoints: checkpoints ?? ledger.checkpoints, identity: ledger.identity,
            logger: Logger(label: "test"))
    }

    /// All entries of the published log, checked against its root.
    private static func entries(_ service: LedgerService, _ store: any Store) async throws -> [[UInt8]] {
        let note = try #require(service.checkpoint)
        let checkpoint = try Checkpoint(note: SignedNote(reading: note), log: service.log)
        let entries = try await store.entries(0..<checkpoint.size)
        var range = CompactRange()
        for entry in entries { range.append(Merkle.leaf(entry)) }
        #expect(range.root == checkpoint.root)
        return entries
    }

    @Test func statementsAreLoggedOnceAndInTheirOrder() async throws {
        let store = try TestStore.make()
        let ledger = try TestLedger(store: store)
        try await Self.put(0..<300, store, ledger)
        try await ledger.service.flush()
        try await Self.put(300..<310, store, ledger)
        // A statement that is written again is the same one.
        try await Self.put(5..<6, store, ledger)
        try await ledger.service.flush()
        let again = Self.restarted(ledger, store)
        try await again.flush()
        #expect(try await Self.entries(again, store).count == 311)
        #expect(try await store.unlogged(limit: 10).isEmpty)
        let newest = try await store.statements(before: .max, limit: 2)
        #expect(newest.map(\.index) == [310, 309])
        let index = try #require(newest.first?.index)
        let proof = try #require(try await again.proof(of: index))
        let entry = try LogEntry(Envelope(reading: newest[0].statement.envelope))
        try proof.verify(leafHash: entry.leafHash, log: ledger.identity.log)
        let growth = try #require(try await again.consistency(from: 300))
        #expect(growth.oldSize == 300)
        #expect(try await again.consistency(from: 312) == nil)
        #expect(try await again.proof(of: 311) == nil)
    }

    @Test(arguments: FailingCheckpoints.Mode.allCases)
    func aFailureWhileSwappingLosesAndDoublesNothing(_ mode: FailingCheckpoints.Mode) async throws {
        let store = try TestStore.make()
        let ledger = try TestLedger(store: store)
        try await Self.put(0..<3, store, ledger)
        try await ledger.service.flush()
        let failing = FailingCheckpoints(ledger.checkpoints, mode)
        let service = Self.restarted(ledger, store, failing)
        try await Self.put(3..<7, store, ledger)
        await #expect(throws: (any Error).self) { try await service.flush() }
        // Nothing of the doubtful batch was told to anybody.
        #expect(service.publishedSize == 3)
        try await service.flush()
        #expect(service.publishedSize == 7)
        #expect(try await Self.entries(service, store).count == 7)
        #expect(Set(try await store.statements(before: .max, limit: 10).map(\.statement.id)).count == 7)
    }

    @Test func whatWasDoneToTheFilesIsNoticedAndNamed() async throws {
        let tampers: [(sql: String, word: String)] = [
            ("UPDATE entries SET body = x'7b7d' WHERE entry = 4", "entries"),
            ("DELETE FROM entries WHERE entry = 4", "entries"),
            ("DELETE FROM entries WHERE entry > 2", "entries"),
            ("UPDATE entries SET body = (SELECT body FROM entries WHERE entry = 3) WHERE entry = 4", "entries"),
            ("UPDATE tiles SET hashes = zeroblob(length(hashes))", "root"),
            ("DELETE FROM tiles", "tile/0/000"),
        ]
        for tamper in tampers {
            let path = try TestDirectory.make() + "/perch.sqlite"
            let store = try SQLiteStore(path: path)
            let ledger = try TestLedger(store: store)
            try await Self.put(0..<6, store, ledger)
            try await ledger.service.flush()
            try await store.write("tampering") { try $0.execute(sql: tamper.sql) }
            let error = await #expect(throws: (any Error).self, "\(tamper.sql)") {
                try await Self.restarted(ledger, store).flush()
            }
            #expect(
                "\(error.map { "\($0)" } ?? "")".contains(tamper.word), "\(tamper.sql): \(String(describing: error))")
        }
    }

    @Test func aCheckpointFromABackupIsRefusedBeforeItCutsAnythingOff() async throws {
        let store = try TestStore.make()
        let ledger = try TestLedger(store: store)
        try await Self.put(0..<2, store, ledger)
        try await ledger.service.flush()
        let old = await ledger.checkpoints.stored
        try await Self.put(2..<5, store, ledger)
        try await ledger.service.flush()
        await ledger.checkpoints.put(old)
        let service = Self.restarted(ledger, store)
        await #expect(throws: LedgerService.RolledBack.self) { try await service.flush() }
        #expect(try await store.size() == 5)
        // The process that runs on notices at its next append.
        try await Self.put(5..<6, store, ledger)
        await #expect(throws: (any Error).self) { try await ledger.service.flush() }
    }

    @Test func anotherKeyOrAnotherNameIsNotThisLog() async throws {
        let store = try TestStore.make()
        let ledger = try TestLedger(store: store)
        try await Self.put(0..<2, store, ledger)
        try await ledger.service.flush()
        for (origin, seed) in [("perch.example/log/test", UInt8(8)), ("perch.example/log/other", 9)] {
            let identity = try LogWriter.Identity(
                origin: origin, key: SigningKey(seed: Array(repeating: seed, count: 32)))
            let service = LedgerService(
                store: store, checkpoints: ledger.checkpoints, identity: identity, logger: Logger(label: "test"))
            let error = await #expect(throws: (any Error).self) { try await service.flush() }
            #expect("\(error.map { "\($0)" } ?? "")".contains("checkpoint"), "\(String(describing: error))")
        }
    }

    @Test func theCheckpointsFileMustBeThereAndIsSwappedOnlyFromWhatItHolds() async throws {
        let path = try TestDirectory.make() + "/checkpoint.sqlite"
        #expect(throws: StoreError.self) { try CheckpointFile(path: path) }
        let file = try CheckpointFile(path: path, isNew: true)
        #expect(try await file.load() == nil)
        #expect(try await file.compareAndSwap(expected: nil, new: [1]))
        #expect(try await !file.compareAndSwap(expected: nil, new: [2]))
        #expect(try await file.compareAndSwap(expected: [1], new: [2]))
        #expect(try await CheckpointFile(path: path).load() == [2])
    }

    @Test func aKeyThatOthersMayReadIsRefused() throws {
        let path = try TestDirectory.make() + "/verdict.key"
        #expect(try SigningKeyFile.create(path))
        #expect(try !SigningKeyFile.create(path))
        let key = try SigningKeyFile.read(path)
        #expect("\(key)" == "•••")
        chmod(path, 0o440)
        let error = #expect(throws: SigningKeyFile.Unusable.self) { try SigningKeyFile.read(path) }
        #expect(error?.description.contains("440") == true)
    }

    @Test func aKeyChangeIsIntroducedByTheKeyBefore() async throws {
        let store = try TestStore.make()
        let old = try SigningKey(seed: Array(repeating: 1, count: 32))
        let new = try SigningKey(seed: Array(repeating: 2, count: 32))
        func files(_ key: SigningKey) -> FilesOnRecord {
            FilesOnRecord(store: store, clock: ManualClock(microseconds: 1_000_000_000), scribe: Scribe(key: key))
        }
        try await files(old).note(key: old, retiring: nil)
        try await files(old).note(key: old, retiring: nil)
        await #expect(throws: SigningKeyFile.Unusable.self) { try await files(new).note(key: new, retiring: nil) }
        try await files(new).note(key: new, retiring: old)
        let rows = try await store.statements(kind: "key", limit: 10)
        #expect(rows.count == 2)
        // The successor's statement is signed by the key before it.
        try Envelope(reading: rows[0].envelope).verify(trusted: [old.verifyingKey])
        let record = try RecordStatement(reading: Envelope(reading: rows[0].envelope).payload)
        #expect(record.subjects.first?.sha256 == Digest(of: new.verifyingKey.bytes))
    }
}

/// Fails at the first swap, before or after it is durable.
actor FailingCheckpoints: CheckpointStore {
    enum Mode: CaseIterable, Sendable { case notPersisted, persisted }
    struct Broken: Error {}

    private let inner: any CheckpointStore
    private let mode: Mode
    private var hasFailed = false

    init(_ inner: any CheckpointStore, _ mode: Mode) {
        self.inner = inner
        self.mode = mode
    }

    func load() async throws -> [UInt8]? { try await inner.load() }

    func compareAndSwap(expected: [UInt8]?, new: [UInt8]) async throws -> Bool {
        guard !hasFailed else { return try await inner.compareAndSwap(expected: expected, new: new) }
        hasFailed = true
        if mode == .persisted { _ = try await inner.compareAndSwap(expected: expected, new: new) }
        throw Broken()
    }
}
