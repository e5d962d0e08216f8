import GRDB

// Blocks, roll-outs and verdicts: what the judging side keeps.
extension SQLiteStore {
    func freeze(_ rows: [BlockRow]) async throws(StoreError) -> Int {
        try await write("freezing blocks") { database in
            let insert = try database.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO blocks (host, block_seconds, block, frozen_us, digest, body)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """)
            var count = 0
            for row in rows {
                try insert.execute(arguments: [
                    row.host, row.blockSeconds, row.index, row.frozenAtMicroseconds.stored, row.digest.blob,
                    row.body.blob,
                ])
                count += database.changesCount
            }
            return count
        }
    }

    func blocks(
        host: String, blockSeconds: Int, from: Int64, to: Int64
    ) async throws(StoreError) -> [BlockRow] {
        guard from <= to else { return [] }
        return try await read("blocks of \(host)") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM blocks WHERE host = ? AND block_seconds = ? AND block BETWEEN ? AND ? ORDER BY block
                    """,
                arguments: [host, blockSeconds, from, to]
            ).map { BlockRow($0) }
        }
    }

    func lastBlock(host: String, blockSeconds: Int) async throws(StoreError) -> Int64? {
        try await read("last block of \(host)") { database in
            try Int64.fetchOne(
                database, sql: "SELECT max(block) FROM blocks WHERE host = ? AND block_seconds = ?",
                arguments: [host, blockSeconds])
        }
    }

    func rollouts() async throws(StoreError) -> [RolloutRow] {
        try await read("roll-outs") { database in
            try Row.fetchAll(database, sql: "SELECT * FROM rollouts ORDER BY number").map { RolloutRow($0) }
        }
    }

    func insert(_ row: RolloutRow, logging statements: [StatementRow]) async throws(StoreError) -> Bool {
        try await write("roll-out \(row.id)") { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO rollouts (id, version, created_by, body) VALUES (?, ?, ?, ?)",
                arguments: [row.id, row.version, row.createdBy, row.body.blob])
            guard database.changesCount == 1 else { return false }
            try database.insert(statements)
            return true
        }
    }

    func update(
        _ row: RolloutRow, expecting version: Int, logging statements: [StatementRow]
    ) async throws(StoreError) -> Bool {
        try await write("roll-out \(row.id)") { database in
            try database.execute(
                sql: "UPDATE rollouts SET version = ?, created_by = ?, body = ? WHERE id = ? AND version = ?",
                arguments: [row.version, row.createdBy, row.body.blob, row.id, version])
            guard database.changesCount == 1 else { return false }
            try database.insert(statements)
            return true
        }
    }

    func append(
        _ row: VerdictRow, evidence: [EvidenceFileRow], logging statements: [StatementRow]
    ) async throws(StoreError) {
        try await write("verdict \(row.id)") { database in
            try Self.insert(row, into: "verdicts", database)
            try database.insert(evidence)
            try database.insert(statements)
        }
    }

    func appendRejudged(_ row: VerdictRow) async throws(StoreError) {
        try await write("rejudged verdict \(row.id)") { try Self.insert(row, into: "rejudged", $0) }
    }

    func rejudged(rollout: String, limit: Int) async throws(StoreError) -> [VerdictRow] {
        try await read("rejudged verdicts") { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM rejudged WHERE rollout = ? ORDER BY number DESC LIMIT ?",
                arguments: [rollout, limit]
            ).map { VerdictRow($0) }
        }
    }

    func verdicts(rollout: String, limit: Int) async throws(StoreError) -> [VerdictRow] {
        try await read("verdicts") { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM verdicts WHERE rollout = ? ORDER BY number DESC LIMIT ?",
                arguments: [rollout, limit]
            ).map { VerdictRow($0) }
        }
    }

    private static func insert(_ row: VerdictRow, into table: String, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO \(table) (id, rollout, judging, hour, evaluated_us, state, body)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row.id, row.rollout, row.judging, row.hour, row.evaluatedAtMicroseconds.stored, row.state,
                row.body.blob,
            ])
    }

    func latest(rollout: String) async throws(StoreError) -> VerdictRow? {
        try await oneVerdict("WHERE rollout = ? ORDER BY number DESC", [rollout])
    }

    func at(rollout: String, microseconds: UInt64) async throws(StoreError) -> VerdictRow? {
        try await oneVerdict(
            "WHERE rollout = ? AND evaluated_us <= ? ORDER BY evaluated_us DESC, number DESC",
            [rollout, Int64(clamping: microseconds)])
    }

    func verdict(id: String) async throws(StoreError) -> VerdictRow? {
        try await oneVerdict("WHERE id = ?", [id])
    }

    private func oneVerdict(_ clause: String, _ arguments: StatementArguments) async throws(StoreError) -> VerdictRow? {
        try await read("verdict") { database in
            try Row.fetchOne(database, sql: "SELECT * FROM verdicts \(clause) LIMIT 1", arguments: arguments)
                .map { VerdictRow($0) }
        }
    }
}

extension BlockRow {
    fileprivate init(_ row: Row) {
        self.init(
            host: row["host"], blockSeconds: row["block_seconds"], index: row["block"],
            frozenAtMicroseconds: UInt64(stored: row["frozen_us"]), digest: row.bytes("digest"),
            body: row.bytes("body"))
    }
}

extension RolloutRow {
    fileprivate init(_ row: Row) {
        self.init(id: row["id"], version: row["version"], createdBy: row["created_by"], body: row.bytes("body"))
    }
}

extension VerdictRow {
    fileprivate init(_ row: Row) {
        self.init(
            id: row["id"], rollout: row["rollout"], judging: row["judging"], hour: row["hour"],
            evaluatedAtMicroseconds: UInt64(stored: row["evaluated_us"]), state: row["state"],
            body: row.bytes("body"))
    }
}
