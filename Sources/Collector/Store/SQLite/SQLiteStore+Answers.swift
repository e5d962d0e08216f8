import FoundationEssentials
import GRDB

// Answers kept under idempotency keys, and security events.
extension SQLiteStore {
    func recall(key: String, caller: String) async throws(StoreError) -> StoredAnswer? {
        try await read("kept answer") { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM answers WHERE caller = ? AND key = ?", arguments: [caller, key]
            ).map { try StoredAnswer($0) }
        }
    }

    func remember(_ answer: StoredAnswer) async throws(StoreError) -> Bool {
        try await write("kept answer") { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    answer.caller, answer.key, answer.requestDigest.blob, answer.status,
                    String(decoding: JSONEncoder().encode(answer.headers), as: UTF8.self), answer.body.blob,
                    answer.storedMicroseconds.stored,
                ])
            if database.changesCount == 1 { return true }
            let known = try Data.fetchOne(
                database, sql: "SELECT request_digest FROM answers WHERE caller = ? AND key = ?",
                arguments: [answer.caller, answer.key])
            return known.map { Array($0) } == answer.requestDigest
        }
    }

    func forgetAnswers(storedBefore microseconds: UInt64) async throws(StoreError) -> Int {
        try await write("forgetting answers") { database in
            try database.execute(
                sql: "DELETE FROM answers WHERE stored_us < ?", arguments: [Int64(clamping: microseconds)])
            return database.changesCount
        }
    }

    func append(_ event: SecurityEvent) async throws(StoreError) {
        try await write("security event") { database in
            try database.execute(
                sql: "INSERT INTO events (kind, at_us, host, caller, address, detail) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    event.kind.rawValue, event.atMicroseconds.stored, event.host, event.caller, event.address,
                    event.detail,
                ])
            try database.execute(
                sql: "DELETE FROM events WHERE number <= ?",
                arguments: [database.lastInsertedRowID - Int64(SecurityEvent.kept)])
        }
    }

    func events(limit: Int) async throws(StoreError) -> [SecurityEvent] {
        try await read("security events") { database in
            try Row.fetchAll(database, sql: "SELECT * FROM events ORDER BY number DESC LIMIT ?", arguments: [limit])
                .map { try SecurityEvent($0) }
        }
    }
}

extension StoredAnswer {
    fileprivate init(_ row: Row) throws {
        let headers: String = row["headers"]
        self.init(
            key: row["key"], caller: row["caller"], requestDigest: row.bytes("request_digest"), status: row["status"],
            headers: try JSONDecoder().decode([String: String].self, from: Data(headers.utf8)),
            body: row.bytes("body"), storedMicroseconds: UInt64(stored: row["stored_us"]))
    }
}

extension SecurityEvent {
    fileprivate init(_ row: Row) throws {
        let text: String = row["kind"]
        guard let kind = Kind(rawValue: text) else { throw StoreError.damaged("an event has the kind \(text)") }
        self.init(
            kind: kind, atMicroseconds: UInt64(stored: row["at_us"]), host: row["host"], caller: row["caller"],
            address: row["address"], detail: row["detail"])
    }
}
