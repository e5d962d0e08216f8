import Foundation
import Ledger
import Logging
import Shared
import Testing

@testable import Collector

@Suite struct PolicyRoutesTests {
    private static let text = "version: 1\nname: strict\nmin_hours_pass: 30\n"

    private static func post(
        _ path: String, _ body: String, type: String = "application/json"
    ) -> TestClient.Request {
        var request = TestClient.Request(method: .POST, path: "/v1/policies" + path, body: Array(body.utf8))
        request.headers.add(name: "Content-Type", value: type)
        request.headers.add(name: "Idempotency-Key", value: UUID().uuidString)
        return request
    }

    private static func propose(_ text: String) -> TestClient.Request { post("", text, type: "application/yaml") }
    private static func approve(_ name: String, _ digest: String) -> TestClient.Request {
        post("/\(name)/approve", #"{"digest":"\#(digest)"}"#)
    }

    private static func names(_ client: TestClient) async throws -> [String] {
        try await client.get("/v1/policies").json(PolicyPage.self).policies.map {
            "\($0.name) \($0.state.rawValue) \($0.source.rawValue)"
        }
    }

    @Test func onePersonProposesAndAnotherApproves() async throws {
        try await TestServer.run { server in
            let (ops, boss) = (try server.client("ops"), try server.client("boss"))
            let proposed = try await ops.send(Self.propose(Self.text))
            #expect(proposed.status == 201 && proposed.headers.first(name: "Location") == "/v1/policies/strict")
            let view = try proposed.json(PolicyView.self)
            #expect(view.state == .proposed && view.proposedBy == "spiffe://perch.example/perch/person/ops")
            #expect(try await ops.send(Self.propose(Self.text)).status == 200)
            #expect(await server.api.judging.policies.policy(named: "strict") == nil)
            #expect(try await ops.send(Self.approve("strict", view.digest)).problem().code == .notGranted)
            let other = String(repeating: "0", count: 64)
            #expect(try await boss.send(Self.approve("strict", other)).problem().code == .notFound)
            let approved = try await boss.send(Self.approve("strict", view.digest)).json(PolicyView.self)
            #expect(approved.state == .active && approved.approvedBy == "spiffe://perch.example/perch/person/boss")
            #expect(await server.api.judging.policies.policy(named: "strict")?.text == Self.text)
            #expect(try await Self.names(ops) == ["default active built-in", "strict active approval"])
            let texts = try await ops.get("/v1/policies/strict").json(PolicyTexts.self)
            #expect(texts.policies.map(\.text) == [Self.text])
            #expect(try await ops.get("/v1/policies/other").problem().code == .notFound)
        }
    }

    /// Who has both roles is still one person.
    @Test func nobodyApprovesTheirOwn() async throws {
        try await TestServer.run { server in
            let boss = "spiffe://perch.example/perch/person/boss"
            let view = try await server.api.policies.propose(Self.text, by: boss).view
            let reply = try await server.client("boss").send(Self.approve("strict", view.digest))
            #expect(try reply.problem().code == .approvalOwn && reply.status == 409)
        }
    }

    @Test func aPolicyWithMistakesIsRefusedWithLineAndMend() async throws {
        try await TestServer.run { server in
            let text = "version: 1\nname: strict\nmin_hours: 3\nmetrics:\n  cpu: {margin: lots}\n"
            let problem = try await server.client("ops").send(Self.propose(text)).problem()
            #expect(problem.code == .policyInvalid && problem.status == 422)
            #expect(problem.reasons?.count == 2)
            #expect(problem.reasons?.first?.hasPrefix("policy:3: min_hours") == true, "\(problem.reasons ?? [])")
        }
    }

    @Test func aLaterApprovalTakesThePlaceAndARunningRolloutKeepsItsText() async throws {
        try await TestServer.run { server in
            let (ops, boss) = (try server.client("ops"), try server.client("boss"))
            for hours in [30, 40] {
                server.clock.advance(microseconds: 1_000_000)
                let text = "version: 1\nname: strict\nmin_hours_pass: \(hours)\n"
                let view = try await ops.send(Self.propose(text)).json(PolicyView.self)
                #expect(try await boss.send(Self.approve("strict", view.digest)).status == 200)
                guard hours == 30 else { continue }
                let body = RoleTableTests.rollout("r1", new: "n1").replacing("\"default\"", with: "\"strict\"")
                var request = TestClient.Request(method: .POST, path: "/v1/rollouts", body: Array(body.utf8))
                request.headers.add(name: "Content-Type", value: "application/json")
                #expect(try await ops.send(request).status == 201)
            }
            #expect(
                try await Self.names(ops) == [
                    "default active built-in", "strict active approval", "strict replaced approval",
                ])
            let shelf = await server.api.judging.policies
            #expect(shelf.policy(named: "strict")?.document.judge.minHoursPass == 40)
            #expect(await server.api.judging.entry("r1")?.policy.judge.minHoursPass == 30)
            // After a start it is as it was.
            let again = try PolicyShelf(directory: nil)
            let desk = PolicyDesk(
                store: server.store, clock: server.clock, shelf: again, logger: Logger(label: "test"))
            try await desk.restore()
            #expect(again.policy(named: "strict")?.document.judge.minHoursPass == 40)
            #expect(again.policy(named: "strict")?.source == .approval)
        }
    }

