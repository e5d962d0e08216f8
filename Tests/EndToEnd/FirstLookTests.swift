import Foundation
import Glibc
import Rehearsal
import Testing

/// `perch-agent --once` as a person's first look, with nothing prepared.
@Suite struct FirstLookTests {
    @Test(.timeLimit(.minutes(1)))
    func anAgentOfNobodyPrintsCleanJSONWithCausesWhereNothingIsThere() async throws {
        try await Scene.play("first-look") { scene in
            // Readable for the user nobody, unlike the rest of a scene.
            let open = TemporaryFolder()
            defer { open.remove() }
            let program = try open.copy(BuildDirectory.program("perch-agent"), as: "perch-agent")
            let configuration = try open.write(
                """
                state_directory = "/nonexistent/perch"
                [redis]
                discover = false
                [[redis.instances]]
                name = "gone"
                address = "127.0.0.1:1"
                [journal]
                directory = "/nonexistent/journal"
                """, to: "agent.toml")

            let words = [program, "--config", configuration, "--once"]
            let asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups"] + words
            let output =
                geteuid() == 0
                ? try await scene.run("setpriv", asNobody, seconds: 20)
                : try await scene.run(program, Array(words.dropFirst()), seconds: 20)

            #expect(output.isSuccess, "\(output.end): \(output.standardError)")
            let report = try OnceReport(output.standardOutput)
            #expect(report.probeNames.isSuperset(of: ["cpu", "memory", "redis", "journal"]))
            #expect(report.journalCause == "unsupported")
            #expect(report.probeCauses["cpu"] == nil)
            #expect(report.instances["gone"]?.absent == "unsupported")
            #expect(report.instances["gone"]?.hasValuesOfRedis == false)
        }
    }
}

/// A folder that other users may read.
private struct TemporaryFolder {
    let path = FileManager.default.temporaryDirectory.path + "/perch-open-\(UUID().uuidString)"

    func copy(_ source: String?, as name: String) throws -> String {
        let source = try #require(source, "perch-agent is not built in \(BuildDirectory.directory ?? "?")")
        try make()
        let target = path + "/" + name
        try FileManager.default.copyItem(atPath: source, toPath: target)
        chmod(target, 0o755)
        return target
    }

    func write(_ text: String, to name: String) throws -> String {
        try make()
        let target = path + "/" + name
        try text.write(toFile: target, atomically: true, encoding: .utf8)
        chmod(target, 0o644)
        return target
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    private func make() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        chmod(path, 0o755)
    }
}
