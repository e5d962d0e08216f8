// `perchctl origin …`: verifies a signed Debian repository where it lies, and tells the collector which packages it
// approves.
import ArgumentParser
import Foundation
import Shared

struct OriginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "origin", abstract: "Approve the packages of a signed repository, and list what is approved.",
        discussion: "Example: perchctl origin list", subcommands: [ImportOrigin.self, ListOrigins.self])
}

struct ImportOrigin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Verify a Debian repository on this disk and approve its packages.",
        discussion: """
            Example: perchctl origin import --repository /srv/apt --suite stable --keyring /etc/perch/apt.gpg \
            --signed-by 0123456789ABCDEF0123456789ABCDEF01234567

            The signature of InRelease is checked by gpgv against the pinned keys, each index by its digest in the \
            Release file, and each package by its digest in the index. With --output nothing is sent.
            """)

    @Option(help: ArgumentHelp("The repository's folder, with dists and pool in it.", valueName: "folder"))
    var repository: String
    @Option(help: ArgumentHelp("The suite below dists.", valueName: "suite"))
    var suite: String
    @Option(help: ArgumentHelp("A keyring that gpgv reads.", valueName: "file"), completion: .file())
    var keyring: String
    @Option(
        name: .customLong("signed-by"),
        help: ArgumentHelp("Fingerprint of a key that may sign; repeat it for more.", valueName: "hex"))
    var keys: [String]
    @Option(
        name: [.short, .long], help: ArgumentHelp("Write the manifest there and send nothing.", valueName: "file"),
        completion: .file())
    var output: String?
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let manifest = try DebianRepository(root: repository, suite: suite, keyring: keyring, keys: keys).manifest()
        let body = try Client.json(manifest)
        if let output {
            do {
                try Data(body.bytes).write(to: URL(filePath: output), options: .atomic)
            } catch {
                throw Failure.usage("\(output) cannot be written: \(error)", mend: "check the folder")
            }
            return Console.standard.line("\(manifest.packages.count) packages of \(manifest.origin) are in \(output)")
        }
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.send(
                .init(method: .post, path: ["origins"], body: body, timeout: .seconds(120)))
            if connection.json { return Console.standard.json(answer.body) }
            let view = try client.decode(OriginView.self, from: answer)
            let what = answer.httpStatus == 201 ? "are approved" : "were approved before"
            Console.standard.line(
                Printable.line("\(view.packages) packages of \(view.origin) \(view.suite) \(what), as \(view.id)"))
        }
    }
}

struct ListOrigins: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the approved repositories, newest first.",
        discussion: "Example: perchctl origin list")

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.send(.init(path: ["origins"]))
            if connection.json { return Console.standard.json(answer.body) }
            var table = Table("ORIGIN", "SUITE", "PACKAGES", "VALID UNTIL", "SIGNED BY", "IMPORTED", "BY")
            for one in try client.decode(OriginPage.self, from: answer).origins {
                table.add([
                    Table.Cell(one.origin), Table.Cell(one.suite), "\(one.packages)",
                    Table.Cell(one.validUntil ?? "no end"), Table.Cell(one.signedBy), Table.Cell(one.importedAt),
                    Table.Cell(one.importedBy),
                ])
            }
            Console.standard.show(table)
        }
    }
}
