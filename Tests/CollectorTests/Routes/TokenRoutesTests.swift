import Foundation
import Ledger
import Logging
import NIOHTTP1
import Shared
import Testing

@testable import Collector

@Suite struct TokenRoutesTests {
    private static func request(
        _ method: HTTPMethod, _ path: String, _ body: String? = nil, bearer: String? = nil
    ) -> TestClient.Request {
        var request = TestClient.Request(method: method, path: path, body: Array((body ?? "").utf8))
        if body != nil { request.headers.add(name: "Content-Type", value: "application/json") }
        if let bearer { request.headers.add(name: "Authorization", value: "Bearer \(bearer)") }
        return request
    }

    private static func createRollouts(_ server: TestServer) async throws {
        for (id, new) in [("r1", "n1"), ("r2", "n2")] {
            let reply = try await server.client("ops").send(
                request(.POST, "/v1/rollouts", RoleTableTests.rollout(id, new: new)))
            #expect(reply.status == 201)
        }
    }

    private static func create(_ server: TestServer, _ rollout: String, _ body: String = "{}") async throws -> NewToken
    {
        let reply = try await server.client("ops").send(request(.POST, "/v1/rollouts/\(rollout)/tokens", body))
        #expect(reply.status == 201 && reply.headers.first(name: "Cache-Control") == "no-store")
        return try reply.json(NewToken.self)
    }

    /// No client certificate at all.
    private static func ask(_ server: TestServer, _ request: TestClient.Request) async throws -> TestClient.Reply {
        try await TestClient(server.pki, port: server.tokenPort, as: nil).send(request)
    }

    @Test func aTokenAnswersTheGatesOfItsRolloutAndNothingElse() async throws {
        try await TestServer.run { server in
            try await Self.createRollouts(server)
            let token = try await Self.create(server, "r1", #"{"note":"argo","days":3}"#).token
            let gate = "/v1/rollouts/r1/gate/open"
            let answer = try await Self.ask(server, Self.request(.GET, gate, bearer: token))
            #expect(try answer.json(GateAnswer.self).state == .waiting && answer.status == 200)
            #expect(try await Self.ask(server, Self.request(.GET, gate + "?strict", bearer: token)).status == 412)
            for path in [
                "/v1/rollouts/r2/gate/open", "/v1/rollouts/r3/gate/open",
            ] {
                let refused = try await Self.ask(server, Self.request(.GET, path, bearer: token))
                #expect(try refused.problem().code == .tokenInvalid && refused.status == 401)
                #expect(refused.headers.first(name: "WWW-Authenticate") == "Bearer")
            }
            let stage = try await Self.ask(server, Self.request(.GET, "/v1/rollouts/r1/gate/x", bearer: token))
            #expect(try stage.problem().code == .malformed)
            for path in ["/v1/rollouts/r1", "/v1/rollouts/r1/verdict", "/v1/hosts", "/v1/rollouts"] {
                #expect(try await Self.ask(server, Self.request(.GET, path, bearer: token)).problem().code == .notFound)
            }
            #expect(server.metrics.snapshot.tokensRefused == 2)
        }
    }

    /// What Flagger sends: no header of one's own, the token in its metadata.
    @Test func aTokenInTheMetadataOfAWebhookIsTaken() async throws {
        try await TestServer.run { server in
            try await Self.createRollouts(server)
            let token = try await Self.create(server, "r1").token
            let gate = "/v1/rollouts/r1/gate/open"
            func hook(_ token: String) -> String {
                #"{"name":"podinfo","namespace":"test","phase":"Progressing","checksum":"85d557f47b","#
                    + #""metadata":{"token":"\#(token)","type":"x"}}"#
            }
            let waiting = try await Self.ask(server, Self.request(.POST, gate, hook(token)))
            #expect(waiting.status == 412 && waiting.headers.first(name: "Retry-After") != nil)
            #expect(try await Self.ask(server, Self.request(.POST, gate + "?rollback", hook(token))).status == 412)
            #expect(try await Self.ask(server, Self.request(.POST, gate, hook("perch_a_b"))).status == 401)
            #expect(try await Self.ask(server, Self.request(.POST, gate, "{}")).status == 401)
            #expect(try await Self.ask(server, Self.request(.POST, gate, "no json")).status == 401)
        }
    }

    @Test func tokensNeverWorkOnTheAPIPort() async throws {
        try await TestServer.run { server in
            try await Self.createRollouts(server)
            let token = try await Self.create(server, "r1").token
            let request = Self.request(.GET, "/v1/rollouts/r1/gate/open", bearer: token)
            await #expect(throws: (any Error).self) {
                try await TestClient(server.pki, port: server.port, as: nil).send(request)
            }
            #expect(try await server.client("db-1").send(request).problem().code == .notGranted)
        }
    }

