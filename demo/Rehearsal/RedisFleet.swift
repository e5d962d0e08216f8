import Foundation

/// The Redis servers of a rehearsal, host by host.
public struct RedisFleet: Sendable {
    public let servers: [RedisServer]

    /// Starts one server for each instance of each host, all at once.
    /// - Parameter hosts: Host names with the names of their instances.
    public static func start(_ hosts: [(host: String, instances: [String])], in scene: Scene) async throws -> RedisFleet
    {
        let ports = try Ports.free(hosts.reduce(0) { $0 + $1.instances.count })
        var servers: [RedisServer] = []
        for (host, instances) in hosts {
            for name in instances {
                servers.append(
                    try RedisServer(name: name, host: host, port: ports[servers.count], scene: scene))
            }
        }
        let fleet = RedisFleet(servers: servers)
        try await fleet.each { try await $0.start() }
        return fleet
    }

    public func on(_ host: String) -> [RedisServer] { servers.filter { $0.host == host } }

    public func server(_ name: String, on host: String) -> RedisServer? {
        servers.first { $0.name == name && $0.host == host }
    }

    /// All copies of one instance.
    public func copies(of name: String) -> [RedisServer] { servers.filter { $0.name == name } }

    /// Instance names, each once, sorted.
    public var names: [String] { Set(servers.map(\.name)).sorted() }

    public func stop() async {
        await withTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { await server.stop() } }
        }
    }

    /// Does the same to all, four at a time.
    public func each(_ work: @escaping @Sendable (RedisServer) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, server) in servers.enumerated() {
                if index >= 4 { try await group.next() }
                group.addTask { try await work(server) }
            }
            try await group.waitForAll()
        }
    }
}
