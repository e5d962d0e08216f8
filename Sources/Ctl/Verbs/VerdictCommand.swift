// `perchctl rollout verdict` and `export`: what was judged, as a table or as JSON, and the evidence as a case file.
// Must show each check with its own sentence, unshortened.
import ArgumentParser
import Foundation
import Shared

struct ShowVerdict: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verdict", abstract: "Show the verdict with all its checks.",
        discussion: "Example: perchctl rollout verdict 2026-11-redis-tls --at 2026-11-20T12:05:00Z")

    @Argument(help: "Id of the roll-out; letters, digits, . _ and -.")
    var rollout: Name
    @Option(help: ArgumentHelp("The verdict as it stood then; the last one without it.", valueName: "time in UTC"))
    var at: Moment?
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let query = at.map { [(name: "at", value: $0.text)] } ?? []
            let answer = try await client.send(.init(path: ["rollouts", rollout.text, "verdict"], query: query))
            if connection.json { return Console.standard.json(answer.body) }
            Self.show(try client.decode(VerdictView.self, from: answer), Console.standard)
        }
    }

    static func show(_ view: VerdictView, _ console: Console) {
        console.show(facts(view))
        console.line("")
        console.show(checks(view))
    }

    static func facts(_ view: VerdictView) -> Table {
        var facts = Table("VERDICT", view.verdict.rawValue)
        facts.add(["summary", Table.Cell(view.summary)])
        for missing in view.missing { facts.add(["missing", Table.Cell(missing)]) }
        if let hours = view.etaHours { facts.add(["may pass in", "\(hours) h, if nothing changes"]) }
        facts.add(["judged", "hour \(view.hour) of \(view.rollout), \(view.pairs) pairs"])
        facts.add(["window", "\(view.windowFrom) to \(view.windowTo)"])
        facts.add(["evaluated", Table.Cell(view.evaluatedAt)])
        facts.add(["policy", "\(view.policy) (sha256 \(view.policyDigest))"])
        facts.add(["id", Table.Cell(view.id)])
        return facts
    }

    static func checks(_ view: VerdictView) -> Table {
        var table = Table("CHECK", "OUTCOME", "OBSERVED", "BOUND", "SENTENCE")
        for check in view.checks {
            table.add([
                Table.Cell(check.id), .word(check.outcome),
                Table.Cell(Quantity(check.observed, unit: check.unit).text),
                Table.Cell(Quantity(check.bound, unit: check.unit).text), Table.Cell(check.sentence),
            ])
        }
        return table
    }
}

struct ExportRollout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the evidence of a roll-out as a case file.",
        discussion: """
            Example: perchctl rollout export 2026-11-redis-tls --output case.csv

            The file can be judged again, without a server: perchctl judge --case case.csv
            """)

    @Argument(help: "Id of the roll-out; letters, digits, . _ and -.")
    var rollout: Name
    @Option(
        name: [.short, .long], help: ArgumentHelp("Where to write it; standard output without it.", valueName: "file"),
        completion: .file())
    var output: String?
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let settings = try connection.settings()
        try await Client.with(settings) { client in
            let request = Client.Request(path: ["rollouts", rollout.text, "export"], timeout: .seconds(3600))
            guard let output, output != InputFile.dash else {
                _ = try await client.stream(request) { (bytes) throws(Failure) in Console.standard.write(bytes) }
                return
            }
            let count = try await client.download(request, to: output)
            Console.standard.note("\(output) has \(count) bytes")
        }
    }
}
