import Foundation
import Synchronization

/// One real redis-server of a rehearsal: on loopback, with RDB and AOF, an ACL user for the agent with the least that
/// it needs, and one for the load. It never saves at its end: its data are worth nothing.
public final class RedisServer: Sendable {
    public struct Login: Sendable {
        public let user: String
        public let password: String
    }

    /// What an agent may do, and no more.
    public static let agentLogin = Login(user: "perch", password: "only-on-loopback-for-an-hour")
    public static let loadLogin = Login(user: "load", password: "mirrored-load-of-a-rehearsal")

    /// After its start; INFO counts in whole seconds, and gives the start's time where there was no save.
    static let earliestSaveSeconds = 2

    /// The instance's name, the same for every copy of it.
    public let name: String
    /// The host that it plays on.
    public let host: String
    /// `HOST.NAME`, one of a kind.
    public var label: String { host + "." + name }
    public let directory: String
    private let scene: Scene
    private let state: Mutex<State>

    private struct State {
        var port: UInt16
        var program: Program?
    }

    init(name: String, host: String, port: UInt16, scene: Scene) throws {
        self.name = name
        self.host = host
        self.scene = scene
        directory = try scene.directory.directory("redis/\(host).\(name)")
        state = Mutex(State(port: port, program: nil))
    }

    public var port: UInt16 { state.withLock { $0.port } }
    public var pid: pid_t? { state.withLock { $0.program?.pid } }
    public var isRunning: Bool { state.withLock { $0.program?.ended == nil && $0.program != nil } }

    /// Starts it and waits until it answers. A port that was taken in the meantime is replaced.
    public func start() async throws {
        for attempt in 1... {
            do {
                return try await startOnce()
            } catch {
                await stop()
                guard attempt < 3, isPortTaken else { throw error }
                let fresh = try Ports.free(1)[0]
                state.withLock { $0.port = fresh }
            }
        }
    }

    private var logFile: String { scene.directory.file("logs/redis-\(label).log") }

    private var isPortTaken: Bool {
        let text = FileManager.default.contents(atPath: logFile).map { String(decoding: $0, as: UTF8.self) }
        return text?.contains("Address already in use") ?? false
    }

    private func startOnce() async throws {
        let file = try scene.directory.write(configuration(port: port), to: "redis/\(label).conf")
        let program = try scene.start("redis-server", [file], name: "redis-\(label)")
        state.withLock { $0.program = program }
        try await Waiting.untilTrue("the first answer of Redis \(label)", seconds: 20) {
            if let end = program.ended {
                throw RehearsalError.ended(
                    program: "redis-server \(label)", how: end.description, lastLines: program.lastLines())
            }
            return (try? await call("PING")) == "PONG"
        }
    }

    private func configuration(port: UInt16) -> String {
        """
        bind 127.0.0.1
        port \(port)
        dir \(directory)
        logfile ""
        databases 1
        appendonly yes
        appendfsync everysec
        user default off
        user \(Self.agentLogin.user) on >\(Self.agentLogin.password) resetkeys resetchannels -@all +ping +info \
        +latency|histogram
        user \(Self.loadLogin.user) on >\(Self.loadLogin.password) ~* &* +@all

        """
    }

    /// A command of the load's user, with its answer.
    /// - Throws: `RehearsalError.redis` for an error reply.
    @discardableResult
    public func call(_ words: String...) async throws -> String {
        let (label, port) = (label, port)
        return try await Waiting.blocking {
            try RedisConnection(
                server: label, port: port, user: Self.loadLogin.user, password: Self.loadLogin.password
            ).call(words)
        }
    }

    /// Makes a snapshot and waits for it. Within `earliestSaveSeconds` of the start nobody could tell it from none.
    public func save() async throws {
        let before = try await call("LASTSAVE")
        try await call("BGSAVE")
        try await Waiting.untilTrue("a snapshot of Redis \(label)", seconds: 20, everyMilliseconds: 100) {
            try await call("LASTSAVE") != before
        }
    }

    /// Many commands at once, in the wire's form; every answer is read, errors throw.
    func load(_ bytes: [UInt8], answers: Int) async throws {
        let (label, port) = (label, port)
        try await Waiting.blocking {
            let connection = try RedisConnection(
                server: label, port: port, user: Self.loadLogin.user, password: Self.loadLogin.password)
            try connection.send(bytes)
            try connection.discard(answers: answers)
        }
    }

    public func signal(_ number: Int32) { state.withLock { $0.program }?.signal(number) }

    /// Ends it at once. SIGTERM would save first, and is refused by a server that cannot.
    public func stop() async {
        let program = state.withLock { state in
            defer { state.program = nil }
            return state.program
        }
        await program?.kill()
    }
}
