import FoundationEssentials
import GRDB

extension SQLiteStore {
    func commit(_ rows: [ReportRow]) async throws(StoreError) -> [CommitOutcome] {
        try await write("commit of reports") { database in
            let insert = try database.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO reports
                      (host, run_id, sequence, time_us, received_us, skew_us, digest, body)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            var latest: [String: Int64] = [:]
            var outcomes: [CommitOutcome] = []
            outcomes.reserveCapacity(rows.count)
            for row in rows {
                try insert.execute(arguments: Self.arguments(row))
                if database.changesCount == 1 {
                    latest[row.host] = database.lastInsertedRowID
                    outcomes.append(.stored)
                } else {
                    outcomes.append(try Self.isSame(row, database) ? .duplicate : .conflict)
                }
            }
            let note = try database.cachedStatement(
                sql: "INSERT INTO latest VALUES (?, ?) ON CONFLICT (host) DO UPDATE SET position = excluded.position")
            for (host, position) in latest { try note.execute(arguments: [host, position]) }
            return outcomes
        }
    }

    private static func arguments(_ row: ReportRow) -> StatementArguments {
        [
            row.host, row.runID.blob, row.sequence.stored, row.timeMicroseconds.stored,
            row.receivedMicroseconds.stored, row.skewMicroseconds, row.digest.blob, row.body.blob,
        ]
    }

    private static func isSame(_ row: ReportRow, _ database: Database) throws -> Bool {
        let find = try database.cachedStatement(
            sql: "SELECT digest FROM reports WHERE host = ? AND run_id = ? AND sequence = ?")
        let known = try Data.fetchOne(find, arguments: [row.host, row.runID.blob, row.sequence.stored])
        return known.map { Array($0) } == row.digest
    }

    func reports(
        host: String, fromTimeMicroseconds: UInt64, after position: Int64, limit: Int
    ) async throws(StoreError) -> [(position: Int64, row: ReportRow)] {
        try await read("reports of \(host)") { database in
            // The inner query needs the index alone; only what is answered is looked up.
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(Self.columns) FROM reports WHERE position IN (
                      SELECT position FROM reports INDEXED BY reports_time
                      WHERE host = ? AND time_us >= ? AND position > ? ORDER BY position LIMIT ?)
                    ORDER BY position
                    """,
                arguments: [host, Int64(clamping: fromTimeMicroseconds), position, limit])
            return rows.map { ($0["position"], ReportRow($0)) }
        }
    }

    private static let columns =
        "position, host, run_id, sequence, time_us, received_us, skew_us, digest, body"

    func lastReport(host: String) async throws(StoreError) -> ReportRow? {
        try await read("last report of \(host)") { database in
            try Row.fetchOne(
                database,
                sql:
                    "SELECT \(Self.columns) FROM reports WHERE position = (SELECT position FROM latest WHERE host = ?)",
                arguments: [host]
            ).map { ReportRow($0) }
        }
    }

    func deleteReports(receivedBefore microseconds: UInt64, limit: Int) async throws(StoreError) -> Int {
        try await write("deleting old reports") { database in
            let cutoff = Int64(clamping: microseconds)
            let boundary = try Self.firstPosition(receivedFrom: cutoff, database)
            try database.execute(
                sql: """
                    DELETE FROM reports WHERE position IN (
                      SELECT position FROM reports
                      WHERE position < ? AND received_us < ? AND position NOT IN (SELECT position FROM latest)
                      ORDER BY position LIMIT ?)
                    """,
                arguments: [boundary, cutoff, limit])
            return database.changesCount
        }
    }

    /// Receipt times rise with positions (but for steps of our own clock), so that halving finds the boundary without
    /// an index over them.
    private static func firstPosition(receivedFrom cutoff: Int64, _ database: Database) throws -> Int64 {
        let ends = try Row.fetchOne(database, sql: "SELECT min(position) AS low, max(position) AS high FROM reports")
        guard var low: Int64 = ends?["low"], var high: Int64 = ends?["high"] else { return 0 }
        high += 1
        while low < high {
            let middle = low + (high - low) / 2
            let received = try Int64.fetchOne(
                database, sql: "SELECT received_us FROM reports WHERE position >= ? ORDER BY position LIMIT 1",
                arguments: [middle])
            if let received, received < cutoff { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension ReportRow {
    fileprivate init(_ row: Row) {
        self.init(
            host: row["host"], runID: row.bytes("run_id"), sequence: UInt64(stored: row["sequence"]),
            timeMicroseconds: UInt64(stored: row["time_us"]),
            receivedMicroseconds: UInt64(stored: row["received_us"]), skewMicroseconds: row["skew_us"],
            digest: row.bytes("digest"), body: row.bytes("body"))
    }
}
