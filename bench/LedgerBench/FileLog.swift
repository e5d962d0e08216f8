// A log's storage in two files, flushed to disk at every append: what the log costs without a database around it.
import Foundation
import Glibc
import Ledger

/// Entries in one file behind each other; tiles in memory, and in a second file as they come.
actor FileLog: LogStorage {
    struct Failed: Error {}

    private let entriesFile: Int32
    private let tilesFile: Int32
    private var offsets: [UInt64] = [0]
    private var levels = [[UInt8]](repeating: [], count: Tile.levels)

    init(directory: String) throws {
        entriesFile = open(directory + "/entries", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        tilesFile = open(directory + "/tiles", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard entriesFile >= 0, tilesFile >= 0 else { throw Failed() }
    }

    var bytes: UInt64 { offsets.last ?? 0 }

    func size() -> UInt64 { UInt64(offsets.count - 1) }

    func entries(_ range: Range<UInt64>) throws -> [[UInt8]] {
        try range.map { index in
            let (start, end) = (offsets[Int(index)], offsets[Int(index) + 1])
            var bytes = [UInt8](repeating: 0, count: Int(end - start))
            guard pread(entriesFile, &bytes, bytes.count, off_t(start)) == bytes.count else { throw Failed() }
            return bytes
        }
    }

    func hashes(of tile: Tile) throws -> [UInt8] {
        let start = Int(tile.index) * Tile.fullWidth * Tile.hashBytes
        let end = start + tile.width * Tile.hashBytes
        guard end <= levels[tile.level].count else { throw Failed() }
        return Array(levels[tile.level][start..<end])
    }

    func append(_ batch: LogBatch) throws {
        var output: [UInt8] = []
        for entry in batch.entries {
            output += entry
            offsets.append((offsets.last ?? 0) + UInt64(entry.count))
        }
        var tiles: [UInt8] = []
        for stored in batch.tiles {
            let start = Int(stored.tile.index) * Tile.fullWidth * Tile.hashBytes
            levels[stored.tile.level].replaceSubrange(start..., with: stored.bytes)
            tiles += stored.bytes
        }
        guard write(entriesFile, output, output.count) == output.count, fdatasync(entriesFile) == 0,
            write(tilesFile, tiles, tiles.count) == tiles.count, fdatasync(tilesFile) == 0
        else { throw Failed() }
    }

    func truncate(to size: UInt64) throws { throw Failed() }
}

/// Replaced by renaming a flushed file over the old one.
actor FileCheckpoint: CheckpointStore {
    private let path: String
    private var stored: [UInt8]?

    init(path: String) { self.path = path }

    func load() -> [UInt8]? { stored }

    func compareAndSwap(expected: [UInt8]?, new: [UInt8]) throws -> Bool {
        guard stored == expected else { return false }
        let descriptor = open(path + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileLog.Failed() }
        defer { close(descriptor) }
        guard write(descriptor, new, new.count) == new.count, fdatasync(descriptor) == 0,
            rename(path + ".new", path) == 0
        else { throw FileLog.Failed() }
        stored = new
        return true
    }
}
