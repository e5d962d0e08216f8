import Foundation
import Glibc
import NIOHTTP1
import Shared
import Testing

@testable import Collector

/// The real program as a process: how it starts, reloads, stops and comes back.
@Suite struct ProgramTests {
    /// A collector's files, and the process that runs on them.
    final class Instance {
        let pki: TestPKI
        let directory: String
        private var process: Process?

        /// - Parameter more: of collector.toml.
        init(_ pki: TestPKI, more: String = "") throws {
            self.pki = pki
            directory = try TestDirectory.make()
            try put("collector")
            try TestServer.permissions.write(
                toFile: directory + "/permissions.toml", atomically: true, encoding: .utf8)
            try """
            [listen]
            address = "127.0.0.1:0"
            port_file = "\(directory)/port"
            [health]
            address = "127.0.0.1:0"
            port_file = "\(directory)/health-port"
            [tls]
            certificate = "\(directory)/tls.pem"
            key = "\(directory)/tls.key"
            certificate_authority = "\(directory)/ca.pem"
            domain = "\(TestPKI.domain)"
            [store]
            path = "\(directory)/perch.sqlite"
            [access]
            permissions = "\(directory)/permissions.toml"
            \(more)
            """.write(toFile: directory + "/collector.toml", atomically: true, encoding: .utf8)
        }

        deinit {
            if let process, process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }

