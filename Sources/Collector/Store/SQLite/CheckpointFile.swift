import FoundationEssentials
import GRDB
import Ledger

/// The latest signed checkpoint, alone in a small SQLite file: the log's data may be restored from a backup, this may
/// never be rolled back. Every swap is on disk before it counts.
final class CheckpointFile: CheckpointStore {
    private let queue: DatabaseQueue

    /// - Parameter isNew: makes the file; without it, a file that is not there is an error, because an empty store
    ///   would begin a second history.
    /// - Throws: `StoreError`.
    init(path: String, isNew: Bool = false) throws(StoreError) {
        guard isNew || FileManager.default.fileExists(atPath: path) else {
            throw .unavailable(
                "\(path): the log's checkpoint is not there. Restore it from where it was; only for a collector that "
                    + "never signed, make a log with perch-collector --create-ledger")
        }
        do {
            var configuration = GRDB.Configuration()
            configuration.label = "perch.checkpoint-store"
            configuration.busyMode = .timeout(5)
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = EXTRA")
                try database.execute(
                    sql: """
                        CREATE TABLE IF NOT EXISTS checkpoint (
                          only INTEGER PRIMARY KEY CHECK (only = 1), note BLOB NOT NULL) STRICT
                        """)
            }
        } catch {
            throw StoreError(error, "opening \(path)")
        }
    }

    func load() async throws -> [UInt8]? {
        try await queue.read { try Self.stored($0) }
    }

    func compareAndSwap(expected: [UInt8]?, new: [UInt8]) async throws -> Bool {
        try await queue.write { database in
            guard try Self.stored(database) == expected else { return false }
            try database.execute(
                sql: "INSERT OR REPLACE INTO checkpoint VALUES (1, ?)", arguments: [new.blob])
            return true
        }
    }

    private static func stored(_ database: Database) throws -> [UInt8]? {
        try Data.fetchOne(database, sql: "SELECT note FROM checkpoint").map { Array($0) }
    }
}
