import NIOCore
import NIOHTTP1
import NIOPosix
import Shared
import Testing

@testable import Collector

/// Connections and answers of the API port, over real TLS.
@Suite struct EdgeTests {
    @Test func unknownAddressesAndMethodsAreProblemsToo() async throws {
        try await TestServer.run { server in
            let ops = try server.client("ops")
            #expect(try await ops.get("/nothing").problem().code == .notFound)
            #expect(try await ops.get("/v1/hosts/none").problem().code == .notFound)
            #expect(try await ops.get("/v1/hosts/a%2Fb").problem().code == .notFound)
            let wrong = try await ops.send(TestClient.Request(method: .DELETE, path: "/v1/hosts/db-1"))
            #expect(try wrong.problem().code == .methodNotAllowed)
            #expect(wrong.headers.first(name: "Allow") == "GET, PUT")
            let query = try await ops.get("/v1/hosts?colour=red").problem()
            #expect(query.code == .malformed && query.detail.contains("colour"))
            #expect(try await ops.get("/v1/hosts?").status == 200)
        }
    }

    @Test func anAnswerThatIsKnownIsNotSentAgain() async throws {
        try await TestServer.run { server in
            let ops = try server.client("ops")
            let first = try await ops.get("/v1/hosts")
            let tag = try #require(first.headers.first(name: "ETag"))
            let again = try await ops.get("/v1/hosts", headers: ["If-None-Match": "\"x\", \(tag)"])
            #expect(again.status == 304 && again.body.isEmpty)
            try await server.register("db-1")
            #expect(try await ops.get("/v1/hosts", headers: ["If-None-Match": tag]).status == 200)
        }
    }

    @Test func aConnectionEndsAfterItsRequests() async throws {
        let bounds = ConnectionLimits.Bounds(requests: 3)
        try await TestServer.run(TestServer.Options(connections: bounds)) { server in
            let request = TestClient.Request(path: "/v1/hosts")
            try await server.client("ops").conversation { exchange in
                for number in 1...3 {
                    let reply = try await exchange.send(request)
                    #expect(reply.status == 200)
                    #expect(reply.headers.first(name: "Connection") == (number == 3 ? "close" : nil))
                }
                var rest = exchange
                await #expect(throws: (any Error).self) { try await rest.send(request) }
                exchange = rest
            }
        }
    }

    @Test func anIdleConnectionEndsWithItsAge() async throws {
        let bounds = ConnectionLimits.Bounds(ageSeconds: 0.2)
        try await TestServer.run(TestServer.Options(connections: bounds)) { server in
            try await server.client("ops").waitForClose()
        }
    }

    @Test func aBodyThatDoesNotArriveEndsTheConnection() async throws {
        let bounds = ConnectionLimits.Bounds(bodySeconds: 1)
        try await TestServer.run(TestServer.Options(connections: bounds)) { server in
            try await server.register("db-1")
            var request = TestServer.request(body: [0x0a])
            request.headers.add(name: "Transfer-Encoding", value: "chunked")
            request.isCutShort = true
            let sent = request
            await #expect(throws: (any Error).self) { try await server.client("db-1").send(sent) }
        }
    }

    @Test func aPeerThatSaysNothingIsSentAwayAfterTheDeadline() async throws {
        try await TestServer.run { server in
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: server.port).get()
            let begin = ContinuousClock.now
            try await channel.closeFuture.get()
            #expect(ContinuousClock.now - begin > .seconds(Limits.handshakeSeconds - 1))
            #expect(server.metrics.snapshot.refusals[.deadline] == 1)
        }
    }

    @Test func whatIsNoHTTPIsToldSo() async throws {
        try await TestServer.run { server in
            let reply = try await server.client("ops").send(
                TestClient.Request(path: "/v1/hosts", headers: ["X": String(repeating: "x", count: 20_000)]))
            #expect(reply.status == 400)
            #expect(reply.text.contains("\"code\":\"malformed\""))
        }
    }

    @Test func twoAddressesInTurnsAreRefusedUntilAnOperatorLooked() async throws {
        try await TestServer.run { server in
            try await server.register("db-1")
            var host = server.host("db-1")
            #expect(try await server.post([host.next()], as: "db-1").status == 200)
            // The other place, as the registry would see it.
            let knock = Host.Knock(machineIDDigest: [], address: "127.0.0.2", caller: "x")
            try await server.api.registry.admit("db-1", knock)
            #expect(try await server.post([host.next()], as: "db-1").problem().code == .hostDuplicate)
            #expect(try await server.post([host.next()], as: "db-1").problem().code == .hostDuplicate)
            #expect(try await server.store.events(limit: 9).map(\.kind) == [.hostDuplicate])
            var put = TestClient.Request(method: .PUT, path: "/v1/hosts/db-1", body: Array("{}".utf8))
            put.headers.add(name: "Content-Type", value: "application/json")
            #expect(try await server.client("ops").send(put).status == 200)
            #expect(try await server.post([host.next()], as: "db-1").status == 200)
        }
    }
}
