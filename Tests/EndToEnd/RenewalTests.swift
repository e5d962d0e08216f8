import Foundation
import Rehearsal
import Shared
import Testing

/// Certificates, keys and the authority itself are exchanged under load, as docs/enrolment.md tells operators to: the
/// collector reloads, the agent is restarted as its path unit would, and no report is lost or doubled.
@Suite struct RenewalTests {
    @Test(.timeLimit(.minutes(2)))
    func certificateKeyAndAuthorityChangeWithoutALostReport() async throws {
        try await Scene.play("renewal") { scene in
            let fleet = try await RedisFleet.start([("db-1", ["a"])], in: scene)
            let load = Load(Load.spread(fleet, commandsPerSecond: 200...200))
            load.start()
            let site = try await Site.open(scene, hosts: ["db-1"])
            let agent = try await site.agent("db-1", fleet)
            let collector = try #require(site.collector.program)
            try await site.waitForReports("db-1", more: 5, seconds: 30)
            // Another certificate and key from the same authority, put in place by `issue` itself.
            let renewed = try await site.authority.issue(.agent, "db-1")
            let files = Files(collector: site.collector.credentials, agent: renewed)
            try await takeUp(site, agent)

            // Another authority: first both are trusted everywhere, then everybody changes, then the old one goes.
            let next = try await CertificateAuthority.create(in: scene, label: "pki-next")
            let old = try String(contentsOfFile: files.authority, encoding: .utf8)
            let new = try String(contentsOfFile: next.certificate, encoding: .utf8)
            try replace(files.authority, with: old + new)
            try await takeUp(site, agent)
            try files.put(collector: try await next.issue(.collector, "main"))
            try await takeUp(site, agent)
            try files.put(agent: try await next.issue(.agent, "db-1"))
            try await takeUp(site, agent)
            try replace(files.authority, with: new)
            try await takeUp(site, agent)

            #expect(await agent.program?.stop() == .exited(0))
            await load.stop()
            #expect(collector.ended == nil, "the collector was to go on all the time")
            #expect(site.collector.program?.pid == collector.pid)
            let runs = try await site.runs("db-1")
            #expect(runs.count == 6, "\(runs)")
            for run in runs { #expect(run.isContiguousFromOne, "\(run)") }
            // What a run made last came with the next one, or was delivered before it ended: no hole in time.
            let longest = try await site.query(
                "SELECT max(gap) FROM (SELECT time_us - lag(time_us) OVER (ORDER BY time_us) AS gap FROM reports)")
            let gap = try #require(longest.first?.first.flatMap(Int.init))
            #expect(gap < 5_000_000, "\(gap) us without a report")
        }
    }

    /// The collector reads its files again, the agent starts anew; then both have to work together with them.
    private func takeUp(_ site: Site, _ agent: AgentProcess) async throws {
        let collector = try #require(site.collector.program)
        collector.signal(SIGHUP)
        #expect(await agent.program?.stop() == .exited(0))
        try agent.start()
        try await site.waitForReports("db-1", more: 5, seconds: 30)
    }
}

/// Where collector and agent look for their certificates; both trust the same file here.
private struct Files {
    let collector: CertificateAuthority.Credentials
    let agent: CertificateAuthority.Credentials
    var authority: String { agent.authority }

    func put(collector new: CertificateAuthority.Credentials) throws { try Self.put(new, at: collector) }
    func put(agent new: CertificateAuthority.Credentials) throws { try Self.put(new, at: agent) }

    private static func put(
        _ new: CertificateAuthority.Credentials, at place: CertificateAuthority.Credentials
    ) throws {
        try replace(place.key, with: try String(contentsOfFile: new.key, encoding: .utf8))
        try replace(place.certificate, with: try String(contentsOfFile: new.certificate, encoding: .utf8))
    }
}

/// Whole or not at all, as any careful PKI client does it.
private func replace(_ path: String, with text: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
}
