import Ledger

/// What the collector keeps on disk, as protocols: nothing here knows of SQL or HTTP. Every call is one transaction;
/// when it returns, its effect is durable. A call that throws has had no effect that later calls could see half of.
typealias Store = ReportStore & HostStore & BlockStore & RolloutStore & VerdictStore & IdempotencyStore & EventStore
    & RecordStore & StatementStore & LogStorage & AlertStore & TokenStore

/// Why the store could not answer. What it says is for the log and the operator, never for a caller.
enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It cannot be read or written at the moment: disk full, locked, connection lost.
    case unavailable(String)
    /// It was read, and what it holds is not what was written.
    case damaged(String)

    var description: String {
        switch self {
        case .unavailable(let why): "the store is not available: \(why)"
        case .damaged(let what): "the store is damaged: \(what)"
        }
    }
}

/// What became of one report in a commit.
enum CommitOutcome: Sendable, Equatable {
    case stored
    /// The same report was there already, byte for byte.
    case duplicate
    /// Its host, run and sequence were used before for other content. It was not stored; the other rows were.
    case conflict
}

protocol ReportStore: Sendable {
    /// All rows in one transaction, in order. A row may repeat an earlier one of the same call.
    /// - Returns: one outcome for each row.
    func commit(_ rows: [ReportRow]) async throws(StoreError) -> [CommitOutcome]

    /// In commit order, only those with `timeMicroseconds` from the given one on and a position above `after`.
    /// Positions start at 1, rise, and are never used again.
    func reports(
        host: String, fromTimeMicroseconds: UInt64, after position: Int64, limit: Int
    ) async throws(StoreError) -> [(position: Int64, row: ReportRow)]

    /// The one committed last.
    func lastReport(host: String) async throws(StoreError) -> ReportRow?

    /// Oldest first, at most `limit` of them; of each host the last report stays.
    /// - Returns: how many there were to delete; below `limit` nothing is left to do.
    func deleteReports(receivedBefore microseconds: UInt64, limit: Int) async throws(StoreError) -> Int
}

protocol HostStore: Sendable {
    /// Ordered by name.
    func hosts() async throws(StoreError) -> [HostRow]
    /// Writes the row, whether it is there or not.
    func put(_ row: HostRow, logging statements: [StatementRow]) async throws(StoreError)

    /// Hosts that knocked and nobody has registered, oldest first.
    func waitingHosts() async throws(StoreError) -> [WaitingRow]
    /// Adds it, or renews address, digest and last time of one that is there.
    /// - Returns: `false` when the list is full (`Limits.waitingHosts`) and the host is not in it.
    func putWaiting(_ row: WaitingRow) async throws(StoreError) -> Bool
    func removeWaiting(host: String) async throws(StoreError)
}

protocol BlockStore: Sendable {
    /// One transaction. A block that exists stays as it is: what was frozen never changes.
    /// - Returns: how many were new.
    func freeze(_ rows: [BlockRow]) async throws(StoreError) -> Int
    /// `from...to` by index, rising.
    func blocks(
        host: String, blockSeconds: Int, from: Int64, to: Int64
    ) async throws(StoreError) -> [BlockRow]
    /// The highest index.
    func lastBlock(host: String, blockSeconds: Int) async throws(StoreError) -> Int64?
}

protocol RolloutStore: Sendable {
    /// In the order of their creation.
    func rollouts() async throws(StoreError) -> [RolloutRow]
    /// - Returns: `false`, and nothing is written, when the id exists.
    func insert(_ row: RolloutRow, logging statements: [StatementRow]) async throws(StoreError) -> Bool
    /// - Returns: `false`, and nothing is written, unless the stored version is the expected one.
    func update(
        _ row: RolloutRow, expecting version: Int, logging statements: [StatementRow]
    ) async throws(StoreError) -> Bool
}

protocol VerdictStore: Sendable {
    /// With its evidence and the statements about it. Repeating it with the same id is harmless: the first row stays.
    func append(
        _ row: VerdictRow, evidence: [EvidenceFileRow], logging statements: [StatementRow]
    ) async throws(StoreError)
    /// The one appended last.
    func latest(rollout: String) async throws(StoreError) -> VerdictRow?
    /// The newest one that was evaluated at or before this time.
    func at(rollout: String, microseconds: UInt64) async throws(StoreError) -> VerdictRow?
    func verdict(id: String) async throws(StoreError) -> VerdictRow?
    /// Newest first, of all evaluations.
    func verdicts(rollout: String, limit: Int) async throws(StoreError) -> [VerdictRow]
    /// What the same evidence gives under another policy: kept beside the verdicts, never among them.
    func appendRejudged(_ row: VerdictRow) async throws(StoreError)
    /// Newest first.
    func rejudged(rollout: String, limit: Int) async throws(StoreError) -> [VerdictRow]
}