    @Test func itEndsByTimeAndByRevocation() async throws {
        try await TestServer.run { server in
            try await Self.createRollouts(server)
            let gate = "/v1/rollouts/r1/gate/open"
            let short = try await Self.create(server, "r1", #"{"days":1}"#)
            let long = try await Self.create(server, "r1", #"{"days":30}"#)
            func status(_ token: NewToken) async throws -> Int {
                try await Self.ask(server, Self.request(.GET, gate, bearer: token.token)).status
            }
            #expect(try await status(short) == 200)
            let ops = try server.client("ops")
            let path = "/v1/rollouts/r1/tokens/\(long.view.id)"
            #expect(try await server.client("audit").send(Self.request(.DELETE, path)).problem().code == .notGranted)
            for _ in 0..<2 { #expect(try await ops.send(Self.request(.DELETE, path)).status == 204) }
            #expect(try await status(long) == 401)
            #expect(try await ops.send(Self.request(.DELETE, path + "0")).problem().code == .notFound)
            // Past the token's end; the certificates of the connections end, too.
            server.clock.advance(microseconds: 86_400_000_001)
            await #expect(throws: Problem.self) { try await server.api.tokens.check(short.token, rollout: "r1") }
            let views = await server.api.tokens.views(of: "r1")
            #expect(Set(views.map(\.state)) == [.revoked, .expired])
        }
    }

    @Test(arguments: [#"{"days":0}"#, #"{"days":31}"#, #"{"note":"a\nb"}"#])
    func whatATokenCannotBeIsRefused(body: String) async throws {
        try await TestServer.run { server in
            try await Self.createRollouts(server)
            let reply = try await server.client("ops").send(Self.request(.POST, "/v1/rollouts/r1/tokens", body))
            #expect(try reply.problem().code == .malformed)
        }
    }

    /// Uses are counted in memory and written together; the secret is nowhere in the store.
    @Test func usesAreCountedAndTheSecretIsNotKept() async throws {
        try await TestServer.run { server in
            try await Self.createRollouts(server)
            let new = try await Self.create(server, "r1")
            for _ in 0..<3 {
                _ = try await Self.ask(
                    server, Self.request(.GET, "/v1/rollouts/r1/gate/open", bearer: new.token))
            }
            #expect(try await server.store.tokens().map(\.uses) == [0])
            await server.api.tokens.flush()
            await server.api.tokens.flush()
            let row = try #require(try await server.store.tokens().first)
            #expect(row.uses == 3 && row.lastUsedMicroseconds == server.clock.nowMicroseconds())
            let secret = String(new.token.split(separator: "_")[2])
            #expect(secret.count == 64 && row.digest.count == 32)
            #expect(Hex.encode(row.digest) != secret)
            // After a start it is as it was.
            let shelf = TokenShelf(store: server.store, clock: server.clock, logger: Logger(label: "test"))
            try await shelf.restore()
            try await shelf.check(new.token, rollout: "r1")
            #expect(await shelf.views(of: "r1").map(\.uses) == [4])
            await #expect(throws: Problem.self) { try await shelf.check(new.token + "0", rollout: "r1") }
            await #expect(throws: Problem.self) { try await shelf.check(String(new.token.dropLast()), rollout: "r1") }
        }
    }

    @Test func comparisonKnowsEqualFromDifferent() {
        #expect(TokenShelf.isEqual([1, 2], [1, 2]))
        #expect(!TokenShelf.isEqual([1, 2], [1, 3]))
        #expect(!TokenShelf.isEqual([1, 2], [1]))
    }
}
