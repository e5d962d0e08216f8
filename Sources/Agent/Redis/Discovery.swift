// Which Redis instances there are on this host and what they are called: those that the configuration lists, then
// listening ports of Redis users, then socket files. A pure function of what was seen. It never leaves two instances
// with one name: on the old and the new server a name must mean the same instance.
import Terms

/// An instance to be measured.
struct InstancePlan: Sendable, Equatable {
    var name: String
    var address: RedisAddress?
    var isConfigured: Bool
    var port: UInt16
    /// `nil`: the owner was not seen.
    var uid: UInt32?
    var unit: String?
    var username: String?
    var passwordFile: String?
}

struct Discovery: Sendable {
    struct Port: Sendable, Equatable {
        /// 4 or 16 bytes.
        var address: [UInt8]
        var port: UInt16
        var uid: UInt32
        var unit: String?
        var isV6Only: Bool
        /// Owned by a user that the configuration takes for Redis.
        var isRedisUser: Bool
    }
    struct SocketFile: Sendable, Equatable {
        var path: String
        var uid: UInt32
        /// From the pattern's filler.
        var name: String?
    }

    var configuration: Configuration.Redis
    var ports: [Port] = []
    var sockets: [SocketFile] = []

    /// Every address that discovery may come up with now.
    var addresses: Set<RedisAddress> {
        Set(grouped().compactMap(\.address) + sockets.map { .unix(path: $0.path) })
    }

    /// - Parameter rejected: addresses that turned out to be no Redis, or another way to a known one.
    func plans(rejected: Set<RedisAddress>) -> [InstancePlan] {
        var plans: [InstancePlan] = []
        var names: Set<String> = []
        var taken: Set<RedisAddress> = []
        for plan in configured() {
            // A name listed twice: the first one keeps it. The configuration's reader has refused the file already.
            guard names.insert(plan.name).inserted else { continue }
            if let address = plan.address { taken.insert(address) }
            plans.append(plan)
        }
        guard configuration.isDiscovering else { return plans }
        let takenPorts = Set(taken.map(\.port)).subtracting([0])
        let takenUnits = Set(plans.compactMap(\.unit).filter(Self.isTemplateInstance))
        var units: Set<String> = []
        // Those that can be reached come first: one of them stands for its unit.
        let candidates = grouped()
        let reachable = candidates.filter { $0.address != nil } + candidates.filter { $0.address == nil }
        for candidate in reachable where !takenPorts.contains(candidate.port) {
            if let address = candidate.address, rejected.contains(address) || taken.contains(address) { continue }
            if let unit = candidate.unit, Self.isTemplateInstance(unit) {
                // One process for each instance of a template: its further ports are TLS or the cluster's bus, and a
                // plain word to those would be an error line in the log that we judge.
                guard !takenUnits.contains(unit), units.insert(unit).inserted else { continue }
            }
            add(candidate, to: &plans, &names)
        }
        for file in sockets where !taken.contains(.unix(path: file.path)) && !rejected.contains(.unix(path: file.path))
        {
            // The same server's port is preferred; without a filler the run id will tell.
            if let name = file.name, names.contains(name) { continue }
            let plan = InstancePlan(
                name: file.name ?? Self.nameOfSocket(file.path), address: .unix(path: file.path), isConfigured: false,
                port: 0, uid: file.uid, unit: nil, username: configuration.username,
                passwordFile: configuration.passwordFile)
            add(plan, to: &plans, &names)
        }
        return plans
    }

    /// Two units may carry one instance name: the lower port has it, the other goes by its port, and if that is a name
    /// already it is left out.
    private func add(_ candidate: InstancePlan, to plans: inout [InstancePlan], _ names: inout Set<String>) {
        var plan = candidate
        if names.contains(plan.name) { plan.name = String(plan.port) }
        guard plan.name != "0", names.insert(plan.name).inserted else { return }
        plans.append(plan)
    }

