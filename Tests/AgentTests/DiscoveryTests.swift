import Foundation
import Shared
import Testing

@testable import Agent

struct DiscoveryTests {
    private static func port(
        _ port: UInt16, _ address: [UInt8] = [127, 0, 0, 1], uid: UInt32 = 110, unit: String? = nil,
        isV6Only: Bool = false, isRedisUser: Bool = true
    ) -> Discovery.Port {
        Discovery.Port(
            address: address, port: port, uid: uid, unit: unit, isV6Only: isV6Only, isRedisUser: isRedisUser)
    }

    private static func discovery(
        _ ports: [Discovery.Port], sockets: [Discovery.SocketFile] = [],
        _ change: (inout Configuration.Redis) -> Void = { _ in }
    ) -> Discovery {
        var redis = Configuration.Redis()
        change(&redis)
        return Discovery(configuration: redis, ports: ports, sockets: sockets)
    }

    private static let anyV6 = [UInt8](repeating: 0, count: 16)
    private static let loopbackV6 = [UInt8](repeating: 0, count: 15) + [1]

    @Test(arguments: [
        ("127.0.0.1:6379", RedisAddress.tcp(host: "127.0.0.1", port: 6379)),
        ("[::1]:7000", .tcp(host: "::1", port: 7000)),
        ("localhost:1", .tcp(host: "127.0.0.1", port: 1)),
        ("/run/redis/redis.sock", .unix(path: "/run/redis/redis.sock")),
        ("db.example:6379", nil), ("127.0.0.1", nil), ("127.0.0.1:0", nil), ("127.0.0.1:65536", nil), ("", nil),
    ])
    func addressesAreLiteral(_ text: String, _ address: RedisAddress?) {
        #expect(RedisAddress(text) == address)
    }

    @Test(arguments: [
        ("redis@a.service", "a"), ("redis-server@cache-1.service", "cache-1"), ("redis-server.service", "6379"),
        ("redis@.service", "6379"), (nil, "6379"), ("@a.service", "6379"),
    ])
    func namesComeFromTheUnitOrThePort(_ unit: String?, _ name: String) {
        #expect(Discovery.name(unit: unit, port: 6379) == name)
    }

    @Test func portsOfOtherUsersAreNoInstances() {
        let plans = Self.discovery([Self.port(22, isRedisUser: false), Self.port(6379)]).plans(rejected: [])
        #expect(plans.map(\.name) == ["6379"])
        #expect(plans.first?.address == .tcp(host: "127.0.0.1", port: 6379))
        #expect(plans.first?.uid == 110)
    }

