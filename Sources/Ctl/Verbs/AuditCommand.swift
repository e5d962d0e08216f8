// `perchctl audit export`: everything that was said in a time, as one directory that is readable and verifiable without
// the collector. Must never write a file whose digest it did not check.
import ArgumentParser
import Foundation
import Ledger
import Shared

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Take the audit trail of a time with you.",
        discussion: "Example: perchctl audit export --from 2026-10-01T00:00:00Z --to 2027-01-01T00:00:00Z -o 2026-q4",
        subcommands: [ExportAudit.self])
}

struct ExportAudit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write all verdicts, decisions, evidence and the log into a directory.",
        discussion: """
            Example: perchctl audit export --from 2026-10-01T00:00:00Z --to 2027-01-01T00:00:00Z --output 2026-q4

            index.html lists everything. Each verdict can be verified from the directory alone:
              perchctl verify 2026-q4/rollouts/ROLLOUT/verdicts/ID --keys KEYS --recompute
            An export that was interrupted goes on where it stopped.
            """)

    @Option(help: ArgumentHelp("From then on.", valueName: "time in UTC"))
    var from: Moment
    @Option(help: ArgumentHelp("Before then.", valueName: "time in UTC"))
    var to: Moment
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("A directory; it is made if it is not there.", valueName: "directory"),
        completion: .directory)
    var output: String
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        // Both have the one spelling whose order is that of time.
        if from.text >= to.text { throw ValidationError("--to must lie after --from") }
    }

    func run() async throws {
        let directory = try OutputDirectory(output)
        try await Client.with(try connection.settings()) { client in
            var export = AuditExport(client: client, directory: directory, from: from.text, to: to.text)
            let counts = try await export.run()
            Console.standard.line("\(output): \(counts.verdicts) verdicts, \(counts.decisions) decisions")
        }
    }
}
