import Foundation
import Logging
import Shared
import Testing

@testable import Collector

/// The collector's /metrics, and the dashboard and alert rules in docs/ that read them.
@Suite struct MonitoringTests {
    private static let docs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/monitoring")

    /// With a roll-out, a host and a receiver, so that every family has a sample.
    private static func metrics() async throws -> String {
        let inbox = try await AlertInbox.open(try await TestPKI.shared())
        var options = TestServer.Options()
        options.receivers = [try TestReceiver.make(inbox)]
        var text = ""
        try await TestServer.run(options) { server in
            var request = TestClient.Request(
                method: .POST, path: "/v1/rollouts", body: Array(RoleTableTests.rollout("r1", new: "n1").utf8))
            request.headers.add(name: "Content-Type", value: "application/json")
            #expect(try await server.client("ops").send(request).status == 201)
            try await server.register("db-1")
            // Counted by its refusal.
            #expect(try await server.post(body: [], as: "db-2").status == 403)
            let health = Health(
                clock: server.clock, registry: server.api.registry, latest: server.api.latest,
                committer: server.api.committer, security: server.api.security, metrics: server.metrics,
                tls: server.tls, readiness: Readiness(),
                moreMetrics: { await server.api.judging.metricsText + server.api.alerts.metricsText })
            text = await health.ownMetrics() + health.moreMetrics()
        }
        await inbox.close()
        return text
    }

    @Test func promtoolFindsNoFault() async throws {
        #expect(try MetricsText.faults(try await Self.metrics()) == "")
    }

    @Test func theCheckFindsAFault() throws {
        #expect(try MetricsText.faults("# TYPE perch_x counter\nperch_x 1\n") != "")
    }

    @Test(arguments: ["alert-rules.yml", "grafana-dashboard.json"])
    func everyNameInTheDocumentsExists(file: String) async throws {
        let known = MetricsText.names(try await Self.metrics())
        let text = try String(contentsOf: Self.docs.appending(path: file), encoding: .utf8)
        let used = Set(text.matches(of: /perch_[a-z_]+/).map { String($0.output) })
        #expect(used.count > 5)
        #expect(used.subtracting(known) == [])
    }

    @Test func promtoolTakesTheRules() throws {
        let output = try MetricsText.promtool(["check", "rules", Self.docs.appending(path: "alert-rules.yml").path])
        #expect(output.status == 0, "\(output.text)")
    }

    @Test func theDashboardIsJSONWithPanelsThatAskSomething() throws {
        let data = try Data(contentsOf: Self.docs.appending(path: "grafana-dashboard.json"))
        let board = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let panels = try #require(board["panels"] as? [[String: Any]])
        #expect(panels.count >= 8)
        for panel in panels where panel["type"] as? String != "row" {
            let targets = try #require(panel["targets"] as? [[String: Any]])
            #expect(!targets.isEmpty && targets.allSatisfy { ($0["expr"] as? String)?.isEmpty == false })
        }
    }
}

/// Prometheus' own opinion of a text.
enum MetricsText {
    /// Names of samples, as they stand in a query.
    static func names(_ text: String) -> Set<String> {
        Set(
            text.split(separator: "\n").filter { !$0.hasPrefix("#") }
                .map { String($0.prefix { $0 != " " && $0 != "{" }) })
    }

    /// What `promtool check metrics` has to say; empty when all is well.
    static func faults(_ text: String) throws -> String {
        let output = try promtool(["check", "metrics"], input: text)
        return output.status == 0 && output.text.isEmpty ? "" : "\(output.status): \(output.text)"
    }

    static func promtool(_ arguments: [String], input: String = "") throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/promtool")
        process.arguments = arguments
        let (stdin, output) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
