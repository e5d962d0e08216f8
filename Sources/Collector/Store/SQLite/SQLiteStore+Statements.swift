import FoundationEssentials
import GRDB

// Signed statements and the evidence that they name.
extension SQLiteStore {
    func append(_ statements: [StatementRow]) async throws(StoreError) {
        try await write("statements") { try $0.insert(statements) }
    }

    func unlogged(limit: Int) async throws(StoreError) -> [StatementRow] {
        try await read("statements to log") { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM statements WHERE entry IS NULL ORDER BY number LIMIT ?",
                arguments: [limit]
            ).map { StatementRow($0) }
        }
    }

    func statement(id: String) async throws(StoreError) -> LoggedStatement? {
        try await read("statement") { database in
            try Row.fetchOne(database, sql: "SELECT * FROM statements WHERE id = ?", arguments: [id])
                .map { LoggedStatement($0) }
        }
    }

    func statements(before index: UInt64, limit: Int) async throws(StoreError) -> [LoggedStatement] {
        try await read("statements") { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM statements WHERE entry < ? ORDER BY entry DESC LIMIT ?",
                arguments: [Int64(clamping: index), limit]
            ).map { LoggedStatement($0) }
        }
    }

    func statements(kind: String, limit: Int) async throws(StoreError) -> [StatementRow] {
        try await read("statements") { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM statements WHERE kind = ? ORDER BY number DESC LIMIT ?",
                arguments: [kind, limit]
            ).map { StatementRow($0) }
        }
    }

    func publishedCheckpoint() async throws(StoreError) -> [UInt8]? {
        try await read("published checkpoint") { database in
            try Data.fetchOne(database, sql: "SELECT note FROM published").map { Array($0) }
        }
    }

    func notePublished(_ checkpoint: [UInt8]) async throws(StoreError) {
        try await write("published checkpoint") { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO published VALUES (1, ?)", arguments: [checkpoint.blob])
        }
    }

    func evidenceFile(_ digest: [UInt8]) async throws(StoreError) -> [UInt8]? {
        try await read("evidence") { database in
            try Data.fetchOne(database, sql: "SELECT body FROM evidence WHERE digest = ?", arguments: [digest.blob])
                .map { Array($0) }
        }
    }
}

extension Database {
    /// Within the caller's transaction.
    func insert(_ statements: [StatementRow]) throws {
        for row in statements {
            try execute(
                sql: """
                    INSERT OR IGNORE INTO statements (id, kind, rollout, by, at_us, summary, leaf, envelope)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    row.id, row.kind, row.rollout, row.by, row.atMicroseconds.stored, row.summary, row.leaf.blob,
                    row.envelope.blob,
                ])
        }
    }

    func insert(_ files: [EvidenceFileRow]) throws {
        for file in files {
            try execute(
                sql: "INSERT OR IGNORE INTO evidence VALUES (?, ?)", arguments: [file.digest.blob, file.bytes.blob])
        }
    }
}

extension StatementRow {
    fileprivate init(_ row: Row) {
        self.init(
            id: row["id"], kind: row["kind"], rollout: row["rollout"], by: row["by"],
            atMicroseconds: UInt64(stored: row["at_us"]), summary: row["summary"], leaf: row.bytes("leaf"),
            envelope: row.bytes("envelope"))
    }
}

extension LoggedStatement {
    fileprivate init(_ row: Row) {
        self.init(statement: StatementRow(row), index: (row["entry"] as Int64?).map { UInt64(stored: $0) })
    }
}
