import Rehearsal
import Shared

/// Who plays: hosts with their instances, the two roll-outs and the policy. An old host serves both roll-outs.
enum Cast {
    static let old = ["old-1", "old-2", "old-3"]
    static let healthy = ["new-1", "new-2", "new-3"]
    static let regressed = ["bad-1", "bad-2", "bad-3"]
    static let hosts = old + healthy + regressed
    /// Two instances on each host; a name once on every side.
    static let instances = [["carts", "stock"], ["users", "quota"], ["feeds", "flags"]]

    static var stage: [(host: String, instances: [String])] {
        [old, healthy, regressed].flatMap { side in zip(side, instances).map { ($0, $1) } }
    }

    static let pace = AgentProcess.Pace(reportMilliseconds: 500, pingMilliseconds: 50)
    static let commandsPerSecond = 350...650

    static let blockSeconds = 1
    static let blocksPerHour = 12
    static let hourSeconds = blockSeconds * blocksPerHour
    static let hoursForPass = 8
    static let timeoutSeconds = 240.0

    /// Days become minutes: an hour of the Judge is 12 blocks, so 12 seconds here.
    static let policy = """
        version: 1
        name: demo
        description: A roll-out in minutes, on one machine that plays nine hosts.
        block_seconds: \(blockSeconds)
        min_hours_pass: \(hoursForPass)
        metrics:
          cpu:     { level: fail, margin: 15% }
          service: { level: fail, margin: 15% }
          mem:     { level: fail, margin: 10% }
          err:     { level: fail, factor: 1.5 }
          p50:     { level: fail, margin: 25% }
          p99:     { level: observe, margin: 60% }
          net:     { level: observe }
          slow:    { level: observe }
          disk:    { level: observe }
          log:     { level: observe }
        rules:
          port_allowlist:   { level: observe }
          port_expected:    { level: observe }
          journal_new:      { level: observe }
          package_version:  { level: observe }
          package_origin:   { level: observe }
          unapproved_login: { level: observe }
          rdb_freshness:    { level: fail, expected: true, interval: 1h }
          aof_freshness:    { level: fail, expected: any }
          process_restarts: { level: fail }
          agent_health:     { level: warn }
        gates:
          open: { age: 1m, min_pairs: 5, min_hosts: 2 }

        """

    static func rollout(_ id: String, new: [String], redisDigest: String) -> String {
        """
        id: \(id)
        policy: demo
        artifacts:
          - { name: "pkg:deb/debian/redis-server", sha256: \(redisDigest) }
        old: [\(old.joined(separator: ", "))]
        new: [\(new.joined(separator: ", "))]
        pairs: auto

        """
    }
}

extension Fault {
    /// Names of the metrics or rules one of which must FAIL for this cause.
    var expectedNames: Set<String> {
        switch self {
        case .misconf: ["err", "rdb_freshness"]
        case .appendfsync: ["cpu", "service"]
        case .keys: ["cpu", "service"]
        }
    }
}
