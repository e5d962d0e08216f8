// Looks at the host for Discovery: whose the listening ports are, and which socket files there are. It asks the user
// database, which may be slow where users come over the network: never call it on the event loop.
import Glibc
import Terms

struct DiscoverySources {
    /// Users seldom change; a new one is asked for when its first port appears.
    private static let knownUsers = 4096

    private var names: [UInt32: String?] = [:]
    private var ports: [ListeningPort] = []

    /// - Parameter listening: `nil`: those of the last time.
    mutating func look(configuration: Configuration.Redis, listening: [ListeningPort]?, root: Root) -> Discovery {
        if let listening { ports = listening.filter { $0.transport == .tcp } }
        var discovery = Discovery(configuration: configuration)
        discovery.ports = ports.map { port in
            Discovery.Port(
                address: port.address, port: port.port, uid: port.uid, unit: port.unit, isV6Only: port.isV6Only,
                isRedisUser: isRedisUser(port.uid, configuration.users))
        }
        guard configuration.isDiscovering else { return discovery }
        var seen: Set<String> = []
        for pattern in configuration.socketPatterns.prefix(64) {
            for match in PathPattern(text: pattern).matches(root: root, limit: Limits.instances) {
                var status = stat()
                // An impostor's socket in a place that others may write to is not taken for a Redis.
                guard match.path.utf8.count < 108, stat(root.file(match.path), &status) == 0,
                    status.st_mode & S_IFMT == S_IFSOCK, isRedisUser(status.st_uid, configuration.users),
                    seen.insert(match.path).inserted
                else { continue }
                discovery.sockets.append(
                    Discovery.SocketFile(
                        path: match.path, uid: status.st_uid,
                        name: match.name.flatMap { $0.utf8.count <= Limits.labelBytes ? $0 : nil }))
            }
        }
        return discovery
    }

    private mutating func isRedisUser(_ uid: UInt32, _ patterns: [String]) -> Bool {
        guard let name = name(of: uid) else { return false }
        return patterns.contains { Self.matches(name, $0) }
    }

    /// `*` at the end matches any rest.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }

    private mutating func name(of uid: UInt32) -> String? {
        if let known = names[uid] { return known }
        if names.count >= Self.knownUsers { names = [:] }
        let name = Self.lookUp(uid)
        names[uid] = name
        return name
    }

    private static func lookUp(_ uid: UInt32) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        return buffer.withUnsafeMutableBufferPointer { room -> String? in
            guard let start = room.baseAddress, getpwuid_r(uid, &entry, start, room.count, &found) == 0, found != nil,
                let name = entry.pw_name
            else { return nil }
            // The entry points into the buffer.
            return String(cString: name)
        }
    }
}
