import Foundation
import NIOHTTP1
import Rehearsal
import Shared
import Testing

@testable import Collector

/// The recipes of docs/integrations.md against gates that are open, waiting and blocked: curl and Ansible run as they
/// stand there, the requests of the others are sent as their sources send them.
@Suite struct RecipesTests {
    fileprivate struct Gates {
        let server: TestServer
        let tokens: [String: String]

        func path(_ rollout: String) -> String { "/v1/rollouts/\(rollout)/gate/open" }
    }

    private static let states = ["open", "waiting", "blocked"]

    /// Roll-outs named for the state of their gates.
    private static func run(_ body: (Gates) async throws -> Void) async throws {
        let directory = try TestDirectory.make()
        try JudgingServiceTests.policyText.write(
            toFile: directory + "/short.yaml", atomically: true, encoding: .utf8)
        var options = TestServer.Options()
        options.policyDirectory = directory
        try await TestServer.run(options) { server in
            for (index, id) in states.enumerated() {
                let new = index == 0 ? ["n1", "n2"] : ["x\(index)"]
                let spec = RolloutSpec(
                    id: id, artifacts: [.init(name: "pkg:deb/x", sha256: String(repeating: "0", count: 64))],
                    policy: "short", old: index == 0 ? ["o1"] : ["y\(index)"], new: new, pairs: .auto)
                _ = try await server.api.judging.create(spec, by: "tool")
            }
            try await live(server, minutes: 12 * 9)
            _ = try await server.api.judging.rollBack("blocked", reason: "p99 doubled", by: "tool", expecting: nil)
            var tokens: [String: String] = [:]
            for id in states {
                let state = await server.api.judging.gate(id, .open)
                try #require(state?.state.rawValue == id, "\(state?.reasons ?? [])")
                tokens[id] = try await server.api.tokens.create(TokenRequest(), rollout: id, by: "ops").token
            }
            try await body(Gates(server: server, tokens: tokens))
        }
    }

    /// Healthy hosts that report for so long.
    private static func live(_ server: TestServer, minutes: Int) async throws {
        let start = server.clock.nowMicroseconds() / 1_000_000
        let names = ["a", "b", "c", "d", "e", "f"]
        var hosts = [
            SyntheticHost("o1", instances: names, startSeconds: start, intervalSeconds: 30),
            SyntheticHost("n1", instances: Array(names[..<3]), startSeconds: start, intervalSeconds: 30),
            SyntheticHost("n2", instances: Array(names[3...]), startSeconds: start, intervalSeconds: 30),
        ]
        for _ in 0..<(minutes * 2) {
            server.clock.advance(microseconds: 30_000_000)
            let now = server.clock.nowMicroseconds()
            for index in hosts.indices {
                let report = hosts[index].next()
                await server.api.judging.committed([
                    CommittedReport(
                        report: report, receivedMicroseconds: now, skewMicroseconds: 0, address: "127.0.0.1")
                ])
            }
            await server.api.judging.tick()
        }
    }

    // MARK: The documents

    private static func recipe(
        _ heading: String, _ rollout: String, _ server: TestServer, _ more: [(String, String)] = []
    ) throws -> String {
        let pki = server.pki
        let words = [
            ("https://collector:8443", "https://localhost:\(server.port)"), ("2026-11-redis-tls", rollout),
            ("ca.pem", pki.certificate("ca")), (" c.pem", " " + pki.certificate("audit")),
            (" k.pem", " " + pki.key("audit")),
        ]
        return try Recipe.text(heading, replacing: words + more)
    }

    // MARK: Run for real

    @Test func curlAsInTheDocuments() async throws {
        try await Self.run { gates in
            for (state, status) in [("open", 0), ("waiting", 22), ("blocked", 22)] as [(String, Int32)] {
                let text = try Self.recipe("curl", state, gates.server)
                let end = try await Subprocess.run("/bin/sh", ["-c", text], in: TestDirectory.make())
                #expect(end.status == status, "\(state): \(end.text)")
                let summary = await gates.server.api.judging.gate(state, .open)?.summary
                #expect(end.text.trimmingCharacters(in: .whitespacesAndNewlines).hasPrefix(summary ?? "?"))
            }
        }
    }

