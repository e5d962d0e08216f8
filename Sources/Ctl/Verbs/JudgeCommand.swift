// `perchctl judge`: replays recorded data through the collector's own Judge, without a server. Prints one JSON object
// for each hour and nothing else on standard output.
import ArgumentParser
import Evidence
import Foundation
import Judge
import Policy

struct JudgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge", abstract: "Judge a recorded case again, hour by hour, without a server.",
        discussion: """
            Example: perchctl judge --case case.csv --policy default

            Exits 0 whatever the verdicts are, and 3 when the case or the policy cannot be read.
            """)

    @Option(
        name: .customLong("case"), help: ArgumentHelp("The case; - reads standard input.", valueName: "file"),
        completion: .file())
    var file: String
    @Option(
        help: ArgumentHelp("A policy file, or `default` for the built-in one.", valueName: "file"),
        completion: .file())
    var policy = PolicySource.builtInName

    /// More than a year of a large fleet.
    static let mostBytes = 1 << 30

    func run() async throws {
        let document = try PolicySource.read(policy)
        let bytes = try InputFile.read(file, mostBytes: Self.mostBytes, what: "the case")
        let name = InputFile.name(file)
        let lines: [String]
        do {
            lines = try CaseFileReplay.lines(bytes: bytes, file: name, policy: document.judge)
        } catch {
            throw Failure.usage(error.description, mend: "")
        }
        Console.standard.write(Array(lines.map { $0 + "\n" }.joined().utf8))
    }
}

/// A policy by the path of its file, or the built-in one.
enum PolicySource {
    static let builtInName = "default"
    static let mostBytes = 1 << 20

    static func read(_ source: String) throws(Failure) -> PolicyDocument {
        if source == builtInName { return PolicyDocument(name: builtInName) }
        let bytes = try InputFile.read(source, mostBytes: mostBytes, what: "the policy")
        let name = InputFile.name(source)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure.usage("the policy \(name) is no UTF-8 text", mend: "write it as YAML")
        }
        do {
            return try PolicyFile.read(text, file: name)
        } catch {
            throw Failure.usage(
                "the policy \(name) is not valid", mend: "mend this:", details: error.all.map(\.description))
        }
    }
}
