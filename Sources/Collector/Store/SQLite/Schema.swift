import GRDB

/// Tables of the embedded store, as migrations: each once, in order, never edited after a release.
enum Schema {
    static func migrator() -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            for statement in first { try database.execute(sql: statement) }
        }
        migrator.registerMigration("ledger") { database in
            for statement in ledger { try database.execute(sql: statement) }
        }
        migrator.registerMigration("alerts") { database in
            for statement in alerts { try database.execute(sql: statement) }
        }
        migrator.registerMigration("tokens") { try $0.execute(sql: tokens) }
        return migrator
    }

    /// `entries` and `tiles` are the log; a statement is in it once it has an index. Evidence is kept by its digest.
    private static let ledger = [
        """
        CREATE TABLE statements (
          number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, rollout TEXT NOT NULL,
          by TEXT NOT NULL, at_us INTEGER NOT NULL, summary TEXT NOT NULL, leaf BLOB NOT NULL UNIQUE,
          envelope BLOB NOT NULL, entry INTEGER) STRICT
        """,
        "CREATE INDEX statements_kind ON statements (kind, number)",
        "CREATE INDEX statements_unlogged ON statements (number) WHERE entry IS NULL",
        "CREATE UNIQUE INDEX statements_entry ON statements (entry) WHERE entry IS NOT NULL",
        "CREATE TABLE entries (entry INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
        """
        CREATE TABLE tiles (
          level INTEGER NOT NULL, tile INTEGER NOT NULL, hashes BLOB NOT NULL,
          PRIMARY KEY (level, tile)) STRICT, WITHOUT ROWID
        """,
        "CREATE TABLE published (only INTEGER PRIMARY KEY CHECK (only = 1), note BLOB NOT NULL) STRICT",
        "CREATE TABLE evidence (digest BLOB PRIMARY KEY, body BLOB NOT NULL) STRICT",
    ]

    /// Reports are a rowid table in commit order: appended at the end, deleted at the beginning. The newest report is
    /// never deleted, so a position is never given out twice. `latest` finds a host's newest one without an index
    /// that every insert would have to keep.
    private static let first = [
        """
        CREATE TABLE reports (
          position INTEGER PRIMARY KEY, host TEXT NOT NULL, run_id BLOB NOT NULL, sequence INTEGER NOT NULL,
          time_us INTEGER NOT NULL, received_us INTEGER NOT NULL, skew_us INTEGER NOT NULL, digest BLOB NOT NULL,
          body BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX reports_identity ON reports (host, run_id, sequence)",
        "CREATE INDEX reports_time ON reports (host, time_us)",
        "CREATE TABLE latest (host TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        """
        CREATE TABLE hosts (
          host TEXT PRIMARY KEY, state TEXT NOT NULL, machine_id_digest BLOB, addresses TEXT, duplicate_us INTEGER,
          awaits_operator INTEGER NOT NULL, changed_by TEXT NOT NULL, changed_us INTEGER NOT NULL,
          reason TEXT NOT NULL) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE waiting (
          host TEXT PRIMARY KEY, address TEXT NOT NULL, machine_id_digest BLOB NOT NULL, first_us INTEGER NOT NULL,
          last_us INTEGER NOT NULL) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE blocks (
          number INTEGER PRIMARY KEY, host TEXT NOT NULL, block_seconds INTEGER NOT NULL, block INTEGER NOT NULL,
          frozen_us INTEGER NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX blocks_identity ON blocks (host, block_seconds, block)",
        """
        CREATE TABLE rollouts (
          number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, created_by TEXT NOT NULL,
          body BLOB NOT NULL) STRICT
        """,
        """
        CREATE TABLE verdicts (
          number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, rollout TEXT NOT NULL, judging INTEGER NOT NULL,
          hour INTEGER NOT NULL, evaluated_us INTEGER NOT NULL, state TEXT NOT NULL, body BLOB NOT NULL) STRICT
        """,
        "CREATE INDEX verdicts_rollout ON verdicts (rollout, evaluated_us)",
        """
        CREATE TABLE rejudged (
          number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, rollout TEXT NOT NULL, judging INTEGER NOT NULL,
          hour INTEGER NOT NULL, evaluated_us INTEGER NOT NULL, state TEXT NOT NULL, body BLOB NOT NULL) STRICT
        """,
        "CREATE INDEX rejudged_rollout ON rejudged (rollout)",
        """
        CREATE TABLE answers (
          caller TEXT NOT NULL, key TEXT NOT NULL, request_digest BLOB NOT NULL, status INTEGER NOT NULL,
          headers TEXT NOT NULL, body BLOB NOT NULL, stored_us INTEGER NOT NULL,
          PRIMARY KEY (caller, key)) STRICT
        """,
        "CREATE INDEX answers_age ON answers (stored_us)",
        """
        CREATE TABLE records (
          number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
          body BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX records_identity ON records (kind, id)",
        """
        CREATE TABLE events (
          number INTEGER PRIMARY KEY, kind TEXT NOT NULL, at_us INTEGER NOT NULL, host TEXT NOT NULL,
          caller TEXT NOT NULL, address TEXT NOT NULL, detail TEXT NOT NULL) STRICT
        """,
    ]

    private static let alerts = [
        "CREATE TABLE announced (subject TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID",
        """
        CREATE TABLE deliveries (
          number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, receiver TEXT NOT NULL, type TEXT NOT NULL,
          created_us INTEGER NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
          next_us INTEGER NOT NULL, fault TEXT NOT NULL) STRICT
        """,
        "CREATE INDEX deliveries_due ON deliveries (receiver, state, next_us)",
    ]

    private static let tokens = """
        CREATE TABLE tokens (
          number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, rollout TEXT NOT NULL, digest BLOB NOT NULL,
          note TEXT NOT NULL, created_by TEXT NOT NULL, created_us INTEGER NOT NULL, expires_us INTEGER NOT NULL,
          revoked_us INTEGER NOT NULL, revoked_by TEXT NOT NULL, uses INTEGER NOT NULL, last_us INTEGER NOT NULL) STRICT
        """
}
