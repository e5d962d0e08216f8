import Foundation
import Shared
import Synchronization

/// A real perch-collector of a rehearsal with its configuration, certificate and permissions, on a free loopback port
/// that it keeps over a restart.
public final class CollectorProcess: Sendable {
    /// Who may do what, as in the permissions file.
    public struct Grant: Sendable {
        public let identity: SpiffeID
        public let role: String
        public init(_ identity: SpiffeID, _ role: String) {
            self.identity = identity
            self.role = role
        }
    }

    public let credentials: CertificateAuthority.Credentials
    /// The SQLite file.
    public var database: String { scene.directory.file("collector/perch.sqlite") }
    private let scene: Scene
    private let settings: String
    private let state: Mutex<State>

    private struct State {
        /// 0 until the first start has found a free one.
        var port: UInt16 = 0
        var program: Program?
        var starts = 0
    }

    /// - Parameters:
    ///   - policies: Texts of policy files by their names, such as `demo.yaml`.
    ///   - settings: Further lines of collector.toml.
    /// - Throws: `RehearsalError` when a file cannot be written.
    public init(
        in scene: Scene, authority: CertificateAuthority, policies: [String: String], grants: [Grant],
        settings: String = ""
    ) async throws {
        self.scene = scene
        self.settings = settings
        credentials = try await authority.issue(.collector, "main")
        state = Mutex(State())
        _ = try scene.directory.directory("collector/policies")
        for (name, text) in policies { try scene.directory.write(text, to: "collector/policies/\(name)") }
        let permissions = grants.map { "[[grant]]\nid = \"\($0.identity)\"\nrole = \"\($0.role)\"\n" }
        try scene.directory.write(permissions.joined(separator: "\n"), to: "collector/permissions.toml")
        let file = try scene.directory.write(
            configuration(port: 0, portFile: scene.directory.file("collector/port")), to: "collector/collector.toml")
        let created = try await scene.run("perch-collector", ["--config", file, "--create-ledger"], seconds: 30)
        let keys = created.standardOutput.split(separator: "\n").map(String.init)
        guard created.isSuccess, keys.count == 2 else {
            throw RehearsalError.ended(
                program: "perch-collector --create-ledger", how: "\(created.end)",
                lastLines: created.standardError)
        }
        _ = try scene.directory.directory("keys")
        _ = try scene.directory.write(keys[0], to: "keys/verdict-signer.json")
        _ = try scene.directory.write(keys[1] + "\n", to: "keys/log.vkey")
    }

    /// Directory of the public keys, as an auditor holds them.
    public var keys: String { scene.directory.file("keys") }

    public var port: UInt16 { state.withLock { $0.port } }
    public var address: String { "127.0.0.1:\(port)" }
    public var program: Program? { state.withLock { $0.program } }

    /// Starts it and waits until it listens.
    public func start() async throws {
        let (port, number) = state.withLock { state in
            state.starts += 1
            return (state.port, state.starts)
        }
        let portFile = scene.directory.file("collector/port")
        unlink(portFile)
        let file = try scene.directory.write(
            configuration(port: port, portFile: portFile), to: "collector/collector.toml")
        let name = number == 1 ? "collector" : "collector-\(number)"
        let program = try scene.start("perch-collector", ["--config", file], name: name)
        state.withLock { $0.program = program }
        let listening: UInt16 = try await Waiting.until("the collector's listening", seconds: 30) {
            if let end = program.ended {
                throw RehearsalError.ended(
                    program: "perch-collector", how: end.description, lastLines: program.lastLines())
            }
            let text = FileManager.default.contents(atPath: portFile).map { String(decoding: $0, as: UTF8.self) }
            return text.flatMap { UInt16($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        state.withLock { $0.port = listening }
    }

    private func configuration(port: UInt16, portFile: String) -> String {
        """
        [listen]
        address = "127.0.0.1:\(port)"
        port_file = "\(portFile)"
        [health]
        address = "127.0.0.1:0"
        port_file = "\(scene.directory.file("collector/health-port"))"
        [tls]
        certificate = "\(credentials.certificate)"
        key = "\(credentials.key)"
        certificate_authority = "\(credentials.authority)"
        domain = "\(credentials.identity.domain)"
        [store]
        path = "\(database)"
        [access]
        permissions = "\(scene.directory.file("collector/permissions.toml"))"
        [policies]
        directory = "\(scene.directory.file("collector/policies"))"
        [ledger]
        signing_key = "\(scene.directory.file("collector/verdict.key"))"
        log_key = "\(scene.directory.file("collector/log.key"))"
        origin = "perch.example/log/rehearsal"
        checkpoint = "\(scene.directory.file("collector/checkpoint.sqlite"))"
        \(settings)

        """
    }

    public func stop() async { await program?.stop() }
    /// SIGKILL: whatever it has not made durable is gone.
    public func kill() async { await program?.kill() }
}
