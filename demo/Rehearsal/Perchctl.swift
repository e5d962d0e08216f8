import Foundation
import Shared

/// perchctl as somebody with a certificate runs it against a rehearsal's collector.
public struct Perchctl: Sendable {
    private let scene: Scene
    private let collector: CollectorProcess
    private let credentials: CertificateAuthority.Credentials

    public init(_ scene: Scene, as credentials: CertificateAuthority.Credentials, at collector: CollectorProcess) {
        self.scene = scene
        self.collector = collector
        self.credentials = credentials
    }

    /// Runs it to its end; the exit code is part of the answer.
    public func run(_ arguments: String..., seconds: Double = 30) async throws -> Scene.Output {
        try await run(arguments, seconds: seconds)
    }

    public func run(_ arguments: [String], seconds: Double = 30) async throws -> Scene.Output {
        try await scene.run("perchctl", arguments, environment: environment, seconds: seconds)
    }

    /// Runs it and decodes what it printed.
    /// - Throws: `RehearsalError.ended` when it did not end with 0.
    public func json<Answer: Decodable>(_ type: Answer.Type, _ arguments: String...) async throws -> Answer {
        let output = try await scene.run("perchctl", arguments + ["--json"], environment: environment)
        guard output.isSuccess else {
            throw RehearsalError.ended(
                program: "perchctl " + arguments.joined(separator: " "), how: output.end.description,
                lastLines: output.standardError)
        }
        return try JSONDecoder().decode(type, from: Data(output.standardOutput.utf8))
    }

    private var environment: [String: String] {
        [
            "PERCH_SERVER": "https://\(collector.address)", "PERCH_CERTIFICATE": credentials.certificate,
            "PERCH_KEY": credentials.key, "PERCH_CA": credentials.authority,
            // A profile of the person who runs this must not get in.
            "XDG_CONFIG_HOME": scene.directory.path, "PERCH_PROFILE": "", "GITHUB_STEP_SUMMARY": "",
        ]
    }
}
