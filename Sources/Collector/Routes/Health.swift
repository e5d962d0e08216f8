import Hummingbird
import Shared

/// What the second listener tells: whether the process lives, whether it can do its work, and its own numbers. Plain
/// HTTP, on loopback unless configured otherwise, without identities: nothing here may speak of a roll-out's contents.
struct Health: Sendable {
    let clock: any WallClock
    let registry: HostRegistry
    let latest: LatestReports
    let committer: Committer
    let security: SecurityLog
    let metrics: Metrics
    let tls: TLSSource
    let readiness: Readiness
    /// Further lines of /metrics, from other parts of the collector.
    let moreMetrics: @Sendable () async -> String

    /// A store that failed so lately may fail again.
    static let storeErrorSeconds: UInt64 = 30

    func router() -> Router<PerchRequestContext> {
        let methods = MethodTable()
        let router = Router(context: PerchRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware(clock: clock, needsPeer: false, routes: methods))
        router.get("/healthz") { _, _ in Self.text("ok\n") }
        router.get("/readyz") { _, _ in
            let reasons = reasons()
            return reasons.isEmpty
                ? Self.text("ready\n")
                : Self.text(reasons.map { $0 + "\n" }.joined(), .serviceUnavailable)
        }
        router.get("/metrics") { _, _ in
            var answer = Self.text(await ownMetrics() + moreMetrics())
            answer.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
            return answer
        }
        methods.fill(from: router)
        return router
    }

    private static func text(_ text: String, _ status: HTTPResponse.Status = .ok) -> Answer {
        Answer(
            status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: Array(text.utf8))
    }

    /// Why no work can be done now; empty: it can.
    func reasons() -> [String] {
        var reasons = readiness.missing.map { "\($0) is starting" }
        if tls.context == nil { reasons.append("the certificate has expired") }
        if committer.isFull { reasons.append("the queue before the store is full") }
        let values = metrics.snapshot
        let age = clock.nowMicroseconds() - min(values.lastStoreErrorMicroseconds, clock.nowMicroseconds())
        let isRecent = values.lastStoreErrorMicroseconds > 0 && age < Self.storeErrorSeconds * 1_000_000
        if isRecent, values.lastStoreErrorMicroseconds > values.lastCommitMicroseconds {
            reasons.append("the store could not be written")
        }
        return reasons
    }

    func ownMetrics() async -> String {
        let values = metrics.snapshot
        var text = PrometheusText()
        text.counter("perch_connections_total", "Connections with a verified identity.", values.connections)
        text.counters(
            "perch_handshakes_refused_total", "Connections refused before their first request.", "reason",
            Metrics.Refusal.allCases.map { ($0.rawValue, values.refusals[$0] ?? 0) })
        text.counter("perch_reports_committed_total", "Reports on disk.", values.reportsCommitted)
        text.counter("perch_reports_duplicate_total", "Reports that were there already.", values.duplicates)
        text.counter("perch_reports_conflict_total", "Sequence numbers with other content.", values.conflicts)
        text.counter("perch_ingest_overloaded_total", "Posts refused because the queue was full.", values.overloads)
        text.counters(
            "perch_posts_refused_total", "Refused posts of reports.", "code",
            values.refusedPosts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        text.counter(
            "perch_tokens_refused_total", "Questions with a missing or invalid token.", values.tokensRefused)
        text.counter("perch_store_errors_total", "Commits that the store refused.", values.storeErrors)
        text.gauge("perch_ingest_queue_reports", "Reports that wait for their commit.", committer.queueLength)
        text.histogram("perch_commit_seconds", "Time of one commit.", values.commits)
        text.counter("perch_tls_reload_failures_total", "Certificate sets that were refused.", values.reloadFailures)
        text.gauge(
            "perch_tls_not_after_seconds", "End of the collector's certificate.",
            Int(tls.material.identity.notAfterSeconds))
        text.counters(
            "perch_security_events_total", "Things that a person should look at.", "kind",
            SecurityEvent.Kind.allCases.map { ($0.rawValue, security.counts[$0] ?? 0) })
        let states = await registry.countsByState()
        let waiting = await registry.waitingRows.count
        text.gauges(
            "perch_hosts", "Registered hosts.", "state",
            [.pending, .active, .retired, .banned].map { ($0.rawValue, states[$0] ?? 0) } + [("waiting", waiting)])
        return text.text
    }
}
