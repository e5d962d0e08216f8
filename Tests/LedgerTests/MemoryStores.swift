// A log's two stores and its public face in memory, which fail when they are told to: before they persisted, after, or
// half-way.
@testable import Ledger

struct Broken: Error {}

/// Counts durable steps and says which one fails.
actor Faults {
    enum Mode: CaseIterable { case notPersisted, persisted, half }

    private(set) var steps = 0
    private var failing: (step: Int, mode: Mode)?

    /// The step, counted from now, 0 the next.
    func fail(in step: Int, _ mode: Mode) { failing = (steps + step, mode) }

    func heal() { failing = nil }

    func next() -> Mode? {
        defer { steps += 1 }
        guard let failing, failing.step == steps else { return nil }
        self.failing = nil
        return failing.mode
    }
}

actor MemoryStorage: LogStorage {
    private let faults: Faults
    private var held: [[UInt8]] = []
    /// All hashes of a level, one after another.
    private var levels = [[UInt8]](repeating: [], count: Tile.levels)

    init(_ faults: Faults) { self.faults = faults }

    func size() -> UInt64 { UInt64(held.count) }

    func entries(_ range: Range<UInt64>) throws -> [[UInt8]] {
        guard range.upperBound <= UInt64(held.count) else { throw Broken() }
        return Array(held[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    func hashes(of tile: Tile) throws -> [UInt8] {
        let start = Int(tile.index) * Tile.fullWidth * Tile.hashBytes
        let end = start + tile.width * Tile.hashBytes
        guard end <= levels[tile.level].count else { throw Broken() }
        return Array(levels[tile.level][start..<end])
    }

    func append(_ batch: LogBatch) async throws {
        let fault = await faults.next()
        if fault == .notPersisted { throw Broken() }
        guard batch.first == UInt64(held.count) else { throw Broken() }
        if fault == .half {
            held += batch.entries.prefix((batch.entries.count + 1) / 2)
            throw Broken()
        }
        held += batch.entries
        for stored in batch.tiles {
            let start = Int(stored.tile.index) * Tile.fullWidth * Tile.hashBytes
            guard start <= levels[stored.tile.level].count else { throw Broken() }
            levels[stored.tile.level].replaceSubrange(start..., with: stored.bytes)
        }
        if fault == .persisted { throw Broken() }
    }

    func truncate(to size: UInt64) async throws {
        let fault = await faults.next()
        if fault == .notPersisted { throw Broken() }
        held.removeLast(held.count - Int(size))
        for level in levels.indices {
            let bytes = Int(Tile.hashes(level: level, size: size)) * Tile.hashBytes
            if levels[level].count > bytes { levels[level].removeLast(levels[level].count - bytes) }
        }
        if fault != nil { throw Broken() }
    }

    func all() -> [[UInt8]] { held }

    /// Damage, as no writer does it.
    func lose(_ count: Int) { held.removeLast(count) }
    func replace(_ index: Int, with entry: [UInt8]) { held[index] = entry }
    func flip(level: Int, byte: Int) { levels[level][byte] ^= 1 }
}

actor MemoryCheckpoints: CheckpointStore {
    private let faults: Faults
    private(set) var stored: [UInt8]?
    /// Everything that was ever stored, in order.
    private(set) var history: [[UInt8]] = []

    init(_ faults: Faults) { self.faults = faults }

    func load() -> [UInt8]? { stored }

    func compareAndSwap(expected: [UInt8]?, new: [UInt8]) async throws -> Bool {
        let fault = await faults.next()
        if fault == .notPersisted || fault == .half { throw Broken() }
        guard stored == expected else { return false }
        stored = new
        history.append(new)
        if fault == .persisted { throw Broken() }
        return true
    }

    func put(_ bytes: [UInt8]?) { stored = bytes }
}

/// What clients have seen.
actor Published {
    private let faults: Faults
    private(set) var history: [[UInt8]] = []

    init(_ faults: Faults) { self.faults = faults }

    func publish(_ checkpoint: [UInt8]) async throws {
        let fault = await faults.next()
        if fault == .notPersisted || fault == .half { throw Broken() }
        history.append(checkpoint)
        if fault == .persisted { throw Broken() }
    }
}

struct MemoryStores: Sendable {
    let faults: Faults
    let storage: MemoryStorage
    let checkpoints: MemoryCheckpoints
    let published: Published

    init() {
        faults = Faults()
        storage = MemoryStorage(faults)
        checkpoints = MemoryCheckpoints(faults)
        published = Published(faults)
    }

    func open(_ identity: LogWriter.Identity) async throws(LogWriterError) -> LogWriter {
        let published = published
        return try await LogWriter.open(identity, storage: storage, checkpoints: checkpoints) { bytes in
            try await published.publish(bytes)
        }
    }
}
