// The verbs that need no server, as the real program.
import ArgumentParser
import Foundation
import Testing

@testable import Ctl

struct OfflineCommandTests {
    private static let cases = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/Judge/cases")

    private func perchctl(_ arguments: [String], input: String = "") async throws -> ProgramEnd {
        try await Program(Program.perchctl, arguments, input: input).end()
    }

    @Test func judgePrintsOneObjectForEachHourAndNothingElse() async throws {
        let file = Self.cases.appendingPathComponent("bad-gross.csv")
        let end = try await perchctl(["judge", "--case", file.path, "--policy", "default"])
        #expect(end.status == 0)
        #expect(end.errors.isEmpty)
        struct Hour: Decodable {
            var hour: Int
            var verdict: String
        }
        let hours = try end.output.split(separator: "\n").map {
            try JSONDecoder().decode(Hour.self, from: Data($0.utf8))
        }
        #expect(hours.map(\.hour) == Array(1...hours.count))
        #expect(hours.last?.verdict == "FAIL")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(try await perchctl(["judge", "--case", "-"], input: text).output == end.output)
    }

    @Test func anUnreadableCaseIsThreeAndOneLineThatNamesIt() async throws {
        for (arguments, input, words) in [
            (["--case", "/none.csv"], "", "/none.csv"), (["--case", "-"], "block,pair\n", "standard input:1:"),
            (["--case", "-", "--policy", "/none.yaml"], "", "/none.yaml"),
        ] {
            let end = try await perchctl(["judge"] + arguments, input: input)
            #expect(end.status == 3)
            #expect(end.output.isEmpty)
            #expect(end.errors.contains(words) && end.errors.split(separator: "\n").count == 1, "\(end.errors)")
        }
    }

    @Test func aStricterPolicyJudgesOtherwise() async throws {
        let file = Self.cases.appendingPathComponent("bad-cpu-30.csv").path
        let lax = """
            version: 1
            name: lax
            metrics: {cpu: {level: observe}, service: {level: observe}, p50: {level: observe}, p99: {level: observe}}

            """
        let directory = try TemporaryDirectory()
        let strict = try await perchctl(["judge", "--case", file])
        let loose = try await perchctl(["judge", "--case", file, "--policy", try directory.write("lax.yaml", lax)])
        #expect(strict.output.contains("\"FAIL\""))
        #expect(loose.status == 0)
        #expect(!loose.output.contains("\"FAIL\""))
    }

    @Test func policyCheckNamesEveryMistake() async throws {
        let good = try await perchctl(["policy", "check", "-"], input: "version: 1\nname: strict\n")
        #expect(good.status == 0)
        #expect(good.output == "standard input: policy strict is valid\n")
        let bad = try await perchctl(
            ["policy", "check", "-"], input: "version: 1\nname: strict\nmetrics: {cpu: {margin: 5}}\nfoo: 1\n")
        #expect(bad.status == 3)
        #expect(bad.errors.contains("standard input:3: metrics.cpu.margin"))
        #expect(bad.errors.contains("standard input:4: foo"))
    }

    @Test func policyExplainFillsInTheDefaults() async throws {
        let end = try await perchctl(["policy", "explain", "default"])
        #expect(end.status == 0)
        let rows = end.output.split(separator: "\n").map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
        #expect(rows.contains("metrics.p99.margin 20%"))
        #expect(rows.contains("gates.open.age 2d"))
    }

    @Test func policyDiffShowsWhatDiffersOnly() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("a.yaml", "version: 1\nname: default\nmetrics: {cpu: {margin: 10%}}\n")
        let end = try await perchctl(["policy", "diff", "default", file])
        #expect(end.status == 0)
        let lines = end.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.last?.hasPrefix("metrics.cpu.margin  15%      10%") == true)
        #expect(try await perchctl(["policy", "diff", file, file]).output == "\(file) and \(file) mean the same\n")
    }

    @Test(arguments: [
        ["--help"], ["gate", "--help"], ["rollout", "advance", "--help"], ["judge", "--help"], ["--version"],
    ])
    func helpIsDoneAndOnStandardOutput(arguments: [String]) async throws {
        let end = try await perchctl(arguments)
        #expect(end.status == 0)
        #expect(end.errors.isEmpty)
        #expect(end.output.contains(arguments == ["--version"] ? "perchctl 1" : "Example: perchctl"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionScriptsExist(shell: String) async throws {
        let end = try await perchctl(["--generate-completion-script", shell])
        #expect(end.status == 0)
        #expect(end.output.contains("rollout"))
    }

    @Test(arguments: [
        ["nonsense"], ["rollout", "show"], ["host", "show", "a/b"], ["judge"], ["policy", "diff", "default"],
    ])
    func wrongUsageIsThree(arguments: [String]) async throws {
        let end = try await perchctl(arguments)
        #expect(end.status == 3)
        #expect(end.output.isEmpty)
    }

    @Test func everyVerbShowsAnExample() {
        var commands: [any ParsableCommand.Type] = [Perchctl.self]
        var count = 0
        while let command = commands.popLast() {
            count += 1
            commands += command.configuration.subcommands
            #expect(command.configuration.discussion.contains("Example: perchctl "), "\(command)")
            #expect(!command.configuration.abstract.isEmpty, "\(command)")
        }
        #expect(count > 15)
    }
}
