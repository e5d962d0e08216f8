import GRDB

// Tokens of the second listener: their digests, ends and uses.
extension SQLiteStore {
    func insert(_ row: TokenRow) async throws(StoreError) {
        try await write("token \(row.id)") { database in
            try database.execute(
                sql: """
                    INSERT INTO tokens (id, rollout, digest, note, created_by, created_us, expires_us, revoked_us,
                      revoked_by, uses, last_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    row.id, row.rollout, row.digest.blob, row.note, row.createdBy, row.createdMicroseconds.stored,
                    row.expiresMicroseconds.stored, row.revokedMicroseconds.stored, row.revokedBy, row.uses,
                    row.lastUsedMicroseconds.stored,
                ])
        }
    }

    func tokens() async throws(StoreError) -> [TokenRow] {
        try await read("tokens") { database in
            try Row.fetchAll(database, sql: "SELECT * FROM tokens ORDER BY number").map { TokenRow($0) }
        }
    }

    func revokeToken(id: String, by caller: String, atMicroseconds now: UInt64) async throws(StoreError) {
        try await write("token \(id)") { database in
            try database.execute(
                sql: "UPDATE tokens SET revoked_us = ?, revoked_by = ? WHERE id = ? AND revoked_us = 0",
                arguments: [now.stored, caller, id])
        }
    }

    func noteUses(_ uses: [TokenUse]) async throws(StoreError) {
        try await write("uses of tokens") { database in
            for use in uses {
                try database.execute(
                    sql: "UPDATE tokens SET uses = uses + ?, last_us = max(last_us, ?) WHERE id = ?",
                    arguments: [use.count, use.lastMicroseconds.stored, use.token])
            }
        }
    }

    func forgetTokens(expiredBefore microseconds: UInt64) async throws(StoreError) -> Int {
        try await write("old tokens") { database in
            try database.execute(
                sql: "DELETE FROM tokens WHERE expires_us < ?", arguments: [Int64(clamping: microseconds)])
            return database.changesCount
        }
    }
}

extension TokenRow {
    fileprivate init(_ row: Row) {
        self.init(
            id: row["id"], rollout: row["rollout"], digest: row.bytes("digest"), note: row["note"],
            createdBy: row["created_by"], createdMicroseconds: UInt64(stored: row["created_us"]),
            expiresMicroseconds: UInt64(stored: row["expires_us"]),
            revokedMicroseconds: UInt64(stored: row["revoked_us"]), revokedBy: row["revoked_by"], uses: row["uses"],
            lastUsedMicroseconds: UInt64(stored: row["last_us"]))
    }
}