    @Test func ansibleAsInTheDocuments() async throws {
        let ansible = try await PythonTools.program("ansible-playbook")
        let python = try await PythonTools.program("python3")
        try await Self.run { gates in
            for (state, status) in [("open", 0), ("blocked", 2), ("waiting", 2)] as [(String, Int32)] {
                let directory = try TestDirectory.make()
                let text = try Self.recipe(
                    "Ansible", state, gates.server, [("retries: 360", "retries: 2"), ("delay: 60", "delay: 0")])
                try text.write(toFile: directory + "/gate.yml", atomically: true, encoding: .utf8)
                let end = try await Subprocess.run(
                    ansible,
                    ["-i", "localhost,", "-c", "local", "-e", "ansible_python_interpreter=\(python)", "gate.yml"],
                    in: directory)
                #expect(end.status == status, "\(state): \(end.text)")
                #expect(end.text.contains("FAILED - RETRYING") == (state == "waiting"), "\(end.text)")
            }
        }
    }

    // MARK: As their sources send

    /// A GET with the configured headers; any 2xx is read with the JSON path.
    @Test func argoRolloutsWebMetric() async throws {
        try await Self.run { gates in
            for state in Self.states {
                var request = TestClient.Request(path: gates.path(state))
                request.headers.add(name: "User-Agent", value: "Go-http-client/1.1")
                request.headers.add(name: "Accept-Encoding", value: "gzip")
                request.headers.add(name: "Authorization", value: "Bearer \(gates.tokens[state] ?? "")")
                let reply = try await gates.ask(request)
                #expect(reply.status == 200 && reply.headers.first(name: "Content-Type") == "application/json")
                let value = try JSONSerialization.jsonObject(with: Data(reply.body)) as? [String: Any]
                #expect(value?["state"] as? String == state)
            }
        }
    }

    /// A POST without headers of one's own; above 202 it is a failure, whose body is shown.
    @Test(arguments: [
        ("", ["open": 200, "waiting": 412, "blocked": 412]),
        ("?rollback", ["open": 412, "waiting": 412, "blocked": 200]),
    ])
    func flaggerWebhook(query: String, statuses: [String: Int]) async throws {
        try await Self.run { gates in
            for state in Self.states {
                let body =
                    #"{"name":"podinfo","namespace":"test","phase":"Progressing","checksum":"85d557f47b","#
                    + #""buildId":"","type":"rollout","metadata":{"token":"\#(gates.tokens[state] ?? "")"}}"#
                var request = TestClient.Request(
                    method: .POST, path: gates.path(state) + query, body: Array(body.utf8))
                request.headers.add(name: "Content-Type", value: "application/json")
                request.headers.add(name: "User-Agent", value: "Go-http-client/1.1")
                request.headers.add(name: "Accept-Encoding", value: "gzip")
                let reply = try await gates.ask(request)
                #expect(reply.status == statuses[state], "\(state)\(query): \(reply.text)")
                #expect(!reply.text.isEmpty && reply.text.split(separator: "\n").count == 1)
            }
        }
    }

    /// With Orca's certificate: the stage's own request, then the status address until the path says something final.
    @Test func spinnakerWebhookStage() async throws {
        try await Self.run { gates in
            let client = try gates.server.client("audit")
            for state in Self.states {
                for path in [gates.path(state), gates.path(state)] {
                    var request = TestClient.Request(path: path)
                    request.headers.add(name: "Accept", value: "application/json, application/*+json")
                    request.headers.add(name: "Content-Type", value: "application/json")
                    request.headers.add(name: "User-Agent", value: "okhttp/4.5.0")
                    let reply = try await client.send(request)
                    let value = try JSONSerialization.jsonObject(with: Data(reply.body)) as? [String: Any]
                    #expect(reply.status == 200 && value?["state"] as? String == state)
                    #expect((value?["summary"] as? String)?.isEmpty == false)
                }
            }
        }
    }
}

extension RecipesTests.Gates {
    /// At the tokens' listener.
    fileprivate func ask(_ request: TestClient.Request) async throws -> TestClient.Reply {
        try await TestClient(server.pki, port: server.tokenPort, as: nil).send(request)
    }
}
