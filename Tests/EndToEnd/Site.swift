import Foundation
import Rehearsal
import Shared

/// A collector with its people and hosts, in a scene of its own: what the tests of this target begin with.
struct Site: Sendable {
    let scene: Scene
    let authority: CertificateAuthority
    let collector: CollectorProcess
    let tool: Perchctl
    let person: Perchctl
    let auditor: Perchctl

    /// Blocks of a second, so that an hour of the Judge is 12 s.
    static let policy = """
        version: 1
        name: quick
        block_seconds: 1
        min_hours_pass: 4
        metrics:
          cpu: { level: fail, margin: 60% }
          err: { level: fail, factor: 1.5 }
          service: { level: observe }
          p50: { level: observe }
          p99: { level: observe }
          mem: { level: observe }
          net: { level: observe }
          disk: { level: observe }
          slow: { level: observe }
          log: { level: observe }
        rules:
          port_allowlist: { level: observe }
          port_expected: { level: observe }
          journal_new: { level: observe }
          package_version: { level: observe }
          unapproved_login: { level: observe }
          rdb_freshness: { level: observe }
        gates:
          open: { age: 1s, min_pairs: 1, min_hosts: 1 }

        """

    static let pace = AgentProcess.Pace(reportMilliseconds: 200, pingMilliseconds: 50)

    /// A listening collector that knows these hosts.
    static func open(_ scene: Scene, hosts: [String]) async throws -> Site {
        let authority = try await CertificateAuthority.create(in: scene)
        let deployer = try await authority.issue(.tool, "deploy")
        let person = try await authority.issue(.person, "operator")
        let auditor = try await authority.issue(.person, "auditor")
        let collector = try await CollectorProcess(
            in: scene, authority: authority, policies: ["quick.yaml": policy],
            grants: [
                .init(deployer.identity, "deployer"), .init(person.identity, "operator"),
                .init(auditor.identity, "auditor"),
            ])
        try await collector.start()
        let site = Site(
            scene: scene, authority: authority, collector: collector,
            tool: Perchctl(scene, as: deployer, at: collector), person: Perchctl(scene, as: person, at: collector),
            auditor: Perchctl(scene, as: auditor, at: collector))
        for host in hosts { try await site.succeed("host", "approve", host) }
        return site
    }

    /// perchctl as the operator; anything but exit code 0 throws.
    func succeed(_ arguments: String...) async throws {
        let output = try await person.run(arguments)
        guard output.isSuccess else {
            throw RehearsalError.ended(
                program: "perchctl " + arguments.joined(separator: " "), how: output.end.description,
                lastLines: output.standardError)
        }
    }

    /// Makes an agent for a host and starts it.
    func agent(_ host: String, _ fleet: RedisFleet, pace: AgentProcess.Pace = pace) async throws -> AgentProcess {
        let agent = try AgentProcess(
            in: scene, host: host, servers: fleet.on(host), pace: pace, collector: collector,
            credentials: try await authority.issue(.agent, host))
        try agent.start()
        return agent
    }

    /// Rows of the collector's database, each column as text.
    func query(_ sql: String) async throws -> [[String]] {
        let output = try await scene.run(
            "sqlite3", ["-readonly", "-separator", "|", "-cmd", ".timeout 5000", collector.database, sql])
        guard output.isSuccess else {
            throw RehearsalError.ended(
                program: "sqlite3", how: output.end.description, lastLines: output.standardError)
        }
        return output.standardOutput.split(separator: "\n").map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// Committed reports of a host.
    func committed(_ host: String) async throws -> Int {
        try await query("SELECT count(*) FROM reports WHERE host = '\(host)'").first?.first.flatMap(Int.init) ?? 0
    }

    /// Waits until so many reports more of a host are committed.
    func waitForReports(_ host: String, more: Int, seconds: Double) async throws {
        let wanted = try await committed(host) + more
        try await Waiting.untilTrue("\(more) more reports of \(host)", seconds: seconds, everyMilliseconds: 100) {
            try await committed(host) >= wanted
        }
    }

    /// How many reports each run of a host has, with its lowest and highest sequence.
    struct Run: Sendable, Equatable {
        let id: String
        let reports: Int
        let first: Int
        let last: Int
        var isContiguousFromOne: Bool { first == 1 && last == reports }
    }

    func runs(_ host: String) async throws -> [Run] {
        let rows = try await query(
            "SELECT hex(run_id), count(*), min(sequence), max(sequence) FROM reports WHERE host = '\(host)' "
                + "GROUP BY run_id ORDER BY min(position)")
        return rows.compactMap { row in
            guard row.count == 4, let count = Int(row[1]), let first = Int(row[2]), let last = Int(row[3]) else {
                return nil
            }
            return Run(id: row[0], reports: count, first: first, last: last)
        }
    }

    func createRollout(
        _ id: String, old: [String], new: [String], pairs: [(name: String, old: String, new: String)]
    ) async throws {
        let list = pairs.map { "  - { name: \($0.name), old: \($0.old), new: \($0.new) }\n" }.joined()
        let text = """
            id: \(id)
            policy: quick
            artifacts: [{ name: "pkg:deb/debian/redis-server", sha256: \(String(repeating: "ab", count: 32)) }]
            old: [\(old.joined(separator: ", "))]
            new: [\(new.joined(separator: ", "))]
            pairs:
            \(list)
            """
        let file = try scene.directory.write(text, to: "\(id).yaml")
        let output = try await tool.run("rollout", "create", file)
        guard output.isSuccess else {
            throw RehearsalError.ended(
                program: "perchctl rollout create", how: output.end.description, lastLines: output.standardError)
        }
    }

    /// Waits for a verdict of this hour or a later one.
    func waitForVerdict(_ rollout: String, hour: Int, seconds: Double) async throws -> VerdictView {
        try await Waiting.until("hour \(hour) of \(rollout)", seconds: seconds, everyMilliseconds: 300) {
            guard let view = try await verdict(rollout), view.hour >= hour else { return nil }
            return view
        }
    }

    /// The last verdict; `nil` before the first.
    func verdict(_ rollout: String) async throws -> VerdictView? {
        let output = try await tool.run("rollout", "verdict", rollout, "--json")
        guard output.isSuccess else { return nil }
        return try JSONDecoder().decode(VerdictView.self, from: Data(output.standardOutput.utf8))
    }
}
