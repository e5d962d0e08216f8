import Foundation
import NIOCore
import NIOPosix
import Shared
import Testing

@testable import Agent

/// Real servers on loopback. Serialized: they share two processors with their servers.
@Suite(.serialized, .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct RedisFleetTests {
    private static func fleet(
        _ servers: [(String, RedisServer)], pingMilliseconds: Int = 50,
        _ change: (inout Configuration.Redis) -> Void = { _ in }
    ) throws -> RedisFleet {
        let configuration = HostFixture.configuration { configuration in
            configuration.redis.isDiscovering = false
            configuration.redis.pingMilliseconds = pingMilliseconds
            configuration.redis.username = "perch"
            configuration.redis.passwordFile = servers.first?.1.passwordFile
            configuration.redis.instances = servers.map { .init(name: $0.0, address: "127.0.0.1:\($0.1.port)") }
            change(&configuration.redis)
        }
        let fleet = try #require(RedisFleet(configuration: configuration, root: .host))
        fleet.start()
        return fleet
    }

    private static func collect(_ fleet: RedisFleet, milliseconds: Int = 2000) async -> [InstanceSample] {
        await withCheckedContinuation { answer in
            fleet.collect(deadlineMilliseconds: milliseconds) { answer.resume(returning: $0) }
        }
    }

    private static func stop(_ fleet: RedisFleet) async {
        await withCheckedContinuation { answer in fleet.stop { answer.resume() } }
    }

    /// Collects until the samples are as wanted; the last samples if that does not happen in time.
    private static func collect(
        _ fleet: RedisFleet, until isWanted: ([InstanceSample]) -> Bool
    ) async throws -> [InstanceSample] {
        var samples: [InstanceSample] = []
        for _ in 0..<200 {
            samples = await collect(fleet, milliseconds: 500)
            if isWanted(samples) { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        return samples
    }

    @Test func aServerGivesAllItsValuesWithTheLeastRights() async throws {
        let server = try await RedisServer.started(["--appendonly", "yes"])
        let fleet = try Self.fleet([("main", server)])
        for _ in 0..<5 { try server.command("SET", "k", "v") }
        _ = await Self.collect(fleet)
        for _ in 0..<7 { try server.command("GET", "k") }
        let sample = try #require(
            try await Self.collect(fleet) {
                $0.first?.ping.isEmpty == false && ($0.first?.value(Catalogue.ownCommands) ?? 0) > 10
            }.first)
        #expect(sample.name == "main" && sample.port == server.port && sample.transport == .tcp)
        #expect(sample.cause == nil && sample.commandsCause == nil && sample.errorsCause == nil)
        #expect(sample.redisRunID != nil)
        #expect(sample.value(Catalogue.redisUptime) != nil)
        #expect(sample.value(Catalogue.aofEnabled) == 1)
        let get = try #require(sample.commands.first { $0.name == "get" })
        #expect(get.calls == 7)
        #expect(sample.commands.contains { $0.name == "set" && $0.durations?.reduce(0, +) == 0 })
        #expect(!sample.ping.isEmpty)
        #expect(sample.pingCause == nil)
        #expect(sample.errors.allSatisfy { $0.code != "NOPERM" })
        await Self.stop(fleet)
    }

    @Test(.timeLimit(.minutes(1)))
    func aFleetThatIsLetGoHangsUpByItself() async throws {
        let server = try await RedisServer.started()
        var fleet: RedisFleet? = try Self.fleet([("main", server)], pingMilliseconds: 20)
        if let fleet { _ = await Self.collect(fleet) }
        #expect(try server.command("CLIENT", "LIST").contains("user=perch"))
        fleet = nil
        while try server.command("CLIENT", "LIST").contains("user=perch") {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func differencesOfDurationsAddUpToTheCalls() async throws {
        let server = try await RedisServer.started()
        let fleet = try Self.fleet([("main", server)])
        _ = await Self.collect(fleet)
        var durations: UInt64 = 0
        for round in 1...3 {
            for _ in 0..<round { try server.command("SET", "k", "v") }
            let set = try #require(await Self.collect(fleet).first?.commands.first { $0.name == "set" })
            durations += set.durations?.reduce(0, +) ?? 0
        }
        #expect(durations == 6)
        await Self.stop(fleet)
    }

    /// What the agent says of itself is what the server saw of it.
    @Test func ownDoingsAreExact() async throws {
        let server = try await RedisServer.started()
        // Nobody else speaks to the server from here on.
        let fleet = try Self.fleet([("main", server)], pingMilliseconds: 20)
        let first = try #require(await Self.collect(fleet).first)
        let second = try #require(
            try await Self.collect(fleet) { ($0.first?.value(Catalogue.ownCommands) ?? 0) > 20 }.first)
        func change(_ measurement: Shared.Measurement) -> UInt64 {
            (second.value(measurement) ?? 0) - (first.value(measurement) ?? 0)
        }
        let rejected = change(Catalogue.redisRejectedCalls)
        #expect(change(Catalogue.redisCommands) + rejected - change(Catalogue.ownCommands) == 0)
        #expect(change(Catalogue.redisErrorReplies) == change(Catalogue.ownErrorReplies))
        #expect(change(Catalogue.redisConnections) == change(Catalogue.ownConnections))
        #expect(change(Catalogue.redisNetInput) == change(Catalogue.ownBytesSent))
        #expect(change(Catalogue.redisNetOutput) == change(Catalogue.ownBytesReceived))
        #expect(change(Catalogue.redisCommandCalls) == 0)
        await Self.stop(fleet)
    }

    @Test func aStoppedServerIsLateAndTheOthersAreNot() async throws {
        let (stuck, well) = (try await RedisServer.started(), try await RedisServer.started())
        let fleet = try Self.fleet([("stuck", stuck), ("well", well)])
        _ = try await Self.collect(fleet) { $0.allSatisfy { $0.cause == nil } }
        stuck.signal(SIGSTOP)
        let start = ContinuousClock.now
        let samples = await Self.collect(fleet, milliseconds: 300)
        let took = ContinuousClock.now - start
        #expect(took >= .milliseconds(290) && took < .milliseconds(1500))
        #expect(samples.map(\.cause) == [.timeout, nil])
        #expect(samples[1].value(Catalogue.redisUptime) != nil)
        // Its pings pass their deadline one after the other.
        let late = try await Self.collect(fleet) { ($0[0].value(Catalogue.pingTimeouts) ?? 0) >= 3 }
        #expect(late[0].cause == .timeout && late[0].pingCause == nil)
        let longest = PingHistogram.index(nanoseconds: RedisPing.deadlineNanoseconds)
        #expect(late[0].ping.keys.contains { $0 >= longest })
        stuck.signal(SIGCONT)
        let back = try await Self.collect(fleet) { $0[0].cause == nil }
        #expect(back[0].cause == nil)
        #expect(back[0].redisRunID == late[0].redisRunID || late[0].redisRunID == nil)
        // The same connection: nothing was lost, so nothing was made anew.
        #expect(back[0].value(Catalogue.ownConnections) == 1)
        await Self.stop(fleet)
    }

    @Test func aServerWithoutLatencyTrackingSaysSo() async throws {
        let server = try await RedisServer.started(["--latency-tracking", "no"])
        let fleet = try Self.fleet([("main", server)])
        for _ in 0..<2 {
            let sample = try #require(await Self.collect(fleet).first)
            #expect(sample.cause == nil && sample.commandsCause == .unsupported)
            #expect(sample.commands.allSatisfy { $0.durations == nil })
        }
        await Self.stop(fleet)
    }

    @Test func resetStatisticsGiveNoDifferences() async throws {
        let server = try await RedisServer.started()
        let fleet = try Self.fleet([("main", server)])
        for _ in 0..<50 { try server.command("SET", "k", "v") }
        _ = await Self.collect(fleet)
        try server.command("SET", "k", "v")
        let before = try #require(await Self.collect(fleet).first)
        #expect(before.commands.first { $0.name == "set" }?.durations?.reduce(0, +) == 1)
        try server.command("CONFIG", "RESETSTAT")
        try server.command("SET", "k", "v")
        let after = try #require(await Self.collect(fleet).first)
        #expect(after.redisRunID == before.redisRunID)
        #expect(after.commands.first { $0.name == "set" }?.durations == nil)
        try server.command("SET", "k", "v")
        let next = try #require(await Self.collect(fleet).first)
        #expect(next.commands.first { $0.name == "set" }?.durations?.reduce(0, +) == 1)
        await Self.stop(fleet)
    }

    @Test func aRestartedServerHasANewRunAndNoDifferences() async throws {
        let server = try await RedisServer.started()
        let fleet = try Self.fleet([("main", server)])
        try server.command("SET", "k", "v")
        let before = try #require(await Self.collect(fleet).first)
        server.stop()
        let gone = try #require(await Self.collect(fleet).first)
        #expect(gone.cause == .unsupported)
        #expect(gone.name == "main")
        try await server.start()
        try server.command("SET", "k", "v")
        let after = try #require(try await Self.collect(fleet) { $0.first?.cause == nil }.first)
        #expect(after.cause == nil)
        #expect(after.redisRunID != before.redisRunID)
        #expect(after.commands.first { $0.name == "set" }?.durations == nil)
        #expect(after.value(Catalogue.ownConnections) ?? 0 >= 2)
        await Self.stop(fleet)
    }

    @Test func aServerThatCannotSaveIsSeenAndStillPinged() async throws {
        let server = try await RedisServer.started(["--save", "3600 1", "--dbfilename", "dump.rdb"])
        let fleet = try Self.fleet([("main", server)], pingMilliseconds: 20)
        _ = await Self.collect(fleet)
        // A directory in the place of the file: the save cannot replace it, whoever runs the test.
        try FileManager.default.createDirectory(
            atPath: server.directory + "/dump.rdb", withIntermediateDirectories: true)
        try server.command("SET", "k", "v")
        try server.command("BGSAVE")
        let failed = try #require(try await Self.collect(fleet) { $0.first?.value(Catalogue.rdbLastOK) == 0 }.first)
        #expect(failed.value(Catalogue.rdbLastOK) == 0)
        #expect(try server.command("SET", "k", "w").hasPrefix("-MISCONF"))
        let refused = try #require(
            try await Self.collect(fleet) {
                $0.first?.ping.isEmpty == false && ($0.first?.value(Catalogue.ownErrorReplies) ?? 0) > 3
            }.first)
        #expect(refused.errors.contains { $0.code == "MISCONF" })
        #expect(refused.value(Catalogue.redisRejectedCalls) == 1)
        #expect(refused.pingCause == nil && !refused.ping.isEmpty)
        // PING is refused too on such a server: those errors are the agent's own.
        let replies = refused.value(Catalogue.redisErrorReplies) ?? 0
        let own = refused.value(Catalogue.ownErrorReplies) ?? 0
        #expect(replies - own == 1)
        await Self.stop(fleet)
    }

    @Test func aWrongPasswordIsDeniedAndNotTriedAgainAtOnce() async throws {
        let server = try await RedisServer.started()
        try "wrong".write(toFile: server.passwordFile, atomically: true, encoding: .utf8)
        let fleet = try Self.fleet([("main", server)], pingMilliseconds: 20)
        for _ in 0..<5 {
            let sample = try #require(await Self.collect(fleet).first)
            #expect(sample.cause == .denied)
        }
        #expect(try server.command("INFO", "errorstats").contains("errorstat_WRONGPASS:count=1"))
        await Self.stop(fleet)
    }

    @Test func withoutAReadablePasswordNothingIsSaid() async throws {
        let server = try await RedisServer.started()
        let fleet = try Self.fleet([("main", server)]) { $0.passwordFile = server.directory + "/none" }
        #expect(await Self.collect(fleet).first?.cause == .denied)
        await Self.stop(fleet)
    }

    @Test func nobodyThereIsUnsupported() async throws {
        let server = try await RedisServer.started()
        let port = try RedisServer.freePort()
        let fleet = try Self.fleet([("main", server)]) {
            $0.instances.append(.init(name: "gone", address: "127.0.0.1:\(port)"))
            $0.instances.append(.init(name: "socket", address: "/nowhere/redis.sock"))
            $0.instances.append(.init(name: "name", address: "db.example:6379"))
        }
        let samples = await Self.collect(fleet)
        #expect(samples.map(\.name) == ["main", "gone", "socket", "name"])
        #expect(samples.map(\.cause) == [nil, .unsupported, .unsupported, .unsupported])
        await Self.stop(fleet)
    }

    @Test func unixSocketsWorkToo() async throws {
        let server = try await RedisServer.started()
        let fleet = try Self.fleet([("main", server)]) { $0.instances[0].address = server.socket }
        let sample = try #require(await Self.collect(fleet).first)
        #expect(sample.transport == .unix)
        #expect(sample.cause == nil)
        #expect(sample.port == server.port)
        await Self.stop(fleet)
    }

    private static func listening(_ ports: UInt16...) -> PortsSample {
        PortsSample(
            listening: ports.map {
                ListeningPort(
                    transport: .tcp, address: [127, 0, 0, 1], port: $0, uid: getuid(), unit: nil, isV6Only: false)
            }, cause: nil)
    }

    private static func discovering(_ server: RedisServer, _ change: (inout Configuration.Redis) -> Void = { _ in })
        throws -> RedisFleet
    {
        try fleet([("main", server)]) {
            $0.instances = []
            $0.isDiscovering = true
            $0.users = [String(cString: getpwuid(getuid()).pointee.pw_name)]
            $0.socketPatterns = []
            change(&$0)
        }
    }

    @Test func discoveredServersComeAndGo() async throws {
        let (one, two) = (try await RedisServer.started(), try await RedisServer.started())
        let fleet = try Self.discovering(one)
        #expect(await Self.collect(fleet).isEmpty)
        fleet.update(listening: Self.listening(one.port, two.port))
        let names = Set(["\(one.port)", "\(two.port)"])
        let both = try await Self.collect(fleet) { $0.count == 2 }
        #expect(Set(both.map(\.name)) == names)
        #expect(both.allSatisfy { $0.cause == nil && $0.uid == getuid() })
        two.stop()
        fleet.update(listening: Self.listening(one.port))
        // Once missing may be a restart.
        let missing = await Self.collect(fleet)
        #expect(missing.count == 2 && missing.contains { $0.cause == .unsupported })
        fleet.update(listening: Self.listening(one.port))
        #expect(await Self.collect(fleet).map(\.name) == ["\(one.port)"])
        // A list that could not be read changes nothing.
        fleet.update(listening: PortsSample(listening: [], cause: .denied))
        #expect(await Self.collect(fleet).count == 1)
        await Self.stop(fleet)
    }

    @Test func portsThatSpeakOtherwiseAreNoInstances() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await RedisServer.started()
        let silent = try await Stranger.start(group, answer: nil)
        let web = try await Stranger.start(group, answer: "HTTP/1.1 400 Bad Request\r\n\r\n")
        let fleet = try Self.discovering(server)
        fleet.update(listening: Self.listening(server.port, silent.port, web.port))
        let samples = try await Self.collect(fleet) { $0.count == 1 && $0[0].cause == nil }
        #expect(samples.map(\.port) == [server.port])
        // Asked once and left alone.
        for _ in 0..<5 { _ = await Self.collect(fleet) }
        #expect(silent.connections.value.load(ordering: .relaxed) == 1)
        #expect(web.connections.value.load(ordering: .relaxed) == 1)
        await Self.stop(fleet)
        try await silent.channel.close().get()
        try await web.channel.close().get()
    }

    @Test func instancesBeyondTheLimitAreCounted() async throws {
        let server = try await RedisServer.started()
        let fleet = try Self.discovering(server)
        // Away from loopback: named, and never connected to.
        let ports = (1...UInt16(Limits.instances + 3)).map {
            ListeningPort(transport: .tcp, address: [10, 0, 0, 1], port: $0, uid: getuid(), unit: nil, isV6Only: false)
        }
        fleet.update(listening: PortsSample(listening: ports, cause: nil))
        #expect(await Self.collect(fleet).count == Limits.instances)
        let leftOut = fleet.leftOut.load(ordering: .relaxed)
        #expect(leftOut == 3)
        await Self.stop(fleet)
    }

    @Test func aSecondWayToAServerIsNoSecondInstance() async throws {
        let server = try await RedisServer.started()
        let fleet = try Self.discovering(server) { $0.socketPatterns = [server.directory + "/redis.sock"] }
        fleet.update(listening: Self.listening(server.port))
        let samples = try await Self.collect(fleet) { $0.count == 1 && $0[0].cause == nil }
        #expect(samples.map(\.transport) == [.tcp])
        #expect(await Self.collect(fleet).count == 1)
        await Self.stop(fleet)
    }

    @Test func afterStoppingThereAreNoConnectionsAndNoSamples() async throws {
        let server = try await RedisServer.started()
        let fleet = try Self.fleet([("main", server)])
        _ = await Self.collect(fleet)
        await Self.stop(fleet)
        #expect(await Self.collect(fleet).isEmpty)
        for _ in 0..<200 {
            if try server.command("INFO", "clients").contains("connected_clients:1\r\n") { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("the agent's connection is still there")
    }
}
