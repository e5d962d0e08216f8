import FoundationEssentials
import NIOHTTP1
import Shared
import Testing

@testable import Collector

@Suite struct HostsTests {
    private static func request(_ method: HTTPMethod, _ path: String, _ body: String = "") -> TestClient.Request {
        var request = TestClient.Request(method: method, path: path, body: Array(body.utf8))
        if !body.isEmpty { request.headers.add(name: "Content-Type", value: "application/json") }
        return request
    }

    @Test func aHostIsRegisteredReportsAndIsShown() async throws {
        try await TestServer.run { server in
            let ops = try server.client("ops")
            let body = #"{"machine_id_digest":"\#(String(repeating: "0A", count: 32))","addresses":"127.0.0.0/8"}"#
            let created = try await ops.send(Self.request(.PUT, "/v1/hosts/db-1", body))
            #expect(created.status == 201)
            #expect(created.headers.first(name: "Location") == "/v1/hosts/db-1")
            #expect(try created.json(HostView.self).state == .pending)
            #expect(try await ops.send(Self.request(.PUT, "/v1/hosts/db-1", body)).status == 200)
            var host = server.host("db-1", instances: ["a", "b"])
            var report = host.next()
            report.machineIDDigest = Data(repeating: 10, count: 32)
            report.agentVersion = "7"
            var run = Perch_V1_ProbeRun()
            run.name = 1
            run.cause = .denied
            report.probes = [run]
            #expect(try await server.post([report], as: "db-1").status == 200)
            let view = try await ops.get("/v1/hosts/db-1").json(HostView.self)
            #expect(view.state == .active && view.instances == 2 && view.agentVersion == "7")
            #expect(view.lastSequence == "1" && !view.lastReportAt.isEmpty && view.troubles == ["a: denied"])
            let page = try await server.client("audit").get("/v1/hosts").json(HostPage.self)
            #expect(page.hosts == [view] && page.waiting.isEmpty)
        }
    }

    @Test func registeringTakesAHostOffTheWaitingList() async throws {
        try await TestServer.run { server in
            var host = server.host("db-3")
            #expect(try await server.post([host.next()], as: "db-3").problem().code == .hostUnknown)
            let ops = try server.client("ops")
            #expect(try await ops.get("/v1/hosts").json(HostPage.self).waiting.map(\.host) == ["db-3"])
            #expect(try await ops.send(Self.request(.PUT, "/v1/hosts/db-3", "{}")).status == 201)
            #expect(try await ops.get("/v1/hosts").json(HostPage.self).waiting.isEmpty)
            #expect(try await server.post([host.next()], as: "db-3").status == 200)
            #expect(try await server.store.waitingHosts().isEmpty)
        }
    }

    @Test(arguments: [
        #"{"machine_id_digest":"00"}"#, #"{"machine_id_digest":"\#(String(repeating: "zz", count: 32))"}"#,
        #"{"addresses":"10.0.0.1/8"}"#, #"{"addresses":7}"#, "[]", "{",
    ])
    func aRegistrationThatCannotBeIsRefused(_ body: String) async throws {
        try await TestServer.run { server in
            let problem = try await server.client("ops").send(Self.request(.PUT, "/v1/hosts/db-1", body)).problem()
            #expect(problem.code == .malformed)
            #expect(await server.api.registry.host("db-1") == nil)
        }
    }

    @Test func changesGoThroughTheRightHandsInTheRightOrder() async throws {
        try await TestServer.run { server in
            let (ops, boss) = (try server.client("ops"), try server.client("boss"))
            func change(_ client: TestClient, _ verb: String) async throws -> TestClient.Reply {
                try await client.send(Self.request(.POST, "/v1/hosts/db-1/\(verb)", #"{"reason":"because"}"#))
            }
            #expect(try await change(boss, "ban").problem().code == .notFound)
            #expect(try await boss.send(Self.request(.PUT, "/v1/hosts/db-1", "{}")).problem().code == .notGranted)
            #expect(try await ops.send(Self.request(.PUT, "/v1/hosts/db-1", "{}")).status == 201)
            #expect(try await change(ops, "retire").problem().code == .conflict)
            #expect(try await change(boss, "unban").problem().code == .conflict)
            #expect(try await change(ops, "ban").problem().code == .notGranted)
            #expect(try await change(boss, "ban").json(HostView.self).state == .banned)
            #expect(try await change(boss, "ban").status == 200)
            #expect(try await ops.send(Self.request(.PUT, "/v1/hosts/db-1", "{}")).problem().code == .conflict)
            #expect(try await change(ops, "unban").problem().code == .notGranted)
            #expect(try await change(boss, "unban").json(HostView.self).state == .pending)
            var host = server.host("db-1")
            #expect(try await server.post([host.next()], as: "db-1").status == 200)
            #expect(try await change(boss, "retire").problem().code == .notGranted)
            #expect(try await change(ops, "retire").json(HostView.self).state == .retired)
            #expect(try await ops.send(Self.request(.PUT, "/v1/hosts/db-1", "{}")).problem().code == .conflict)
            let row = try #require(try await server.store.hosts().first)
            #expect(row.state == .retired && row.reason == "because" && row.changedBy.hasSuffix("/person/ops"))
        }
    }
}
