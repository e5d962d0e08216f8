import Foundation
import Logging
import Shared
import Testing

@testable import Collector

@Suite struct AccessRoutesTests {
    private static func post(_ path: String, _ body: some Encodable) throws -> TestClient.Request {
        var request = TestClient.Request(
            method: .POST, path: "/v1/access-requests" + path, body: Array(try JSONEncoder().encode(body)))
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Idempotency-Key", value: UUID().uuidString)
        return request
    }

    private static func get(_ path: String) -> TestClient.Request {
        TestClient.Request(method: .GET, path: "/v1/access-requests" + path)
    }

    @Test func aRequestIsAskedApprovedAndAnsweredForAtTheDoor() async throws {
        try await TestServer.run { server in
            let (ops, boss) = (try server.client("ops"), try server.client("boss"))
            let now = server.clock.nowMicroseconds()
            let ask = AccessAsk(
                user: "ada", hosts: ["db-7"], from: Timestamp.text(microseconds: now),
                reason: "the journal of db-7 cannot be read", ticket: "INC-42")
            let asked = try await ops.send(Self.post("", ask))
            #expect(asked.status == 201)
            let view = try asked.json(AccessView.self)
            #expect(asked.headers.first(name: "Location") == "/v1/access-requests/\(view.id)")
            func isAuthorized(_ user: String, _ host: String) async throws -> Bool {
                try await ops.send(Self.get("/authorized?host=\(host)&user=\(user)")).json(AccessAnswer.self).authorized
            }
            #expect(try await !isAuthorized("ada", "db-7"))
            #expect(
                try await ops.send(Self.post("/\(view.id)/approve", AccessDecision())).problem().code == .notGranted)
            let approved = try await boss.send(Self.post("/\(view.id)/approve", AccessDecision(reason: "fine")))
            #expect(try approved.json(AccessView.self).state == .approved)
            #expect(try await isAuthorized("ada", "db-7"))
            #expect(try await !isAuthorized("ada", "db-8"))
            #expect(try await !isAuthorized("eve", "db-7"))
            // The rules know of it.
            #expect(await server.api.judging.records.accesses.map(\.user) == ["ada"])
            let again = try await boss.send(Self.post("/\(view.id)/deny", AccessDecision()))
            #expect(try again.problem().code == .conflict)
            let ended = try await ops.send(Self.post("/\(view.id)/end", AccessDecision()))
            #expect(try ended.json(AccessView.self).state == .ended)
            #expect(try await !isAuthorized("ada", "db-7"))
            // After a start it is as it was.
            let desk = AccessDesk(
                store: server.store, clock: server.clock, judging: server.api.judging,
                logger: Logger(label: "test"))
            try await desk.restore()
            #expect(await desk.view(view.id)?.state == .ended)
            #expect(try await ops.send(Self.get("")).json(AccessPage.self).requests.map(\.id) == [view.id])
        }
    }

    @Test func whoMayNotAskOrReadIsRefused() async throws {
        try await TestServer.run { server in
            let deploy = try server.client("deploy")
            #expect(try await deploy.send(Self.get("")).problem().code == .notGranted)
            let ask = AccessAsk(user: "ada", hosts: ["db-7"], from: "x", reason: "", ticket: "")
            #expect(try await deploy.send(Self.post("", ask)).problem().code == .notGranted)
            let ops = try server.client("ops")
            #expect(try await ops.send(Self.post("", ask)).problem().code == .malformed)
            #expect(try await ops.send(Self.get("/authorized?host=db-7")).problem().code == .malformed)
            #expect(try await ops.send(Self.get("/nothing")).problem().code == .notFound)
        }
    }
}
