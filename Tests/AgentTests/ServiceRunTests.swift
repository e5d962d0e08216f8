// The program itself against a collector on loopback: it delivers, survives kill -9 and outages without losing or
// repeating a number, and ends when it is asked to.
import Foundation
import Shared
import Testing

@testable import Agent

@Suite(.serialized) struct ServiceRunTests {
    private static let collectorID = "spiffe://perch.example/perch/collector/main"

    /// Beside the test bundle; `nil` when only the tests were built.
    private static let program: String? = {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let candidates = ["perch-agent", "Agent"].flatMap { name in
            [folder.appendingPathComponent(name), folder.deletingLastPathComponent().appendingPathComponent(name)]
        }
        return candidates.map(\.path).first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    private final class Bench {
        let pki: TestPKI
        let directory = TemporaryDirectory()
        let configuration: String
        private(set) var process: Process?

        init(_ pki: TestPKI, port: Int) throws {
            self.pki = pki
            let agent = try pki.leaf(
                "agent", names: ["URI:spiffe://perch.example/perch/agent/db-1"], usage: "clientAuth")
            configuration = directory.path + "/agent.toml"
            try """
            interval_ms = 200
            state_directory = "\(directory.path)/state"
            [collector]
            address = "127.0.0.1:\(port)"
            spiffe_id = "\(ServiceRunTests.collectorID)"
            certificate = "\(agent.certificate)"
            key = "\(agent.key)"
            certificate_authority = "\(pki.authorityPath)"
            [redis]
            discover = false
            [journal]
            directory = "\(directory.path)"
            """.write(toFile: configuration, atomically: true, encoding: .utf8)
        }

        func start() throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try #require(ServiceRunTests.program))
            process.arguments = ["--config", configuration]
            process.standardError = FileHandle.nullDevice
            try process.run()
            self.process = process
        }

        func kill(_ number: Int32) async -> Int32? {
            guard let process else { return nil }
            Foundation.kill(process.processIdentifier, number)
            await eventually("the agent ends", withinSeconds: 10, { !process.isRunning })
            if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
            self.process = nil
            return process.terminationStatus
        }

        deinit { if let process, process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) } }
    }

    private func numbers(_ seen: [SeenRequest]) -> [(run: Data, sequence: UInt64)] {
        seen.flatMap { $0.batch?.reports.map { ($0.runID, $0.sequence) } ?? [] }
    }

    private func server(_ pki: TestPKI) throws -> TestPKI.Pair {
        try pki.leaf("collector", names: ["URI:" + Self.collectorID], usage: "serverAuth")
    }

    @Test(.enabled(if: program != nil, "perch-agent is not built"))
    func reportsArriveInOrderAcrossKillAndOutage() async throws {
        let pki = try TestPKI()
        let refuses = Collected<Bool>()
        let collector = try await TestCollector(server(pki), authority: pki.authorityPath) { request in
            refuses.all.count % 2 == 1
                ? Reply(status: .serviceUnavailable, headers: [("Retry-After", "0")]) : acknowledging(request)
        }
        let bench = try Bench(pki, port: collector.port)
        try bench.start()
        await eventually("ten reports", { numbers(collector.seen).count >= 10 })
        let first = try #require(numbers(collector.seen).first)
        #expect(first.sequence == 1)
        let report = try #require(collector.seen.first?.batch?.reports.first)
        #expect(report.host == "db-1")
        #expect(report.hostReadings.value(Catalogue.cpuCount) != nil)
        #expect(report.intervalUs == 200_000)

        // The collector takes nothing: reports pile up, and the agent dies.
        refuses.add(true)
        let before = collector.seen.count
        await eventually(
            "refused requests with a backlog",
            {
                (collector.seen.dropFirst(before).last?.batch?.reports.count ?? 0) >= 3
            })
        let pending = try #require(collector.seen.last?.batch?.reports.map(\.sequence))
        _ = await bench.kill(SIGKILL)
        refuses.add(false)
        let answered = collector.seen.count
        try bench.start()
        await eventually(
            "the new run's reports",
            {
                numbers(collector.seen).contains { $0.run != first.run && $0.sequence >= 3 }
            })
        let later = numbers(Array(collector.seen.dropFirst(answered)))
        let old = later.prefix { $0.run == first.run }.map(\.sequence)
        // What the dead run had not delivered comes first, whole and in order.
        #expect(Array(old.prefix(pending.count)) == pending)
        #expect(old == old.sorted())
        let new = later.drop { $0.run == first.run }
        #expect(new.allSatisfy { $0.run != first.run })
        #expect(Array(new.map(\.sequence)) == Array(1...UInt64(new.count)))
        let all = Set(numbers(collector.seen).filter { $0.run == first.run }.map(\.sequence))
        #expect(all == Set(1...(all.max() ?? 0)))
        #expect(await bench.kill(SIGTERM) == 0)
        await collector.stop()
    }

    @Test(.enabled(if: program != nil, "perch-agent is not built"))
    func withoutACollectorItKeepsItsReportsAndEndsWhenAsked() async throws {
        let pki = try TestPKI()
        // A port that nobody listens on.
        let gone = try await TestCollector(server(pki), authority: pki.authorityPath, reply: acknowledging)
        let port = gone.port
        await gone.stop()
        let bench = try Bench(pki, port: port)
        try bench.start()
        let spool = bench.directory.path + "/state/spool"
        await eventually(
            "reports in the spool",
            {
                let names = (try? FileManager.default.contentsOfDirectory(atPath: spool)) ?? []
                return names.contains { name in
                    let attributes = try? FileManager.default.attributesOfItem(atPath: spool + "/" + name)
                    return name.hasSuffix(".segment") && ((attributes?[.size] as? Int) ?? 0) > 5000
                }
            })
        let start = ContinuousClock.now
        #expect(await bench.kill(SIGTERM) == 0)
        #expect(ContinuousClock.now - start < .seconds(4))
        let left = try Spool(directory: spool, limitBytes: 1 << 26)
        #expect(left.torn == 0)
        let sequences = left.oldest(maximumReports: 1000, maximumBytes: .max).map(\.key.sequence)
        #expect(sequences == Array(1...UInt64(max(1, sequences.count))))
    }

    @Test(
        .enabled(if: program != nil, "perch-agent is not built"),
        arguments: [
            (["--version"], 0, "perch-agent "), (["--help"], 0, "Usage:"), (["--nonsense"], 3, ""),
            (["--config", "/nonexistent", "--check-config"], 2, ""), (["--config", "/nonexistent"], 2, ""),
            (["redis-acl"], 0, "ACL SETUSER perch on"),
        ])
    func theCommandLineAnswersWithItsStatus(words: [String], status: Int32, output: String) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.program))
        process.arguments = words
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == status)
        #expect(output.isEmpty || text.contains(output))
    }

    @Test(.enabled(if: program != nil, "perch-agent is not built"))
    func oneReportIsShownWithoutCollectorRedisOrJournal() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.program))
        let directory = TemporaryDirectory()
        try "[redis]\ndiscover = false\n[journal]\ndirectory = \"\(directory.path)\"\n"
            .write(toFile: directory.path + "/a.toml", atomically: true, encoding: .utf8)
        process.arguments = ["--once", "--config", directory.path + "/a.toml"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let report = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        #expect((report?["probes"] as? [String: Any])?.count == Registry.names.count + 1)
        #expect((report?["host_readings"] as? [String: Any])?["system.memory.limit"] != nil)
    }

    @Test(.enabled(if: program != nil, "perch-agent is not built"))
    func theCheckNamesWhatIsWrongWithTheCertificate() async throws {
        let pki = try TestPKI()
        let bench = try Bench(pki, port: 1)
        func check(_ change: (String) -> String) async throws -> (Int32, String) {
            let text = try String(contentsOfFile: bench.configuration, encoding: .utf8)
            let path = bench.directory.path + "/changed.toml"
            try change(text).write(toFile: path, atomically: true, encoding: .utf8)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try #require(Self.program))
            process.arguments = ["--check-config", "--config", path]
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = pipe
            try process.run()
            let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, output)
        }
        let good = try await check { $0 }
        #expect(good.0 == 0 && good.1.contains("good; host db-1"), "\(good)")
        let host = try await check { "host = \"db-2\"\n" + $0 }
        #expect(host.0 == 2 && host.1.contains("db-2"), "\(host)")
        let domain = try await check {
            $0.replacingOccurrences(
                of: "spiffe://perch.example/perch/collector", with: "spiffe://other/perch/collector")
        }
        #expect(domain.0 == 2 && domain.1.contains("domain"), "\(domain)")
        let key = try await check { $0.replacingOccurrences(of: "agent.key", with: "ca.key") }
        #expect(key.0 == 2 && key.1.contains("collector.key"), "\(key)")
        let typing = try await check { "intervall_ms = 5\n" + $0 }
        #expect(typing.0 == 2 && typing.1.contains("changed.toml:1: ") && typing.1.contains("did you mean interval_ms"))
    }
}
