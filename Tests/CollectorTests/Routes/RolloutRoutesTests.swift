import Foundation
import Shared
import Testing

@testable import Collector

/// Roll-outs and what changes them, over a real connection, by role.
@Suite struct RolloutRoutesTests {
    private static let digest = String(repeating: "a", count: 64)
    private static let yaml = """
        id: r1
        policy: default
        artifacts: [{ name: "pkg:deb/debian/redis-server", sha256: \(digest) }]
        old: [o1]
        new: [n1]
        pairs: auto
        """

    private static func post(_ path: String, _ body: some Encodable, key: String? = UUID().uuidString) throws
        -> TestClient.Request
    {
        var request = TestClient.Request(
            method: .POST, path: "/v1/rollouts" + path, body: Array(try JSONEncoder().encode(body)))
        request.headers.add(name: "Content-Type", value: "application/json")
        if let key { request.headers.add(name: "Idempotency-Key", value: key) }
        return request
    }

    private static func get(_ path: String) -> TestClient.Request {
        TestClient.Request(method: .GET, path: "/v1/rollouts" + path)
    }

    private static func create(_ client: TestClient, _ text: String = yaml) async throws -> TestClient.Reply {
        var request = TestClient.Request(method: .POST, path: "/v1/rollouts", body: Array(text.utf8))
        request.headers.add(name: "Content-Type", value: "application/yaml")
        return try await client.send(request)
    }

    private static let reason = "the switch in rack 4 was being replaced"

    @Test func aRolloutIsCreatedReadAndChangedByThoseWhoMay() async throws {
        try await TestServer.run { server in
            let (deploy, boss, audit) = (
                try server.client("deploy"), try server.client("boss"), try server.client("audit")
            )
            #expect(try await Self.create(audit).problem().code == .notGranted)
            let created = try await Self.create(deploy)
            #expect(created.status == 201 && created.headers.first(name: "Location") == "/v1/rollouts/r1")
            #expect(try await Self.create(deploy).status == 200)
            #expect(try await audit.send(Self.get("/r1")).json(RolloutView.self).judging == 1)
            let moves = MovesRequest(moves: [RolloutSpec.Move(name: "a", from: "o1", to: "n1")])
            #expect(try await audit.send(Self.post("/r1/moves", moves)).problem().code == .notGranted)
            #expect(try await deploy.send(Self.post("/r1/moves", moves, key: nil)).problem().code == .malformed)
            #expect(try await deploy.send(Self.post("/r1/moves", moves)).json(RolloutView.self).version == 2)
            let artifacts = ArtifactsRequest(artifacts: [.init(name: "pkg:deb/x", sha256: Self.digest)])
            let replaced = try await deploy.send(Self.post("/r1/artifacts", artifacts)).json(RolloutView.self)
            #expect(replaced.judging == 2 && replaced.version == 3)
            let short = ArtifactsRequest(artifacts: [.init(name: "pkg:deb/x", sha256: "abc")])
            #expect(try await deploy.send(Self.post("/r1/artifacts", short)).problem().code == .malformed)
            let back = try await deploy.send(Self.post("/r1/rollback", RollbackRequest(reason: "enough")))
            let view = try back.json(RolloutView.self)
            #expect(view.stage == .rolledBack)
            #expect(view.moveBack == [RolloutSpec.Move(name: "a", from: "n1", to: "o1")])
            #expect(try await boss.send(Self.get("/r1")).status == 200)
        }
    }

    @Test func onlyApproversInvalidateAndOverride() async throws {
        try await TestServer.run { server in
            let (deploy, boss) = (try server.client("deploy"), try server.client("boss"))
            #expect(try await Self.create(deploy).status == 201)
            let now = server.clock.nowMicroseconds()
            let invalidate = InvalidateRequest(
                host: "n1", from: Timestamp.text(microseconds: now - 600_000_000),
                to: Timestamp.text(microseconds: now - 300_000_000), reason: Self.reason)
            #expect(try await deploy.send(Self.post("/r1/invalidate", invalidate)).problem().code == .notGranted)
            let view = try await boss.send(Self.post("/r1/invalidate", invalidate)).json(RolloutView.self)
            #expect(view.judging == 2)
            var unexplained = invalidate
            unexplained.reason = "oops"
            #expect(try await boss.send(Self.post("/r1/invalidate", unexplained)).problem().code == .malformed)
            let override = OverrideRequest(
                verdictID: "none", checks: ["fleet.p99.interval"],
                until: Timestamp.text(microseconds: now + 3_600_000_000), reason: Self.reason)
            #expect(try await deploy.send(Self.post("/r1/override", override)).problem().code == .notGranted)
            // There is no verdict to accept anything of.
            #expect(try await boss.send(Self.post("/r1/override", override)).problem().code == .conflict)
            #expect(
                try await deploy.send(Self.post("/r1/rejudge?policy=none", [String]())).problem().code
                    == .policyInvalid)
            #expect(try await deploy.send(Self.post("/r1/rejudge", [String]())).problem().code == .malformed)
            #expect(try await deploy.send(Self.get("/r1/rejudged")).json(RejudgedList.self).verdicts.isEmpty)
        }
    }

    @Test func aGateAnswersAndARefusedAdvanceSaysWhy() async throws {
        try await TestServer.run { server in
            let deploy = try server.client("deploy")
            #expect(try await Self.create(deploy).status == 201)
            let gate = try await deploy.send(Self.get("/r1/gate/open"))
            let answer = try gate.json(GateAnswer.self)
            #expect(gate.status == 200 && !answer.ok && answer.state == .waiting && answer.verdict == .inconclusive)
            #expect(String(decoding: gate.body, as: UTF8.self).contains("\"override\":null"))
            let strict = try await deploy.send(Self.get("/r1/gate/open?strict"))
            #expect(strict.status == 412 && strict.headers.first(name: "Content-Type")?.hasPrefix("text/plain") == true)
            let refused = try await deploy.send(Self.post("/r1/advance", AdvanceRequest(to: .open))).problem()
            #expect(refused.code == .gateClosed && refused.reasons?.isEmpty == false)
            #expect(try await deploy.send(Self.get("/r1/gate/nothing")).problem().code == .malformed)
            #expect(try await deploy.send(Self.get("/r1/verdict")).problem().code == .notFound)
        }
    }
}