    @Test func theNearestLoopbackAddressIsTaken() {
        func address(_ sockets: [Discovery.Port]) -> RedisAddress? {
            Self.discovery(sockets).plans(rejected: []).first?.address
        }
        #expect(address([Self.port(1, Self.anyV6), Self.port(1, [0, 0, 0, 0])]) == .tcp(host: "127.0.0.1", port: 1))
        #expect(address([Self.port(1, Self.anyV6)]) == .tcp(host: "127.0.0.1", port: 1))
        #expect(address([Self.port(1, Self.anyV6, isV6Only: true)]) == .tcp(host: "::1", port: 1))
        #expect(address([Self.port(1, Self.loopbackV6)]) == .tcp(host: "::1", port: 1))
        #expect(
            address([Self.port(1, [127, 1, 2, 3]), Self.port(1, [10, 0, 0, 5])]) == .tcp(host: "127.1.2.3", port: 1))
    }

    @Test func whatListensElsewhereOnlyIsNamedWithoutAddress() {
        let plans = Self.discovery([Self.port(6379, [10, 0, 0, 5])]).plans(rejected: [])
        #expect(plans.map(\.name) == ["6379"])
        #expect(plans.first?.address == nil)
    }

    @Test func theConfigurationWinsByAddress() {
        let plans = Self.discovery([Self.port(6379, unit: "redis@x.service"), Self.port(6380)]) {
            $0.instances = [.init(name: "main", address: "127.0.0.1:6379")]
        }.plans(rejected: [])
        #expect(plans.map(\.name) == ["main", "6380"])
        #expect(plans.first?.unit == "redis@x.service")
        #expect(plans.first?.uid == 110)
    }

    @Test func discoveryCanBeSwitchedOff() {
        let plans = Self.discovery([Self.port(6379), Self.port(6380)]) {
            $0.isDiscovering = false
            $0.instances = [.init(name: "main", address: "127.0.0.1:6380")]
        }.plans(rejected: [])
        #expect(plans.map(\.name) == ["main"])
    }

    @Test func aTemplatesFurtherPortsAreTriedOnlyWhenTheFirstIsNoRedis() {
        let tls = Self.port(6378, unit: "redis@a.service")
        let plain = Self.port(6379, unit: "redis@a.service")
        let discovery = Self.discovery([tls, plain])
        #expect(discovery.plans(rejected: []).map(\.port) == [6378])
        let next = discovery.plans(rejected: [.tcp(host: "127.0.0.1", port: 6378)])
        #expect(next.map(\.port) == [6379])
        #expect(next.map(\.name) == ["a"])
    }

    @Test func theClustersBusIsNotTouched() {
        let plans = Self.discovery([Self.port(7000), Self.port(17000), Self.port(18000), Self.port(17001)]).plans(
            rejected: [])
        #expect(plans.map(\.port) == [7000, 17001, 18000])
        let others = Self.discovery([Self.port(7000, uid: 110), Self.port(17000, uid: 111)]).plans(rejected: [])
        #expect(others.count == 2)
    }

    @Test func noTwoInstancesHaveOneName() {
        let plans = Self.discovery([
            Self.port(6379, unit: "redis@a.service"), Self.port(6380, unit: "redis-server@a.service"),
            Self.port(6381, unit: "redis@6380.service"), Self.port(6382, unit: "valkey@6380.service"),
        ]).plans(rejected: [])
        #expect(plans.map(\.name) == ["a", "6380", "6381", "6382"])
        #expect(Set(plans.map(\.name)).count == plans.count)
    }

    @Test func aSecondInstanceOfOneConfiguredNameIsLeftOut() {
        let plans = Self.discovery([]) {
            $0.instances = [.init(name: "a", address: "127.0.0.1:1"), .init(name: "a", address: "127.0.0.1:2")]
        }.plans(rejected: [])
        #expect(plans.map(\.port) == [1])
    }

    @Test func socketFilesComeLastAndGiveWayToTheirPort() {
        let sockets = [
            Discovery.SocketFile(path: "/run/redis-a/redis.sock", uid: 110, name: "a"),
            Discovery.SocketFile(path: "/run/redis-b/redis.sock", uid: 110, name: "b"),
            Discovery.SocketFile(path: "/run/redis/redis-server.sock", uid: 110, name: nil),
        ]
        let plans = Self.discovery([Self.port(6379, unit: "redis@a.service")], sockets: sockets).plans(rejected: [])
        #expect(plans.map(\.name) == ["a", "b", "redis-server"])
        #expect(plans[1].address == .unix(path: "/run/redis-b/redis.sock"))
        #expect(plans[1].port == 0)
    }

    @Test func ownSecretsOfAnInstanceReplaceTheCommonOnes() {
        let plans = Self.discovery([]) {
            $0.username = "perch"
            $0.passwordFile = "/p"
            $0.instances = [
                .init(name: "a", address: "127.0.0.1:1"),
                .init(name: "b", address: "127.0.0.1:2", username: "other", passwordFile: "/q"),
            ]
        }.plans(rejected: [])
        #expect(plans.map(\.username) == ["perch", "other"])
        #expect(plans.map(\.passwordFile) == ["/p", "/q"])
    }

    @Test(arguments: [
        ("redis", "redis", true), ("redis-6379", "redis-*", true), ("redis", "redis-*", false), ("mallory", "*", true),
        ("xredis", "redis", false),
    ])
    func usersMatchPatterns(_ name: String, _ pattern: String, _ isMatch: Bool) {
        #expect(DiscoverySources.matches(name, pattern) == isMatch)
    }

    @Test func thePresentUsersPortsAreFoundByName() {
        let name = String(cString: getpwuid(getuid()).pointee.pw_name)
        let configuration = Configuration.Redis(users: [name])
        var sources = DiscoverySources()
        let listening = ListeningPort(
            transport: .tcp, address: [127, 0, 0, 1], port: 7, uid: getuid(), unit: nil, isV6Only: false)
        let found = sources.look(configuration: configuration, listening: [listening], root: .host)
        #expect(found.ports.map(\.isRedisUser) == [true])
        // Without a new list the last one stays in force.
        #expect(sources.look(configuration: configuration, listening: nil, root: .host).ports.count == 1)
    }

    @Test func socketFilesAreFoundByPatternsAndOwner() throws {
        let tree = try HostTree()
        try tree.directory("/run/redis-b")
        try tree.directory("/run/redis-c")
        try tree.directory("/run/other")
        try tree.write("/run/redis-c/redis.sock", "no socket")
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(tree.root.file("/run/redis-b/redis.sock").utf8)
        try #require(path.count < 108)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(isBound)
        let name = String(cString: getpwuid(getuid()).pointee.pw_name)
        var configuration = Configuration.Redis(users: [name], socketPatterns: ["/run/redis-{name}/redis.sock"])
        var sources = DiscoverySources()
        let found = sources.look(configuration: configuration, listening: nil, root: tree.root).sockets
        #expect(found == [Discovery.SocketFile(path: "/run/redis-b/redis.sock", uid: getuid(), name: "b")])
        configuration.users = ["nobody-at-all"]
        #expect(sources.look(configuration: configuration, listening: nil, root: tree.root).sockets.isEmpty)
    }

    @Test func patternsAreFilledAndMatched() throws {
        #expect(PathPattern(text: "/var/lib/redis-{name}").filled(name: "a", port: 1) == "/var/lib/redis-a")
        #expect(PathPattern(text: "/x/{port}/{name}").filled(name: "a", port: 12) == "/x/12/a")
        #expect(PathPattern(text: "/x/{port}").filled(name: "a", port: 0) == nil)
        #expect(PathPattern(text: "/x/{name}").filled(name: "..", port: 0) == nil)
        #expect(PathPattern(text: "/x/{name}").filled(name: "a/b", port: 0) == nil)
        let tree = try HostTree()
        for name in ["redis-a", "redis-b", "redis-", "other"] { try tree.directory("/var/lib/\(name)/d") }
        let matches = PathPattern(text: "/var/lib/redis-{name}/d").matches(root: tree.root, limit: 10)
        #expect(matches.map(\.name) == ["a", "b"])
        #expect(matches.map(\.path) == ["/var/lib/redis-a/d", "/var/lib/redis-b/d"])
        #expect(PathPattern(text: "/var/lib/redis-{name}").matches(root: tree.root, limit: 1).count == 1)
    }
}
