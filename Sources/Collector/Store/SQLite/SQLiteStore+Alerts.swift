import GRDB
import Shared

// What was announced, and the deliveries that wait or were given up.
extension SQLiteStore {
    func announced() async throws(StoreError) -> [AnnouncedRow] {
        try await read("announced") { database in
            try Row.fetchAll(database, sql: "SELECT * FROM announced ORDER BY subject")
                .map { AnnouncedRow(subject: $0["subject"], body: $0.bytes("body")) }
        }
    }

    func announce(
        _ rows: [AnnouncedRow], removing subjects: [String], _ deliveries: [DeliveryRow]
    ) async throws(StoreError) {
        try await write("alerts") { database in
            for row in rows {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO announced VALUES (?, ?)", arguments: [row.subject, row.body.blob])
            }
            for subject in subjects {
                try database.execute(sql: "DELETE FROM announced WHERE subject = ?", arguments: [subject])
            }
            var waiting: [String: Int] = [:]
            for var row in deliveries {
                let known =
                    try waiting[row.receiver]
                    ?? Int.fetchOne(
                        database, sql: "SELECT count(*) FROM deliveries WHERE receiver = ? AND state = 'waiting'",
                        arguments: [row.receiver])
                let count = known ?? 0
                waiting[row.receiver] = count + 1
                if count >= Limits.waitingAlerts {
                    row.state = .dead
                    row.fault = "\(count) alerts wait for this receiver already"
                }
                try Self.insert(row, database)
            }
        }
    }

    private static func insert(_ row: DeliveryRow, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO deliveries (id, receiver, type, created_us, body, state, attempts, next_us, fault)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row.id, row.receiver, row.type, row.createdMicroseconds.stored, row.body.blob, row.state.rawValue,
                row.attempts, row.nextMicroseconds.stored, row.fault,
            ])
    }

    func dueDeliveries(
        receiver: String, at microseconds: UInt64, limit: Int
    ) async throws(StoreError) -> [DeliveryRow] {
        try await read("due alerts") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM deliveries WHERE receiver = ? AND state = 'waiting' AND next_us <= ?
                    ORDER BY number LIMIT ?
                    """,
                arguments: [receiver, Int64(clamping: microseconds), limit]
            ).map { try DeliveryRow($0) }
        }
    }

    func update(_ row: DeliveryRow) async throws(StoreError) {
        try await write("alert \(row.id)") { database in
            try database.execute(
                sql: "UPDATE deliveries SET state = ?, attempts = ?, next_us = ?, fault = ? WHERE id = ?",
                arguments: [row.state.rawValue, row.attempts, row.nextMicroseconds.stored, row.fault, row.id])
        }
    }

    func removeDelivery(id: String) async throws(StoreError) {
        try await write("alert \(id)") { database in
            try database.execute(sql: "DELETE FROM deliveries WHERE id = ?", arguments: [id])
        }
    }

    func delivery(id: String) async throws(StoreError) -> DeliveryRow? {
        try await read("alert \(id)") { database in
            try Row.fetchOne(database, sql: "SELECT * FROM deliveries WHERE id = ?", arguments: [id])
                .map { try DeliveryRow($0) }
        }
    }

    func deadDeliveries(limit: Int) async throws(StoreError) -> [DeliveryRow] {
        try await read("dead alerts") { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM deliveries WHERE state = 'dead' ORDER BY number LIMIT ?",
                arguments: [limit]
            ).map { try DeliveryRow($0) }
        }
    }

    func deliveryCounts() async throws(StoreError) -> [DeliveryCount] {
        try await read("alerts") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT receiver, sum(state = 'waiting') AS waiting, sum(state = 'dead') AS dead FROM deliveries
                    GROUP BY receiver ORDER BY receiver
                    """
            ).map { DeliveryCount(receiver: $0["receiver"], waiting: $0["waiting"], dead: $0["dead"]) }
        }
    }

    func forgetDeadDeliveries(keeping count: Int) async throws(StoreError) {
        try await write("dead alerts") { database in
            try database.execute(
                sql: """
                    DELETE FROM deliveries WHERE state = 'dead' AND number NOT IN
                    (SELECT number FROM deliveries WHERE state = 'dead' ORDER BY number DESC LIMIT ?)
                    """,
                arguments: [count])
        }
    }

    func giveUpDeliveries(exceptFor receivers: [String], fault: String) async throws(StoreError) {
        try await write("alerts") { database in
            let known = try String.fetchAll(database, sql: "SELECT DISTINCT receiver FROM deliveries")
            for receiver in known where !receivers.contains(receiver) {
                try database.execute(
                    sql: """
                        UPDATE deliveries SET state = 'dead', fault = ? WHERE receiver = ? AND state = 'waiting'
                        """,
                    arguments: [fault, receiver])
            }
        }
    }
}

extension DeliveryRow {
    fileprivate init(_ row: Row) throws {
        let text: String = row["state"]
        guard let state = State(rawValue: text) else { throw StoreError.damaged("an alert has the state \(text)") }
        self.init(
            id: row["id"], receiver: row["receiver"], type: row["type"],
            createdMicroseconds: UInt64(stored: row["created_us"]), body: row.bytes("body"), state: state,
            attempts: row["attempts"], nextMicroseconds: UInt64(stored: row["next_us"]), fault: row["fault"])
    }
}
