import HTTPTypes
import Hummingbird
import Ledger
import Shared

// /v1/ledger: the log as C2SP tlog-tiles serves it, proofs, keys, and the signed statements behind its entries.
extension API {
    func addLedger(to router: Router<PerchRequestContext>) {
        router.get("/v1/ledger/checkpoint", use: showCheckpoint)
        router.get("/v1/ledger/tile/**", use: showTile)
        router.get("/v1/ledger/proof/:id", use: showProof)
        router.get("/v1/ledger/consistency/:old", use: showConsistency)
        router.get("/v1/ledger/keys", use: showKeys)
        router.get("/v1/ledger/statements", use: listStatements)
        router.get("/v1/ledger/statements/:id", use: showStatement)
    }

    static let noteType = "text/plain; charset=utf-8"
    /// What never changes under its address.
    static let immutable = "private, max-age=31536000, immutable"

    func openLedger(_ context: PerchRequestContext) throws(Problem) -> LedgerService {
        try access.require(.readEvidence, caller: context.caller)
        guard let ledger else {
            throw Problem(.notFound, "this collector signs nothing; see [ledger] of its configuration")
        }
        return ledger
    }

    private func showCheckpoint(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        guard let note = try openLedger(context).checkpoint else {
            throw Problem(.starting, "the log is being opened; ask again")
        }
        return Answer(headers: [.contentType: Self.noteType, .cacheControl: "no-cache"], body: note)
            .tagged(for: request)
    }

    private func showTile(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let ledger = try openLedger(context)
        let path = "tile/" + context.parameters.getCatchAll().joined(separator: "/")
        let size = ledger.publishedSize
        let none = Problem(.notFound, "the log of \(size) entries has no \(path)")
        do {
            let bytes: [UInt8]
            if let tile = Tile(path: path) {
                guard let whole = Tile(level: tile.level, index: tile.index, size: size), tile.width <= whole.width
                else { throw none }
                bytes = try await store.hashes(of: tile)
            } else {
                guard let bundle = EntryBundle(path: path), bundle.range.upperBound <= size else { throw none }
                bytes = try EntryBundle.encode(try await store.entries(bundle.range))
            }
            return Answer(
                headers: [.contentType: "application/octet-stream", .cacheControl: Self.immutable], body: bytes
            ).tagged(for: request)
        } catch {
            throw Problem(stored: error)
        }
    }

    private func showProof(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let ledger = try openLedger(context)
        let id = try context.name("id")
        return try await proof(of: logged(id), ledger).tagged(for: request)
    }

    /// The proof, or 202 while the entry is in no published checkpoint.
    func proof(of logged: LoggedStatement, _ ledger: LedgerService) async throws(Problem) -> Answer {
        do {
            guard let index = logged.index, let proof = try await ledger.proof(of: index) else {
                return Answer(.accepted, headers: [.retryAfter: "1", .cacheControl: "no-store"])
            }
            return Answer(headers: [.contentType: Self.noteType, .cacheControl: "no-cache"], body: proof.bytes)
        } catch {
            throw Problem(stored: error)
        }
    }

    func logged(_ id: String) async throws(Problem) -> LoggedStatement {
        do {
            guard let logged = try await store.statement(id: id) else {
                throw Problem(.notFound, "there is no signed statement \(id)")
            }
            return logged
        } catch {
            throw Problem(stored: error)
        }
    }

    private func showConsistency(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let ledger = try openLedger(context)
        let text = context.parameters.get("old") ?? ""
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let old = UInt64(text) else {
            throw Problem(.malformed, "name the earlier size, as /v1/ledger/consistency/1234")
        }
        do {
            guard let proof = try await ledger.consistency(from: old) else {
                throw Problem(.notFound, "the log has fewer than \(old) entries")
            }
            return Answer(headers: [.contentType: Self.noteType, .cacheControl: "no-cache"], body: proof.bytes)
                .tagged(for: request)
        } catch {
            throw Problem(stored: error)
        }
    }

    private func showKeys(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let ledger = try openLedger(context)
        guard let signer else { throw Problem(.notFound, "this collector signs nothing") }
        let keys = LedgerKeys(signer: String(decoding: signer.text, as: UTF8.self), log: ledger.log.text)
        return try Answer.json(keys).tagged(for: request)
    }

    /// Newest first; `before` is the index that the page before ended with.
    private func listStatements(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        let query = try Query(request, allowed: ["before", "limit"])
        let ledger = try openLedger(context)
        guard let limit = Int(query["limit"] ?? "\(Limits.pageSize)"), (1...Limits.pageSize).contains(limit) else {
            throw Problem(.malformed, "limit takes a number from 1 to \(Limits.pageSize)")
        }
        let size = ledger.publishedSize
        guard let before = UInt64(query["before"] ?? "\(size)") else {
            throw Problem(.malformed, "before takes an index of the log")
        }
        do {
            let rows = try await store.statements(before: min(before, size), limit: limit)
            let views = rows.compactMap(StatementView.init)
            return try Answer.json(StatementPage(statements: views, size: String(size))).tagged(for: request)
        } catch {
            throw Problem(stored: error)
        }
    }

    private func showStatement(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        _ = try openLedger(context)
        let row = try await logged(try context.name("id")).statement
        return Answer(
            headers: [.contentType: Answer.jsonType, .cacheControl: Self.immutable], body: row.envelope
        ).tagged(for: request)
    }
}

extension StatementView {
    init?(_ logged: LoggedStatement) {
        guard let index = logged.index else { return nil }
        let row = logged.statement
        self.init(
            id: row.id, kind: row.kind, rollout: row.rollout, by: row.by,
            at: Timestamp.text(microseconds: row.atMicroseconds), summary: row.summary, index: String(index))
    }
}