    private func configured() -> [InstancePlan] {
        configuration.instances.map { instance in
            let address = RedisAddress(instance.address)
            let port = address?.port ?? 0
            let seen =
                ports.first { port != 0 && $0.port == port && $0.isRedisUser }
                ?? ports.first { port != 0 && $0.port == port }
            let socket = sockets.first { .unix(path: $0.path) == address }
            let hasOwnSecret = instance.username != nil || instance.passwordFile != nil
            return InstancePlan(
                name: ProcText.cut(instance.name, limitBytes: Limits.labelBytes), address: address, isConfigured: true,
                port: port, uid: seen?.uid ?? socket?.uid, unit: instance.unit ?? seen?.unit,
                username: hasOwnSecret ? instance.username : configuration.username,
                passwordFile: hasOwnSecret ? instance.passwordFile : configuration.passwordFile)
        }
    }

    /// One candidate for each port of a Redis user, by rising port.
    private func grouped() -> [InstancePlan] {
        let own = ports.filter(\.isRedisUser)
        let byPort = Dictionary(grouping: own, by: \.port)
        return byPort.keys.sorted().compactMap { port -> InstancePlan? in
            guard let sockets = byPort[port], let first = sockets.first, !isClusterBus(port, sockets, byPort) else {
                return nil
            }
            let unit = sockets.compactMap(\.unit).first
            return InstancePlan(
                name: Self.name(unit: unit, port: port), address: Self.nearest(sockets), isConfigured: false,
                port: port, uid: first.uid, unit: unit, username: configuration.username,
                passwordFile: configuration.passwordFile)
        }
    }

    /// The bus is 10 000 above the instance's port. What knocks there is told so in Redis' log.
    private func isClusterBus(_ port: UInt16, _ sockets: [Port], _ byPort: [UInt16: [Port]]) -> Bool {
        guard port > 10_000, let below = byPort[port - 10_000] else { return false }
        return sockets.contains { bus in below.contains { $0.uid == bus.uid && $0.unit == bus.unit } }
    }

    /// A loopback address that reaches one of the sockets; `nil`: it listens elsewhere only, and the agent's unit may
    /// not go there. Such an instance is named and absent, until somebody lists its address.
    private static func nearest(_ sockets: [Port]) -> RedisAddress? {
        guard let port = sockets.first?.port else { return nil }
        var best: (rank: Int, host: String)?
        for socket in sockets {
            let candidate: (rank: Int, host: String)?
            let isAny = socket.address.allSatisfy { $0 == 0 }
            if socket.address.count == 4 {
                if isAny || socket.address == [127, 0, 0, 1] {
                    candidate = (0, "127.0.0.1")
                } else if socket.address[0] == 127 {
                    candidate = (1, socket.address.map { String($0) }.joined(separator: "."))
                } else {
                    candidate = nil
                }
            } else if isAny {
                candidate = socket.isV6Only ? (3, "::1") : (2, "127.0.0.1")
            } else {
                candidate = socket.address == [UInt8](repeating: 0, count: 15) + [1] ? (3, "::1") : nil
            }
            if let candidate, candidate.rank < best?.rank ?? .max { best = candidate }
        }
        return best.map { .tcp(host: $0.host, port: port) }
    }

    /// `redis@NAME.service` and `redis-server@NAME.service` → NAME; else the port.
    static func name(unit: String?, port: UInt16) -> String {
        guard let unit, isTemplateInstance(unit), let at = unit.firstIndex(of: "@") else { return String(port) }
        let name = unit[unit.index(after: at)...].dropLast(".service".count)
        return name.utf8.count <= Limits.labelBytes ? String(name) : String(port)
    }

    /// `redis@a.service`, but neither `redis.service` nor `redis@.service`.
    static func isTemplateInstance(_ unit: String) -> Bool {
        guard unit.hasSuffix(".service"), let at = unit.firstIndex(of: "@") else { return false }
        return at > unit.startIndex && unit[at...].count > ".service".count + 1
    }

    private static func nameOfSocket(_ path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let name = file.hasSuffix(".sock") ? String(file.dropLast(5)) : file
        return ProcText.cut(name, limitBytes: Limits.labelBytes)
    }
}