protocol IdempotencyStore: Sendable {
    /// Keys belong to their caller: two callers may use the same one.
    func recall(key: String, caller: String) async throws(StoreError) -> StoredAnswer?
    /// - Returns: `false` when the key is there with another request; the same request again changes nothing.
    func remember(_ answer: StoredAnswer) async throws(StoreError) -> Bool
    /// - Returns: how many went.
    func forgetAnswers(storedBefore microseconds: UInt64) async throws(StoreError) -> Int
}

/// What people decided, one record an id.
protocol RecordStore: Sendable {
    /// - Parameter version: of the record that is there; 0: it must not be there.
    /// - Returns: `false`, and nothing is written, unless the stored version is the expected one.
    func put(
        _ row: RecordRow, expecting version: Int, logging statements: [StatementRow]
    ) async throws(StoreError) -> Bool
    /// In the order of their creation.
    func records(kind: RecordRow.Kind) async throws(StoreError) -> [RecordRow]
}

/// Signed statements, and the files that they name. A decision and the statement about it are written in one
/// transaction, by the calls of the other protocols; the log follows.
protocol StatementStore: Sendable {
    /// Those of no other record. Repeating one is harmless.
    func append(_ statements: [StatementRow]) async throws(StoreError)
    /// Not in the log yet, in the order of their writing.
    func unlogged(limit: Int) async throws(StoreError) -> [StatementRow]
    func statement(id: String) async throws(StoreError) -> LoggedStatement?
    /// Newest first, only those before the given index of the log.
    func statements(before index: UInt64, limit: Int) async throws(StoreError) -> [LoggedStatement]
    /// Of one kind, newest first, logged or not.
    func statements(kind: String, limit: Int) async throws(StoreError) -> [StatementRow]
    /// The newest checkpoint that was published, as the data know it: a checkpoint's store that holds an older one was
    /// rolled back.
    func publishedCheckpoint() async throws(StoreError) -> [UInt8]?
    func notePublished(_ checkpoint: [UInt8]) async throws(StoreError)
    func evidenceFile(_ digest: [UInt8]) async throws(StoreError) -> [UInt8]?
}

extension HostStore {
    func put(_ row: HostRow) async throws(StoreError) { try await put(row, logging: []) }
}

extension RolloutStore {
    func insert(_ row: RolloutRow) async throws(StoreError) -> Bool { try await insert(row, logging: []) }
    func update(_ row: RolloutRow, expecting version: Int) async throws(StoreError) -> Bool {
        try await update(row, expecting: version, logging: [])
    }
}

extension VerdictStore {
    func append(_ row: VerdictRow) async throws(StoreError) { try await append(row, evidence: [], logging: []) }
}

extension RecordStore {
    func put(_ row: RecordRow, expecting version: Int) async throws(StoreError) -> Bool {
        try await put(row, expecting: version, logging: [])
    }
}

protocol EventStore: Sendable {
    /// Keeps the newest `SecurityEvent.kept`.
    func append(_ event: SecurityEvent) async throws(StoreError)
    /// Newest first.
    func events(limit: Int) async throws(StoreError) -> [SecurityEvent]
}

/// What alerts have told, and which are still on their way.
protocol AlertStore: Sendable {
    func announced() async throws(StoreError) -> [AnnouncedRow]
    /// One transaction: what counts as announced from now on, and the deliveries that follow from it. Neither is ever
    /// there without the other.
    func announce(
        _ rows: [AnnouncedRow], removing subjects: [String], _ deliveries: [DeliveryRow]
    ) async throws(StoreError)
    /// Waiting ones whose time has come, in the order in which they were announced.
    func dueDeliveries(receiver: String, at microseconds: UInt64, limit: Int) async throws(StoreError) -> [DeliveryRow]
    /// Writes the row over the one of its id; nothing happens when that is gone.
    func update(_ row: DeliveryRow) async throws(StoreError)
    /// It arrived.
    func removeDelivery(id: String) async throws(StoreError)
    func delivery(id: String) async throws(StoreError) -> DeliveryRow?
    /// Those given up, oldest first.
    func deadDeliveries(limit: Int) async throws(StoreError) -> [DeliveryRow]
    /// Ordered by receiver.
    func deliveryCounts() async throws(StoreError) -> [DeliveryCount]
    /// Deletes the oldest of those given up.
    func forgetDeadDeliveries(keeping count: Int) async throws(StoreError)
    /// Waiting ones of receivers that nobody knows any more are given up.
    func giveUpDeliveries(exceptFor receivers: [String], fault: String) async throws(StoreError)
}

protocol TokenStore: Sendable {
    func insert(_ row: TokenRow) async throws(StoreError)
    /// In the order of their creation.
    func tokens() async throws(StoreError) -> [TokenRow]
    /// The first revocation counts.
    func revokeToken(id: String, by caller: String, atMicroseconds: UInt64) async throws(StoreError)
    /// Adds to the count of each.
    func noteUses(_ uses: [TokenUse]) async throws(StoreError)
    /// - Returns: how many went.
    func forgetTokens(expiredBefore microseconds: UInt64) async throws(StoreError) -> Int
}

struct TokenUse: Sendable, Equatable {
    var token: String
    var count: Int
    var lastMicroseconds: UInt64
}
