import GRDB

// What people decided: requests for access, approved manifests.
extension SQLiteStore {
    func put(
        _ row: RecordRow, expecting version: Int, logging statements: [StatementRow]
    ) async throws(StoreError) -> Bool {
        try await write("record \(row.id)") { database in
            if version == 0 {
                try database.execute(
                    sql: "INSERT OR IGNORE INTO records (kind, id, version, body) VALUES (?, ?, ?, ?)",
                    arguments: [row.kind.rawValue, row.id, row.version, row.body.blob])
            } else {
                try database.execute(
                    sql: "UPDATE records SET version = ?, body = ? WHERE kind = ? AND id = ? AND version = ?",
                    arguments: [row.version, row.body.blob, row.kind.rawValue, row.id, version])
            }
            guard database.changesCount == 1 else { return false }
            try database.insert(statements)
            return true
        }
    }

    func records(kind: RecordRow.Kind) async throws(StoreError) -> [RecordRow] {
        try await read("records") { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM records WHERE kind = ? ORDER BY number", arguments: [kind.rawValue]
            ).map { RecordRow(kind: kind, id: $0["id"], version: $0["version"], body: $0.bytes("body")) }
        }
    }
}
