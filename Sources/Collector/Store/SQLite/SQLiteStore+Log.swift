import FoundationEssentials
import GRDB
import Ledger

/// The log's entries and tiles, beside the statements that they come from: a statement gets its index in the same
/// transaction. The checkpoint is kept elsewhere (CheckpointFile.swift).
extension SQLiteStore {
    func size() async throws -> UInt64 {
        try await read("size of the log") { database in
            UInt64(stored: try Int64.fetchOne(database, sql: "SELECT coalesce(max(entry) + 1, 0) FROM entries") ?? 0)
        }
    }

    func entries(_ range: Range<UInt64>) async throws -> [[UInt8]] {
        let found = try await read("entries of the log") { database in
            try Data.fetchAll(
                database, sql: "SELECT body FROM entries WHERE entry >= ? AND entry < ? ORDER BY entry",
                arguments: [Int64(clamping: range.lowerBound), Int64(clamping: range.upperBound)]
            ).map { Array($0) }
        }
        guard found.count == range.count else { throw StoreError.damaged("entries \(range) of the log have gaps") }
        return found
    }

    func hashes(of tile: Tile) async throws -> [UInt8] {
        let bytes = try await read("\(tile.path)") { database in
            try Data.fetchOne(
                database, sql: "SELECT hashes FROM tiles WHERE level = ? AND tile = ?",
                arguments: [tile.level, tile.index.stored]
            ).map { Array($0) }
        }
        let size = tile.width * Tile.hashBytes
        guard let bytes, bytes.count >= size else { throw StoreError.damaged("the log lacks \(tile.path)") }
        return Array(bytes.prefix(size))
    }

    func append(_ batch: LogBatch) async throws {
        try await write("appending to the log") { database in
            let size = try Int64.fetchOne(database, sql: "SELECT coalesce(max(entry) + 1, 0) FROM entries") ?? 0
            guard size == batch.first.stored else {
                throw StoreError.damaged("the log holds \(size) entries, not \(batch.first)")
            }
            let insert = try database.cachedStatement(sql: "INSERT INTO entries VALUES (?, ?)")
            let mark = try database.cachedStatement(
                sql: "UPDATE statements SET entry = ? WHERE leaf = ? AND entry IS NULL")
            for (offset, entry) in batch.entries.enumerated() {
                let index = size + Int64(offset)
                try insert.execute(arguments: [index, entry.blob])
                try mark.execute(arguments: [index, Merkle.leaf(entry).bytes.blob])
            }
            let put = try database.cachedStatement(sql: "INSERT OR REPLACE INTO tiles VALUES (?, ?, ?)")
            for stored in batch.tiles {
                try put.execute(arguments: [stored.tile.level, stored.tile.index.stored, stored.bytes.blob])
            }
        }
    }

    func truncate(to size: UInt64) async throws {
        try await write("truncating the log") { database in
            let end = size.stored
            try database.execute(sql: "DELETE FROM entries WHERE entry >= ?", arguments: [end])
            try database.execute(sql: "UPDATE statements SET entry = NULL WHERE entry >= ?", arguments: [end])
            for level in 0..<Tile.levels {
                let hashes = Tile.hashes(level: level, size: size)
                let (last, width) = hashes.quotientAndRemainder(dividingBy: UInt64(Tile.fullWidth))
                try database.execute(
                    sql: "DELETE FROM tiles WHERE level = ? AND tile >= ?",
                    arguments: [level, (width == 0 ? last : last + 1).stored])
                guard width > 0 else { continue }
                // A narrower tile is how a wider one begins.
                try database.execute(
                    sql: "UPDATE tiles SET hashes = substr(hashes, 1, ?) WHERE level = ? AND tile = ?",
                    arguments: [Int(width) * Tile.hashBytes, level, last.stored])
            }
        }
    }
}