        func put(_ certificate: String) throws {
            for (from, to) in [
                (pki.certificate(certificate), "tls.pem"), (pki.key(certificate), "tls.key"),
                (pki.certificate("ca"), "ca.pem"),
            ] { try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: "\(directory)/\(to)")) }
        }

        func start() async throws {
            for name in ["port", "health-port", "log"] {
                try? FileManager.default.removeItem(atPath: "\(directory)/\(name)")
            }
            try Data().write(to: URL(filePath: directory + "/log"))
            let process = Process()
            process.executableURL = ProgramTests.program
            process.arguments = ["--config", directory + "/collector.toml"]
            process.standardError = FileHandle(forWritingAtPath: directory + "/log")
            try process.run()
            self.process = process
            try await eventually("the port is known:\n\(log)") {
                port("port") != nil && port("health-port") != nil
            }
        }

        func signal(_ number: Int32) { if let process { kill(process.processIdentifier, number) } }

        /// - Returns: the exit code.
        func wait() async throws -> Int32 {
            let process = try #require(process)
            try await eventually("the process ends") { !process.isRunning }
            return process.isRunning ? -1 : process.terminationStatus
        }

        func port(_ file: String) -> Int? {
            (try? String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)).flatMap {
                Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
            }
        }

        var log: String { (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? "" }

        func client(_ name: String) throws -> TestClient {
            try TestClient(pki, port: #require(port("port")), as: name)
        }

        func post(_ reports: [Report], as name: String) async throws -> TestClient.Reply {
            try await client(name).send(TestServer.request(reports))
        }

        func health(_ path: String) async throws -> TestClient.Reply {
            try await TestClient(plainPort: #require(port("health-port"))).get(path)
        }
    }

    /// Built beside the tests.
    fileprivate static let program = URL(filePath: CommandLine.arguments[0])
        .deletingLastPathComponent()
        .appending(path: "perch-collector")

    private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    private static func put(_ path: String, _ body: String) -> TestClient.Request {
        var request = TestClient.Request(method: .PUT, path: path, body: Array(body.utf8))
        request.headers.add(name: "Content-Type", value: "application/json")
        return request
    }

    @Test func itStartsServesReloadsStopsAndComesBack() async throws {
        let instance = try Instance(try await TestPKI.shared())
        try await instance.start()
        try await eventually("it is ready") { try await instance.health("/readyz").status == 200 }
        #expect(try await instance.health("/healthz").text == "ok\n")
        #expect(try await instance.client("ops").send(Self.put("/v1/hosts/db-1", "{}")).status == 201)
        var host = SyntheticHost(
            "db-1", instances: ["a"], startSeconds: SystemClock().nowMicroseconds() / 1_000_000)
        #expect(try await instance.post([host.next()], as: "db-1").status == 200)

        // A bad set is refused, a good one taken, and both on SIGHUP.
        try instance.put("collector-two")
        instance.signal(SIGHUP)
        try await eventually("the refusal is told") { instance.log.contains("collector/two") }
        #expect(try await instance.client("ops").get("/v1/hosts").status == 200)
        try instance.put("collector-again")
        instance.signal(SIGHUP)
        try await eventually("the new set is in force") {
            instance.log.contains("new certificate in force")
        }
        #expect(try await instance.client("ops").get("/v1/hosts").status == 200)
        let metrics = try await instance.health("/metrics").text
        #expect(metrics.contains("\nperch_tls_reload_failures_total 1\n"))
        #expect(try MetricsText.faults(metrics) == "")

        instance.signal(SIGTERM)
        #expect(try await instance.wait() == 0, "\(instance.log)")
        try await instance.start()
        try await eventually("it is ready again") { try await instance.health("/readyz").status == 200 }
        let view = try await instance.client("ops").get("/v1/hosts/db-1").json(HostView.self)
        #expect(view.state == .active && view.lastSequence == "1")
        #expect(try await instance.post([host.next()], as: "db-1").status == 200)
        instance.signal(SIGTERM)
        #expect(try await instance.wait() == 0, "\(instance.log)")
    }

    /// What was acknowledged is there after a kill at any moment.
    @Test func nothingAcknowledgedIsLostByAKill() async throws {
        let instance = try Instance(try await TestPKI.shared())
        try await instance.start()
        #expect(try await instance.client("ops").send(Self.put("/v1/hosts/db-1", "{}")).status == 201)
        let acknowledged = Handed<UInt64>()
        let client = try instance.client("db-1")
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                var host = SyntheticHost(
                    "db-1", instances: ["a"], startSeconds: SystemClock().nowMicroseconds() / 1_000_000)
                // Ends with the connection.
                try? await client.conversation { exchange in
                    while true {
                        let report = host.next()
                        guard try await exchange.send(TestServer.request([report])).status == 200 else {
                            return
                        }
                        _ = acknowledged.set(report.sequence)
                    }
                }
            }
            try await eventually("some are acknowledged") { acknowledged.value ?? 0 >= 20 }
            instance.signal(SIGKILL)
            try await tasks.waitForAll()
        }
        _ = try await instance.wait()
        let store = try SQLiteStore(path: instance.directory + "/perch.sqlite")
        let last = try #require(try await store.lastReport(host: "db-1"))
        #expect(last.sequence >= acknowledged.value ?? 0)
        let all = try await store.reports(
            host: "db-1", fromTimeMicroseconds: 0, after: 0, limit: 100_000)
        #expect(all.map(\.row.sequence) == Array(1...last.sequence))
        try store.close()
    }

    @Test func theConfigurationIsCheckedWithEveryFileThatItNames() async throws {
        let instance = try Instance(try await TestPKI.shared())
        let file = instance.directory + "/collector.toml"
        let good = try Self.run(["--check-config", "--config", file])
        #expect(good.status == 0 && good.output == "\(file): ok\n")
        try instance.put("collector-foreign")
        let foreign = try Self.run(["--check-config", "--config", file])
        #expect(foreign.status == 2 && foreign.output.contains("no valid chain"))
        try instance.put("collector")
        try "[[grant]]\n".write(
            toFile: instance.directory + "/permissions.toml", atomically: true, encoding: .utf8)
        let grant = try Self.run(["--check-config", "--config", file])
        #expect(
            grant.status == 2 && grant.output.contains("permissions.toml:1: grant[0].id is missing"))
        #expect(try Self.run(["--config", file]).status == 2)
        #expect(try Self.run(["--nonsense"]).status == 2)
        #expect(try Self.run(["--version"]).output == "perch-collector \(CollectorVersion.text)\n")
        #expect(try Self.run(["--help"]).output.contains("--check-config"))
    }

    /// The files that the package installs are examples that are read, not only looked at.
    @Test func theInstalledExamplesAreValid() throws {
        let packaging = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "packaging").path()
        let configuration = try ConfigurationFile.read(packaging + "/collector.toml")
        #expect(configuration.domain == "perch.example")
        let text = try String(contentsOfFile: packaging + "/permissions.toml", encoding: .utf8)
        #expect(
            try AccessTable(text: text, file: "permissions.toml", domain: configuration.domain).grants
                .count == 3)
    }
}
