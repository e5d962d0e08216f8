import Ledger
import Logging
import ServiceLifecycle
import Shared

/// The second listener's tokens: each answers one roll-out's gates and nothing else. Only digests are kept; uses are
/// counted here and written down from time to time, since a tool asks many times a minute.
actor TokenShelf: Service {
    private let store: any TokenStore
    private let clock: any WallClock
    private let logger: Logger
    private var tokens: [String: TokenRow] = [:]
    private var uses: [String: TokenUse] = [:]

    static let prefix = "perch_"
    private static let identifierBytes = 8
    private static let secretBytes = 32
    private static let flushSeconds = 10
    private static let dayMicroseconds: UInt64 = 86_400_000_000
    /// Expired ones are listed for so long.
    private static let shownMicroseconds = 30 * dayMicroseconds

    init(store: any TokenStore, clock: any WallClock, logger: Logger) {
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    /// - Throws: `StoreError`.
    func restore() async throws(StoreError) {
        for row in try await store.tokens() { tokens[row.id] = row }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(Self.flushSeconds))
                await self.flush()
            }
        }
        await flush()
    }

    /// Writes the uses down, and forgets tokens that expired long ago.
    func flush() async {
        let written = uses
        let now = clock.nowMicroseconds()
        let limit = now - min(now, Self.shownMicroseconds)
        do {
            if !written.isEmpty {
                uses = [:]
                try await store.noteUses(written.values.sorted { $0.token < $1.token })
            }
            if tokens.values.contains(where: { $0.expiresMicroseconds < limit }) {
                _ = try await store.forgetTokens(expiredBefore: limit)
                tokens = tokens.filter { $0.value.expiresMicroseconds >= limit }
            }
        } catch {
            for use in written.values { add(use) }
            logger.error("uses of tokens could not be stored and wait: \(error)")
        }
    }

    private func add(_ use: TokenUse) {
        var sum = uses[use.token] ?? TokenUse(token: use.token, count: 0, lastMicroseconds: 0)
        sum.count += use.count
        sum.lastMicroseconds = max(sum.lastMicroseconds, use.lastMicroseconds)
        uses[use.token] = sum
    }

    // MARK: At the door

    /// - Throws: `token-invalid`, whatever is wrong with it.
    func check(_ text: String, rollout: String) throws(Problem) {
        let now = clock.nowMicroseconds()
        let refusal = Problem(.tokenInvalid, "the token is not valid for this address; ask an operator for one")
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard text.utf8.count <= 256, parts.count == 3, parts[0] + "_" == Self.prefix else { throw refusal }
        let digest = Digest(of: parts[2].utf8).bytes
        // Compared for an unknown one, too: the time tells nothing.
        let row = tokens[String(parts[1])]
        let isSame = Self.isEqual(digest, row?.digest ?? [UInt8](repeating: 0, count: digest.count))
        guard let row, isSame, row.rollout == rollout, row.revokedMicroseconds == 0, now < row.expiresMicroseconds
        else { throw refusal }
        add(TokenUse(token: row.id, count: 1, lastMicroseconds: now))
        tokens[row.id]?.uses += 1
        tokens[row.id]?.lastUsedMicroseconds = now
    }

    /// Takes the same time wherever they differ.
    static func isEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        guard first.count == second.count else { return false }
        return zip(first, second).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    // MARK: What people do

    /// Newest first.
    func views(of rollout: String) -> [TokenView] {
        let now = clock.nowMicroseconds()
        return tokens.values.filter { $0.rollout == rollout }
            .sorted { ($0.createdMicroseconds, $0.id) > ($1.createdMicroseconds, $1.id) }
            .map { TokenView($0, nowMicroseconds: now) }
    }

    /// - Throws: `malformed`, `conflict`, `storage-unavailable`.
    func create(_ request: TokenRequest, rollout: String, by caller: String) async throws(Problem) -> NewToken {
        let days = request.days ?? Limits.tokenDays
        guard (1...Limits.tokenDays).contains(days) else {
            throw Problem(.malformed, "days takes a number from 1 to \(Limits.tokenDays)")
        }
        let note = request.note ?? ""
        guard note.utf8.count <= Limits.noteBytes, !note.contains(where: \.isNewline) else {
            throw Problem(.malformed, "note: one line of at most \(Limits.noteBytes) bytes")
        }
        guard tokens.values.count(where: { $0.rollout == rollout }) < Limits.tokensPerRollout else {
            throw Problem(
                .conflict,
                "the roll-out has \(Limits.tokensPerRollout) tokens; they are forgotten 30 days after "
                    + "their end")
        }
        let now = clock.nowMicroseconds()
        let (id, secret) = (Self.random(Self.identifierBytes), Self.random(Self.secretBytes))
        let row = TokenRow(
            id: id, rollout: rollout, digest: Digest(of: secret.utf8).bytes, note: note, createdBy: caller,
            createdMicroseconds: now, expiresMicroseconds: now + UInt64(days) * Self.dayMicroseconds)
        do {
            try await store.insert(row)
        } catch {
            throw Problem(stored: error)
        }
        tokens[id] = row
        logger.notice("\(rollout): token \(id) made by \(caller) for \(days) days: \(note)")
        return NewToken(token: "\(Self.prefix)\(id)_\(secret)", view: TokenView(row, nowMicroseconds: now))
    }

    /// Repeating it is harmless.
    /// - Throws: `not-found`, `storage-unavailable`.
    func revoke(_ id: String, rollout: String, by caller: String) async throws(Problem) {
        guard let row = tokens[id], row.rollout == rollout else {
            throw Problem(.notFound, "\(rollout) has no token \(id)")
        }
        guard row.revokedMicroseconds == 0 else { return }
        let now = clock.nowMicroseconds()
        do {
            try await store.revokeToken(id: id, by: caller, atMicroseconds: now)
        } catch {
            throw Problem(stored: error)
        }
        tokens[id]?.revokedMicroseconds = now
        tokens[id]?.revokedBy = caller
        logger.notice("\(rollout): token \(id) revoked by \(caller)")
    }

    private static func random(_ bytes: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        let text = (0..<2 * bytes).map { _ in digits[Int(UInt8.random(in: 0...15, using: &generator))] }
        return String(decoding: text, as: UTF8.self)
    }
}

extension TokenView {
    init(_ row: TokenRow, nowMicroseconds now: UInt64) {
        let state: State =
            row.revokedMicroseconds > 0 ? .revoked : now < row.expiresMicroseconds ? .active : .expired
        self.init(
            id: row.id, rollout: row.rollout, state: state, note: row.note, createdBy: row.createdBy,
            createdAt: Timestamp.text(microseconds: row.createdMicroseconds),
            expiresAt: Timestamp.text(microseconds: row.expiresMicroseconds), revokedBy: row.revokedBy, uses: row.uses,
            lastUsedAt: row.lastUsedMicroseconds == 0 ? "" : Timestamp.text(microseconds: row.lastUsedMicroseconds))
    }
}
