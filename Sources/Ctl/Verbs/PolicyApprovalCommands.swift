// The part of `perchctl policy …` that asks a collector: which policies are in force, proposals, and their approval by
// another person. Must approve exactly the text that was read.
import ArgumentParser
import Foundation
import Shared

struct ListPolicies: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the collector's policies: those in force, and proposals.",
        discussion: "Example: perchctl policy list")

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.send(.init(path: ["policies"]))
            if connection.json { return Console.standard.json(answer.body) }
            Console.standard.show(Self.table(try client.decode(PolicyPage.self, from: answer).policies))
        }
    }

    static func table(_ policies: [PolicyView]) -> Table {
        var table = Table("POLICY", "STATE", "FROM", "PROPOSED BY", "APPROVED BY", "SHA-256")
        for one in policies {
            table.add([
                Table.Cell(one.name), .word(one.state.rawValue), Table.Cell(one.source.rawValue),
                Table.Cell(one.proposedBy), Table.Cell(one.approvedBy), Table.Cell(one.digest),
            ])
        }
        return table
    }
}

struct ShowPolicy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print a policy's text: the one in force, or the one of a digest.",
        discussion: "Example: perchctl policy show strict > strict.yaml")

    @Argument(help: "Name of the policy.")
    var policy: Name
    @Option(help: ArgumentHelp("SHA-256 of the text, for one that is not in force.", valueName: "hex"))
    var digest: HexDigest?
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.send(.init(path: ["policies", policy.text]))
            if connection.json { return Console.standard.json(answer.body) }
            let all = try client.decode(PolicyTexts.self, from: answer).policies
            let found = all.first { digest == nil ? $0.view.state == .active : $0.view.digest == digest?.text }
            guard let found else {
                let digests = all.map { "\($0.view.state.rawValue) \($0.view.digest)" }
                throw Failure.usage(
                    "\(policy.text) has no such text", mend: "take one of its digests", details: digests)
            }
            Console.standard.write(Array(Printable.lines(found.text).utf8))
        }
    }
}

struct ProposePolicy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "propose", abstract: "Propose a policy, for another person to approve.",
        discussion: "Example: perchctl policy propose strict.yaml")

    @Argument(help: "The policy; - reads standard input.", completion: .file())
    var file: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let settings = try connection.settings()
        let bytes = try InputFile.read(file, mostBytes: Limits.policyBytes, what: "the policy")
        let body = Client.Request.Body(mediaType: "application/yaml", bytes: bytes)
        try await Client.with(settings) { client in
            let answer = try await client.sendRepeating(
                .init(
                    method: .post, path: ["policies"], idempotencyKey: IdempotencyKey.random().text, body: body))
            try PolicyAnswer.show(answer, client, connection)
        }
    }
}

struct ApprovePolicy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve another person's proposal; it is active at once.",
        discussion: """
            Example: perchctl policy approve strict --digest $(sha256sum < strict.yaml | cut -d" " -f1)

            The digest is of the text that you have read: perchctl policy show strict --digest …
            """)

    @Argument(help: "Name of the policy.")
    var policy: Name
    @Option(help: ArgumentHelp("SHA-256 of the text.", valueName: "hex"))
    var digest: HexDigest
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let body = try Client.json(PolicyApproval(digest: digest.text))
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.sendRepeating(
                .init(
                    method: .post, path: ["policies", policy.text, "approve"],
                    idempotencyKey: IdempotencyKey.random().text, body: body))
            try PolicyAnswer.show(answer, client, connection)
        }
    }
}

private enum PolicyAnswer {
    static func show(_ answer: Client.Answer, _ client: Client, _ connection: ConnectionOptions) throws {
        if connection.json { return Console.standard.json(answer.body) }
        let view = try client.decode(PolicyView.self, from: answer)
        let words = "policy \(view.name) is \(view.state.rawValue), sha256 \(view.digest)"
        Console.standard.line(Printable.line(words))
    }
}
