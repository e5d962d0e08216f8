import Foundation
import Shared
import Testing

@testable import Collector

@Suite struct AlertRoutesTests {
    private static func post(_ path: String) -> TestClient.Request {
        var request = TestClient.Request(method: .POST, path: "/v1/alerts" + path)
        request.headers.add(name: "Idempotency-Key", value: UUID().uuidString)
        return request
    }

    @Test func aTestSaysWhatTheReceiverAnsweredAndDeadAlertsGoAgain() async throws {
        let inbox = try await AlertInbox.open(try await TestPKI.shared())
        var options = TestServer.Options()
        options.receivers = [try TestReceiver.make(inbox)]
        try await TestServer.run(options) { server in
            let ops = try server.client("ops")
            inbox.answer(500)
            let failed = try await ops.send(Self.post("/test")).json(AlertTest.self)
            #expect(failed.outcomes.map(\.isDelivered) == [false] && failed.outcomes[0].status == 500)
            inbox.answer(200)
            let test = try await ops.send(Self.post("/test")).json(AlertTest.self)
            #expect(test.outcomes.map(\.isDelivered) == [true] && test.outcomes[0].detail == "sorry")
            let body = StoredJSON.encoded(
                AlertBody(type: "host.silent", timestamp: "", text: "db-1 is silent", data: AlertData()))
            var row = DeliveryRow(
                id: "0198f1c2", receiver: "inbox", type: "host.silent", createdMicroseconds: 1, body: body,
                nextMicroseconds: 1)
            row.state = .dead
            try await server.store.announce([], removing: [], [row])
            let dead = try await ops.get("/v1/alerts/dead").json(DeadAlerts.self).dead
            #expect(dead.map(\.id) == ["0198f1c2"] && dead.map(\.text) == ["db-1 is silent"])
            #expect(try await ops.send(Self.post("/dead/0198f1c2/retry")).status == 200)
            try await eventually("it arrives") { inbox.types.last == "host.silent" }
            try await eventually("it is gone") { try await server.store.delivery(id: "0198f1c2") == nil }
            #expect(try await ops.send(Self.post("/dead/0198f1c2/retry")).problem().code == .notFound)
            #expect(try await ops.get("/v1/alerts/dead").json(DeadAlerts.self).dead.isEmpty)
        }
        await inbox.close()
    }
}
