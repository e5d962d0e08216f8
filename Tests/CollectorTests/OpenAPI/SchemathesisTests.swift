import Foundation
import Rehearsal
import Shared
import Testing

@testable import Collector

/// Schemathesis asks the live server what its description offers, well and badly, over mutual TLS: no fault of the
/// server, no status that is not described, no answer of another form.
@Suite struct SchemathesisTests {
    private static let checks = [
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
        "response_schema_conformance", "unsupported_method", "allow_header_conformance",
    ]
    private static let examples = 15

    /// One person with every role, so that no call ends at its door.
    private static let permissions = Role.allCases.map {
        "[[grant]]\nid = \"spiffe://perch.example/perch/person/ops\"\nrole = \"\($0.rawValue)\"\n"
    }.joined()

    /// Most questions are about what is there; a gate is not waited at for long.
    private static let settings = """
        [[operations]]
        include-path-regex = "^/v1/rollouts/"
        parameters = { "path.id" = "r1" }
        [[operations]]
        include-path-regex = "/gate/"
        parameters = { "path.id" = "r1", "query.wait" = "0s" }
        [[operations]]
        include-path-regex = "^/v1/policies/"
        parameters = { "path.name" = "default" }
        """

    @Test func theServerDoesWhatItsDescriptionSays() async throws {
        let schemathesis = try await PythonTools.program("schemathesis")
        var options = TestServer.Options()
        options.permissions = Self.permissions
        try await TestServer.run(options) { server in
            try await server.register("db-1")
            let body = Array(RoleTableTests.rollout("r1", new: "n1").utf8)
            var request = TestClient.Request(method: .POST, path: "/v1/rollouts", body: body)
            request.headers.add(name: "Content-Type", value: "application/json")
            #expect(try await server.client("ops").send(request).status == 201)
            // The log is open.
            try await server.api.ledger?.flush()
            let directory = try TestDirectory.make()
            let settings = directory + "/schemathesis.toml"
            try Self.settings.write(toFile: settings, atomically: true, encoding: .utf8)
            let end = try await Subprocess.run(
                schemathesis,
                [
                    "--config-file", settings, "run", "--exclude-path", "/v1/reports",
                    "https://localhost:\(server.port)/openapi.json",
                    "--tls-verify", server.pki.certificate("ca"), "--request-cert", server.pki.certificate("ops"),
                    "--request-cert-key", server.pki.key("ops"), "--checks", Self.checks.joined(separator: ","),
                    "--phases", "coverage,fuzzing", "--max-examples", "\(Self.examples)",
                    "--generation-deterministic", "--no-color", "--warnings", "off",
                    "--request-timeout", "20", "--continue-on-failure",
                ], in: directory)
            #expect(end.status == 0, "\(end.text.suffix(6000))")
            // It did ask. Not for the description itself; and reports are protobuf, which BadInputTests sends.
            #expect(end.text.contains("Tested: \(OpenAPIOperation.all.count - 2)\n"), "\(end.text.suffix(2000))")
        }
    }
}
