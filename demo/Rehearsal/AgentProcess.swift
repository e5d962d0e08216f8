import Foundation
import Shared
import Synchronization

/// A real perch-agent that plays a host: its Redis servers are listed, not found, because several hosts share one
/// machine here. Spool and state stay where they are over a restart.
public final class AgentProcess: Sendable {
    public struct Pace: Sendable {
        public let reportMilliseconds: Int
        public let pingMilliseconds: Int
        public init(reportMilliseconds: Int, pingMilliseconds: Int) {
            self.reportMilliseconds = reportMilliseconds
            self.pingMilliseconds = pingMilliseconds
        }
    }

    public let host: String
    public let configuration: String
    private let directory: String
    private let scene: Scene
    private let state = Mutex<(program: Program?, starts: Int)>((nil, 0))

    /// - Parameter collector: `nil` for an agent that only looks (`--once`).
    public init(
        in scene: Scene, host: String, servers: [RedisServer], pace: Pace, collector: CollectorProcess?,
        credentials: CertificateAuthority.Credentials?
    ) throws {
        self.scene = scene
        self.host = host
        directory = try scene.directory.directory("agents/\(host)")
        let password = try scene.directory.write(
            RedisServer.agentLogin.password + "\n", to: "agents/\(host)/redis-password")
        var text = """
            host = "\(host)"
            interval_ms = \(pace.reportMilliseconds)
            state_directory = "\(directory)"

            """
        if let collector, let credentials {
            text += """
                [collector]
                address = "\(collector.address)"
                spiffe_id = "\(collector.credentials.identity)"
                certificate = "\(credentials.certificate)"
                key = "\(credentials.key)"
                certificate_authority = "\(credentials.authority)"

                """
        }
        text += """
            [redis]
            discover = false
            username = "\(RedisServer.agentLogin.user)"
            password_file = "\(password)"
            ping_ms = \(pace.pingMilliseconds)

            """
        for server in servers {
            text += """
                [[redis.instances]]
                name = "\(server.name)"
                address = "127.0.0.1:\(server.port)"
                data_directory = "\(server.directory)"

                """
        }
        configuration = try scene.directory.write(text, to: "agents/\(host).toml")
    }

    public var program: Program? { state.withLock { $0.program } }

    public func start() throws {
        let number = state.withLock { state in
            state.starts += 1
            return state.starts
        }
        let name = "agent-\(host)" + (number == 1 ? "" : "-\(number)")
        let program = try scene.start("perch-agent", ["--config", configuration], name: name)
        state.withLock { $0.program = program }
    }

    /// Records in the files of its spool, delivered or not; files of delivered ones go at some time.
    public func spooledRecords() throws -> Int {
        // Each record begins so (SpoolRecord.magic of the agent).
        let mark = Data("PRR1".utf8)
        return try FileManager.default.subpathsOfDirectory(atPath: directory).reduce(0) { sum, name in
            guard let bytes = FileManager.default.contents(atPath: directory + "/" + name) else { return sum }
            var count = 0
            var rest = bytes.startIndex..<bytes.endIndex
            while let found = bytes.range(of: mark, in: rest) {
                count += 1
                rest = found.upperBound..<bytes.endIndex
            }
            return sum + count
        }
    }

    public func stop() async { await program?.stop() }
    public func kill() async { await program?.kill() }
}
