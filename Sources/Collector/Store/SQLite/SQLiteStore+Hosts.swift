import FoundationEssentials
import GRDB
import Shared

extension SQLiteStore {
    func hosts() async throws(StoreError) -> [HostRow] {
        try await read("hosts") { database in
            try Row.fetchAll(database, sql: "SELECT * FROM hosts ORDER BY host").map { try HostRow($0) }
        }
    }

    func put(_ row: HostRow, logging statements: [StatementRow]) async throws(StoreError) {
        try await write("host \(row.host)") { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO hosts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    row.host, row.state.rawValue, row.machineIDDigest?.blob, row.addresses,
                    row.duplicateAtMicroseconds?.stored, row.awaitsOperator, row.changedBy,
                    row.changedAtMicroseconds.stored, row.reason,
                ])
            try database.insert(statements)
        }
    }

    func waitingHosts() async throws(StoreError) -> [WaitingRow] {
        try await read("waiting hosts") { database in
            try Row.fetchAll(database, sql: "SELECT * FROM waiting ORDER BY first_us, host").map { WaitingRow($0) }
        }
    }

    func putWaiting(_ row: WaitingRow) async throws(StoreError) -> Bool {
        try await write("waiting host \(row.host)") { database in
            try database.execute(
                sql: "UPDATE waiting SET address = ?, machine_id_digest = ?, last_us = ? WHERE host = ?",
                arguments: [row.address, row.machineIDDigest.blob, row.lastSeenMicroseconds.stored, row.host])
            if database.changesCount > 0 { return true }
            let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM waiting") ?? 0
            guard count < Limits.waitingHosts else { return false }
            try database.execute(
                sql: "INSERT INTO waiting VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    row.host, row.address, row.machineIDDigest.blob, row.firstSeenMicroseconds.stored,
                    row.lastSeenMicroseconds.stored,
                ])
            return true
        }
    }

    func removeWaiting(host: String) async throws(StoreError) {
        try await write("waiting host \(host)") { database in
            try database.execute(sql: "DELETE FROM waiting WHERE host = ?", arguments: [host])
        }
    }
}

extension HostRow {
    fileprivate init(_ row: Row) throws {
        let text: String = row["state"]
        let host: String = row["host"]
        guard let state = HostView.State(rawValue: text) else {
            throw StoreError.damaged("the host \(host) has the state \(text)")
        }
        let digest: Data? = row["machine_id_digest"]
        let duplicate: Int64? = row["duplicate_us"]
        self.init(
            host: host, state: state, machineIDDigest: digest.map { Array($0) }, addresses: row["addresses"],
            duplicateAtMicroseconds: duplicate.map { UInt64(stored: $0) }, awaitsOperator: row["awaits_operator"],
            changedBy: row["changed_by"], changedAtMicroseconds: UInt64(stored: row["changed_us"]),
            reason: row["reason"])
    }
}

extension WaitingRow {
    fileprivate init(_ row: Row) {
        self.init(
            host: row["host"], address: row["address"], machineIDDigest: row.bytes("machine_id_digest"),
            firstSeenMicroseconds: UInt64(stored: row["first_us"]),
            lastSeenMicroseconds: UInt64(stored: row["last_us"]))
    }
}
