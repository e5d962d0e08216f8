import Ledger
import Shared
import Testing

@testable import Collector

@Suite struct LedgerRoutesTests {
    private static func get(_ path: String) -> TestClient.Request { TestClient.Request(method: .GET, path: path) }

    /// Hosts that are registered are decisions on record.
    private static func withEntries(_ count: Int, _ body: (TestServer, TestClient) async throws -> Void) async throws {
        try await TestServer.run { server in
            for number in 0..<count { try await server.register("h\(number)") }
            let ledger = try #require(server.api.ledger)
            try await ledger.flush()
            try await body(server, try server.client("audit"))
        }
    }

    @Test func checkpointTilesAndProofsVerifyWithTheServedKeys() async throws {
        try await Self.withEntries(300) { server, audit in
            let keys = try await audit.send(Self.get("/v1/ledger/keys")).json(LedgerKeys.self)
            let log = try NoteKey(text: Array(keys.log.utf8))
            let signer = try VerifyingKey(text: Array(keys.signer.utf8))
            let note = try await audit.send(Self.get("/v1/ledger/checkpoint"))
            #expect(note.headers.first(name: "Content-Type") == "text/plain; charset=utf-8")
            let checkpoint = try Checkpoint(note: SignedNote(reading: note.body), log: log)
            #expect(checkpoint.size == 300)

            var range = CompactRange()
            for index in 0..<UInt64(2) {
                let bundle = try #require(EntryBundle(index: index, size: 300))
                let bytes = try await audit.send(Self.get("/v1/ledger/\(bundle.path)")).body
                for entry in try bundle.decode(bytes) { range.append(Merkle.leaf(entry)) }
            }
            #expect(range.root == checkpoint.root)
            let hashes = try await audit.send(Self.get("/v1/ledger/tile/1/000.p/1"))
            #expect(hashes.status == 200 && hashes.body.count == 32)
            #expect(hashes.headers.first(name: "Cache-Control")?.contains("immutable") == true)

            let page = try await audit.send(Self.get("/v1/ledger/statements?limit=2")).json(StatementPage.self)
            #expect(page.size == "300" && page.statements.map(\.index) == ["299", "298"])
            let first = try #require(page.statements.first)
            #expect(first.kind == "host" && first.summary == "host h299 pending")
            let envelope = try Envelope(
                reading: try await audit.send(Self.get("/v1/ledger/statements/\(first.id)")).body)
            try envelope.verify(trusted: [signer])
            let proof = try await audit.send(Self.get("/v1/ledger/proof/\(first.id)"))
            try TlogProof(reading: proof.body).verify(leafHash: LogEntry(envelope).leafHash, log: log)

            let growth = try await audit.send(Self.get("/v1/ledger/consistency/256"))
            let text = try ConsistencyText(reading: growth.body)
            #expect(text.oldSize == 256)
        }
    }

    @Test func whatTheLogDoesNotHaveIsNotFound() async throws {
        let paths = [
            "tile/0/002", "tile/0/001", "tile/0/001.p/45", "tile/7/000", "tile/0/0", "tile/0/../0/000",
            "tile/entries/001", "tile/0/001.p/0", "tile/entries/9", "consistency/301", "proof/none",
        ]
        try await Self.withEntries(300) { _, audit in
            for path in paths {
                let reply = try await audit.send(Self.get("/v1/ledger/\(path)"))
                #expect(reply.status == 404, "\(path)")
            }
        }
    }

    @Test func aPartOfATileThatIsWiderByNowIsStillServed() async throws {
        try await Self.withEntries(300) { _, audit in
            let part = try await audit.send(Self.get("/v1/ledger/tile/0/001.p/3"))
            let whole = try await audit.send(Self.get("/v1/ledger/tile/0/001.p/44"))
            #expect(part.status == 200 && part.body == Array(whole.body.prefix(96)))
        }
    }

    @Test func whoMayNotReadEvidenceIsRefused() async throws {
        try await Self.withEntries(1) { server, _ in
            let deployer = try server.client("deploy")
            for path in ["checkpoint", "keys", "statements", "tile/0/000.p/1", "proof/x", "consistency/0"] {
                let reply = try await deployer.send(Self.get("/v1/ledger/\(path)"))
                #expect(try reply.problem().code == .notGranted, "\(path)")
            }
        }
    }

    @Test func anEntryThatIsStoredAndNotLoggedYetIsNotServedAsProved() async throws {
        try await TestServer.run { server in
            try await server.register("h1")
            let row = try #require(try await server.store.unlogged(limit: 1).first)
            let audit = try server.client("audit")
            let waiting = try await audit.send(Self.get("/v1/ledger/proof/\(row.id)"))
            #expect(waiting.status == 202 && waiting.headers.first(name: "Retry-After") == "1")
            try await server.api.ledger?.flush()
            #expect(try await audit.send(Self.get("/v1/ledger/proof/\(row.id)")).status == 200)
        }
    }
}