    @Test func aFileWinsTheName() async throws {
        let directory = try TestDirectory.make()
        var options = TestServer.Options()
        options.policyDirectory = directory
        try await TestServer.run(options) { server in
            let (ops, boss) = (try server.client("ops"), try server.client("boss"))
            let view = try await ops.send(Self.propose(Self.text)).json(PolicyView.self)
            #expect(try await boss.send(Self.approve("strict", view.digest)).status == 200)
            let shelf = await server.api.judging.policies
            #expect(!shelf.isStale)
            let file = "version: 1\nname: strict\nmin_hours_pass: 50\n"
            try file.write(toFile: directory + "/strict.yaml", atomically: true, encoding: .utf8)
            #expect(shelf.isStale)
            try shelf.reload()
            #expect(!shelf.isStale && shelf.policy(named: "strict")?.document.judge.minHoursPass == 50)
            #expect(
                try await Self.names(ops) == [
                    "default active built-in", "strict active file", "strict shadowed approval",
                ])
            #expect(try await ops.send(Self.propose(Self.text + "# more\n")).problem().code == .conflict)
            // A file with a mistake changes nothing.
            try "name: strict\n".write(toFile: directory + "/strict.yaml", atomically: true, encoding: .utf8)
            #expect(shelf.isStale)
            #expect(throws: PolicyShelf.Unreadable.self) { try shelf.reload() }
            #expect(shelf.policy(named: "strict")?.document.judge.minHoursPass == 50)
            try FileManager.default.removeItem(atPath: directory + "/strict.yaml")
            try shelf.reload()
            #expect(shelf.policy(named: "strict")?.document.judge.minHoursPass == 30)
        }
    }

    /// Proposal and approval are signed; the approval stands under the name by which policies in force are looked up.
    @Test func bothDecisionsAreOnRecord() async throws {
        let store = try TestStore.make()
        let clock = ManualClock(microseconds: 1_000_000_000)
        let scribe = Scribe(key: try SigningKey(seed: Array(repeating: 7, count: 32)))
        let desk = PolicyDesk(
            store: store, clock: clock, shelf: try PolicyShelf(directory: nil), scribe: scribe,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let view = try await desk.propose(Self.text, by: "ops").view
        clock.advance(microseconds: 1_000_000)
        _ = try await desk.approve("strict", digest: view.digest, by: "boss")
        let rows = try await store.statements(kind: "policy", limit: 10)
        #expect(rows.map(\.by) == ["boss", "ops"])
        let files = FilesOnRecord(store: store, clock: clock, scribe: scribe)
        #expect(try await files.lastDigest(.policy, "policy:strict")?.description == view.digest)
        #expect(try await files.lastDigest(.policy, "policy-proposal:strict")?.description == view.digest)
    }
}
