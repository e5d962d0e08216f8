import FoundationEssentials
import NIOHTTP1
import Shared
import Testing

@testable import Collector

/// Keys, through a call that needs one.
@Suite struct IdempotencyTests {
    private static let spec = """
        {"id":"r1","artifacts":[{"name":"pkg:deb/x","sha256":"\(String(repeating: "a", count: 64))"}],
        "policy":"default","old":["o1"],"new":["n1"],"pairs":"auto"}
        """

    private static func request(_ path: String, _ body: String, key: String? = nil) -> TestClient.Request {
        var request = TestClient.Request(method: .POST, path: path, body: Array(body.utf8))
        request.headers.add(name: "Content-Type", value: "application/json")
        if let key { request.headers.add(name: "Idempotency-Key", value: key) }
        return request
    }

    private static func rollback(_ reason: String, key: String? = nil) -> TestClient.Request {
        request("/v1/rollouts/r1/rollback", #"{"reason":"\#(reason)"}"#, key: key)
    }

    @Test func theSameKeyGivesTheSameAnswerAndAnotherRequestIsRefused() async throws {
        try await TestServer.run { server in
            let (ops, deploy) = (try server.client("ops"), try server.client("deploy"))
            #expect(try await deploy.send(Self.request("/v1/rollouts", Self.spec)).status == 201)
            let without = try await ops.send(Self.rollback("x")).problem()
            #expect(without.code == .malformed && without.detail.contains("Idempotency-Key"))
            let long = String(repeating: "k", count: Limits.idempotencyKeyBytes + 1)
            #expect(try await ops.send(Self.rollback("x", key: long)).problem().code == .malformed)
            let first = try await ops.send(Self.rollback("x", key: "k1"))
            #expect(first.status == 200)
            let again = try await ops.send(Self.rollback("x", key: "k1"))
            #expect(again.status == 200 && again.body == first.body)
            #expect(again.headers.first(name: "ETag") == first.headers.first(name: "ETag"))
            #expect(try await ops.send(Self.rollback("y", key: "k1")).problem().code == .conflict)
            // A key belongs to its caller.
            #expect(try await deploy.send(Self.rollback("y", key: "k1")).status == 200)
            // And ends after two days.
            server.clock.advance(microseconds: StoredAnswer.keptMicroseconds + 1)
            #expect(try await server.store.forgetAnswers(storedBefore: server.clock.nowMicroseconds()) == 2)
        }
    }

    @Test func aRefusalIsNotKept() async throws {
        try await TestServer.run { server in
            let deploy = try server.client("deploy")
            #expect(try await deploy.send(Self.request("/v1/rollouts", Self.spec)).status == 201)
            let advance = Self.request("/v1/rollouts/r1/advance", #"{"to":"open"}"#, key: "k")
            #expect(try await deploy.send(advance).problem().code == .gateClosed)
            #expect(try await server.store.recall(key: "k", caller: "spiffe://perch.example/perch/tool/deploy") == nil)
        }
    }

    @Test func twoAtOnceRunOnce() async throws {
        try await TestServer.run { server in
            let ops = try server.client("ops")
            #expect(try await ops.send(Self.request("/v1/rollouts", Self.spec)).status == 201)
            let request = Self.rollback("x", key: "k")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for _ in 0..<8 { tasks.addTask { try await ops.send(request).status } }
                return try await tasks.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect(statuses.isSubset(of: [200, 429]) && statuses.contains(200))
            let view = try await ops.get("/v1/rollouts/r1").json(RolloutView.self)
            #expect(view.version == 2)
        }
    }
}
