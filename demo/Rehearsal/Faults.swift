import Foundation

/// Causes that make a server really worse, each of a kind that an image or a changed setting brings. None needs root.
public enum Fault: String, Sendable, CaseIterable {
    /// The directory for snapshots goes away: the next BGSAVE fails and Redis refuses writes (MISCONF).
    case misconf
    /// Every write waits for the disk.
    case appendfsync
    /// A monitoring script walks all keys several times a second.
    case keys

    public var sentence: String {
        switch self {
        case .misconf: "the directory of the snapshots is removed; the next BGSAVE fails and Redis refuses writes"
        case .appendfsync: "`appendfsync always` is set: every write waits for the disk"
        case .keys: "a monitoring script asks `KEYS nosuch*` every 0.15 s"
        }
    }

    /// Sets it on every server.
    public func set(on servers: [RedisServer], in scene: Scene) async throws {
        for server in servers {
            switch self {
            case .misconf:
                try await Self.removeDirectory(of: server)
                // Only now: a save that runs would put files into the directory while it is removed.
                try await server.call("CONFIG", "SET", "save", "5 10")
            case .appendfsync:
                try await server.call("CONFIG", "SET", "appendfsync", "always")
            case .keys:
                let login = RedisServer.loadLogin
                _ = try scene.start(
                    "redis-cli",
                    [
                        "-p", String(server.port), "--user", login.user, "--no-auth-warning", "-r", "-1", "-i", "0.15",
                        "KEYS", "nosuch*",
                    ], name: "keys-\(server.label)", environment: ["REDISCLI_AUTH": login.password])
            }
        }
    }

    private static func removeDirectory(of server: RedisServer) async throws {
        try await Waiting.untilTrue("the removal of \(server.directory)", seconds: 20) {
            // A save by the server's own schedule may be under way: again when it is over.
            try? FileManager.default.removeItem(atPath: server.directory)
            return access(server.directory, F_OK) != 0
        }
    }
}
