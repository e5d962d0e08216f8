import FoundationEssentials
import GRDB
import Synchronization

/// The embedded store: one SQLite file in WAL mode, no server to run. Every commit is on disk before its call returns
/// (`synchronous = FULL`). SQLite's calls block, so they run on GRDB's own queues, never on the cooperative pool.
final class SQLiteStore: Store {
    /// A second connection copies the log back while nobody waits for it; this bound stands for the case that it
    /// cannot keep up, and makes the writer do it.
    static let backstopPages = 20_000
    /// The log file is cut back to this size when it restarts.
    static let logBytes = 64 << 20
    private static let readers = 4
    private static let busySeconds = 5.0

    private let pool: DatabasePool
    private let checkpointer: DatabaseQueue
    /// Beside the file, not on it: SQLite has locks of its own there.
    private let lock: Mutex<FileLock?>

    /// Opens the file, or makes a new one, and brings its tables up to date.
    /// - Throws: `StoreError`, also for a file that a later version has written.
    init(path: String) throws(StoreError) {
        lock = Mutex(try FileLock(path: path + ".lock"))
        do {
            var configuration = GRDB.Configuration()
            configuration.busyMode = .timeout(Self.busySeconds)
            configuration.maximumReaderCount = Self.readers
            configuration.label = "perch.store"
            pool = try DatabasePool(path: path, configuration: configuration)
            let migrator = Schema.migrator()
            if try pool.read(migrator.hasBeenSuperseded) {
                throw StoreError.unavailable("\(path) was written by a later version of the collector")
            }
            try migrator.migrate(pool)
            // Only now: GRDB sets NORMAL after its own preparation.
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try database.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.backstopPages)")
                try database.execute(sql: "PRAGMA journal_size_limit = \(Self.logBytes)")
            }
            configuration.label = "perch.checkpoint"
            checkpointer = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw StoreError(error, "opening \(path)")
        }
    }

    /// Copies committed pages from the log into the file without making anybody wait.
    func checkpoint() async throws(StoreError) {
        do {
            _ = try await checkpointer.writeWithoutTransaction { try $0.checkpoint(.passive) }
        } catch {
            throw StoreError(error, "checkpoint")
        }
    }

    /// 2 stands for FULL.
    func synchronousLevel() async throws(StoreError) -> Int {
        do {
            return try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") } ?? -1
        } catch {
            throw StoreError(error, "pragma")
        }
    }

    /// Ends all connections; later calls throw.
    func close() throws(StoreError) {
        do {
            try checkpointer.close()
            try pool.close()
        } catch {
            throw StoreError(error, "closing")
        }
        lock.withLock { $0 = nil }
    }

    func write<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do {
            return try await pool.write(body)
        } catch {
            throw StoreError(error, what)
        }
    }

    func read<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do {
            return try await pool.read(body)
        } catch {
            throw StoreError(error, what)
        }
    }
}

extension StoreError {
    init(_ error: any Error, _ what: String) {
        switch error {
        case let known as StoreError: self = known
        case let fault as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(fault.resultCode):
            self = .damaged("\(what): \(fault.message ?? "\(fault.resultCode)")")
        case let fault as DatabaseError:
            self = .unavailable("\(what): \(fault.message ?? "\(fault.resultCode)")")
        default: self = .unavailable("\(what): \(error)")
        }
    }
}

/// SQLite's integers are signed; ours that are not stay far below their end, and a row that says otherwise is damaged.
extension UInt64 {
    var stored: Int64 { Int64(bitPattern: self) }
    init(stored: Int64) { self = UInt64(bitPattern: stored) }
}

extension [UInt8] {
    var blob: Data { Data(self) }
}

extension Row {
    /// Empty for NULL.
    func bytes(_ column: String) -> [UInt8] { (self[column] as Data?).map { Array($0) } ?? [] }
}
