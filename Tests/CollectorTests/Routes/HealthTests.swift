import Logging
import ServiceLifecycle
import Shared
import Testing

@testable import Collector

@Suite struct HealthTests {
    /// The health router of a running server, asked without its listener.
    private static func health(_ server: TestServer, _ readiness: Readiness) -> Health {
        Health(
            clock: server.clock, registry: server.api.registry, latest: server.api.latest,
            committer: server.api.committer, security: server.api.security, metrics: server.metrics, tls: server.tls,
            readiness: readiness, moreMetrics: { "perch_more 1\n" })
    }

    @Test func readinessTellsWhatIsMissing() async throws {
        let faulty = Handed<FaultyReports>()
        let options = TestServer.Options(reports: { faulty.set(FaultyReports($0)) })
        try await TestServer.run(options) { server in
            let readiness = Readiness()
            let health = Self.health(server, readiness)
            #expect(health.reasons() == ["store is starting", "judging is starting", "api is starting"])
            for part in Readiness.Part.allCases { readiness.isReady(part) }
            #expect(health.reasons().isEmpty)
            try await server.register("db-1")
            var host = server.host("db-1")
            faulty.value?.set(.failing)
            #expect(try await server.post([host.next()], as: "db-1").status == 503)
            #expect(health.reasons() == ["the store could not be written"])
            faulty.value?.set(.working)
            server.clock.advance(microseconds: 1)
            #expect(try await server.post([host.next()], as: "db-1").status == 200)
            #expect(health.reasons().isEmpty)
            server.clock.advance(microseconds: 2 * 86_400 * 1_000_000)
            #expect(health.reasons() == ["the certificate has expired"])
        }
    }

    @Test func theNumbersCountWhatHappened() async throws {
        try await TestServer.run { server in
            try await server.register("db-1")
            var host = server.host("db-1")
            let report = host.next()
            for _ in 0..<2 { #expect(try await server.post([report], as: "db-1").status == 200) }
            _ = try await server.post([host.next()], as: "db-2").problem()
            await #expect(throws: (any Error).self) { try await server.client(nil).get("/") }
            try await eventually("the refusal is counted") { server.metrics.snapshot.refusals[.tls] == 1 }
            let text = await Self.health(server, Readiness()).ownMetrics()
            for line in [
                "perch_reports_committed_total 1", "perch_reports_duplicate_total 1", "perch_reports_conflict_total 0",
                "perch_handshakes_refused_total{reason=\"tls\"} 1",
                "perch_posts_refused_total{code=\"host-unknown\"} 1",
                "perch_hosts{state=\"active\"} 1", "perch_hosts{state=\"waiting\"} 1", "perch_ingest_queue_reports 0",
                "perch_commit_seconds_count 2", "perch_commit_seconds_bucket{le=\"+Inf\"} 2",
            ] { #expect(text.contains("\n\(line)\n"), "\(line)") }
            // Every sample line has its type, once.
            let names = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map {
                $0.split(separator: " ")[2]
            }
            #expect(Set(names).count == names.count && names.count > 10)
        }
    }

    @Test func labelsAreEscaped() {
        #expect(PrometheusText.escaped("a\"b\\c\nd") == "a\\\"b\\\\c\\nd")
    }
}
