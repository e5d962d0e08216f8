import Foundation
import Testing

@testable import Collector

/// Every page in a real browser with a real client certificate: no word in the console, no finding of axe, no script,
/// forms that work. Where no browser can start it says SKIP and why.
@Suite struct BrowserTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test(.timeLimit(.minutes(3)))
    func everyPageLoadsWithoutAFindingAndFormsWork() async throws {
        let environment = ProcessInfo.processInfo.environment
        // Set by `make screenshots`: where pictures go. The whole story takes a minute then.
        let pictures = environment["PERCH_SCREENSHOTS"] ?? ""
        let hours = pictures.isEmpty ? 34 : 60
        let options = TestServer.Options(
            startMicroseconds: Showcase.start(hours: hours), policies: Showcase.policies)
        try await TestServer.run(options) { server in
            var showcase = Showcase(server: server, hours: hours)
            try await showcase.play()
            let verdict = try #require(await server.api.judging.entry(Showcase.good)?.verdict?.view.id)
            let failed = try #require(await server.api.judging.entry(Showcase.bad)?.verdict?.view.id)
            let plan = Plan(
                port: server.port, pki: server.pki.directory, good: Showcase.good, bad: Showcase.bad,
                thin: Showcase.thin, gone: Showcase.gone, verdict: verdict, failed: failed, pictures: pictures,
                scratch: try TestDirectory.make())
            let result = try await Self.run(plan)
            if result.status == 77 {
                print("SKIP: \(result.output)")
                return
            }
            #expect(result.status == 0, "\(result.output)")
            // What the form did is on record.
            let decided = await server.api.desk.views().first { $0.user == "grace" }
            #expect(decided?.state == .approved && decided?.decidedBy.hasSuffix("person/boss") == true)
            #expect(await server.api.desk.views().contains { $0.user == "barbara" && $0.state == .requested })
        }
    }

    /// What the script looks at.
    private struct Plan: Encodable {
        var port: Int
        var pki: String
        var good: String
        var bad: String
        var thin: String
        var gone: String
        var verdict: String
        var failed: String
        var pictures: String
        var scratch: String
    }

    private static func run(_ plan: Plan) async throws -> (status: Int32, output: String) {
        let file = plan.scratch + "/plan.json"
        try JSONEncoder().encode(plan).write(to: URL(filePath: file))
        let process = Process()
        process.executableURL = root.appending(path: "tools/browse-pages")
        process.arguments = [file]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { ended in
                let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                continuation.resume(returning: (ended.terminationStatus, text))
            }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
