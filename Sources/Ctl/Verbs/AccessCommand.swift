// `perchctl access …`: rare logins, asked for by one person and approved by another; and the answer that sshd asks for.
import ArgumentParser
import Foundation
import Shared

struct AccessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access", abstract: "Ask for access to servers, decide on it, and answer for sshd.",
        discussion: "Example: perchctl access list",
        subcommands: [
            AskAccess.self, ListAccess.self, ApproveAccess.self, DenyAccess.self, EndAccess.self, AuthorizedAccess.self,
        ])
}

struct AskAccess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "Ask that one person may log in to named servers for a while.",
        discussion: """
            Example: perchctl access request --user ada --host db-7 --from 2026-11-20T12:00:00Z --ticket INC-42 \
            --reason "the journal of db-7 cannot be read"
            """)

    @Option(help: ArgumentHelp("The person's own account.", valueName: "user"))
    var user: String
    @Option(name: .customLong("host"), help: ArgumentHelp("A server; repeat it for more.", valueName: "host"))
    var hosts: [Name]
    @Option(help: ArgumentHelp("When it begins, within 7 days.", valueName: "time in UTC"))
    var from: Moment
    @Option(help: ArgumentHelp("When it ends; two hours later without it, 8 at most.", valueName: "time in UTC"))
    var to: Moment?
    @Option(help: ArgumentHelp("Why, in 20 characters or more.", valueName: "text"))
    var reason: String
    @Option(help: ArgumentHelp("The incident or change that it belongs to.", valueName: "reference"))
    var ticket: String
    @Option(name: .customLong("source"), help: ArgumentHelp("An address to come from.", valueName: "address"))
    var sources: [String] = []
    @Option(name: .customLong("ssh-key"), help: ArgumentHelp("An SSH key's fingerprint.", valueName: "SHA256:…"))
    var keys: [String] = []
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let ask = AccessAsk(
            user: user, hosts: hosts.map(\.text), from: from.text, to: to?.text, reason: reason, ticket: ticket,
            sources: sources.isEmpty ? nil : sources, keys: keys.isEmpty ? nil : keys)
        try await AccessCall.send(ask, [], connection)
    }
}

struct ListAccess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List requests for access, newest first.",
        discussion: "Example: perchctl access list")

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.send(.init(path: ["access-requests"]))
            if connection.json { return Console.standard.json(answer.body) }
            var table = Table("REQUEST", "STATE", "USER", "HOSTS", "FROM", "TO", "ASKED BY", "DECIDED BY", "REASON")
            for one in try client.decode(AccessPage.self, from: answer).requests {
                table.add([
                    Table.Cell(one.id), .word(one.state.rawValue), Table.Cell(one.user),
                    Table.Cell(one.hosts.joined(separator: ", ")), Table.Cell(one.from), Table.Cell(one.to),
                    Table.Cell(one.requestedBy), Table.Cell(one.decidedBy), Table.Cell(one.reason),
                ])
            }
            Console.standard.show(table)
        }
    }
}

struct ApproveAccess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve another person's request.",
        discussion: "Example: perchctl access approve 0198f1c2-7b3e-7c4d-8e5f-0123456789ab")

    @OptionGroup var decision: DecisionOptions

    func run() async throws { try await decision.send("approve") }
}

struct DenyAccess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deny", abstract: "Deny another person's request.",
        discussion: "Example: perchctl access deny 0198f1c2-7b3e-7c4d-8e5f-0123456789ab --reason \"use the dashboard\"")

    @OptionGroup var decision: DecisionOptions

    func run() async throws { try await decision.send("deny") }
}

struct EndAccess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "End an approved access before its time.",
        discussion: "Example: perchctl access end 0198f1c2-7b3e-7c4d-8e5f-0123456789ab")

    @OptionGroup var decision: DecisionOptions

    func run() async throws { try await decision.send("end") }
}

struct DecisionOptions: ParsableArguments {
    @Argument(help: "Id of the request.")
    var request: Name
    @Option(help: ArgumentHelp("Why, for the record.", valueName: "text"))
    var reason: String?
    @OptionGroup var connection: ConnectionOptions

    func send(_ verb: String) async throws {
        try await AccessCall.send(AccessDecision(reason: reason), [request.text, verb], connection)
    }
}

enum AccessCall {
    static func send(
        _ body: some Encodable & Sendable, _ path: [String], _ connection: ConnectionOptions
    ) async throws {
        let settings = try connection.settings()
        let body = try Client.json(body)
        try await Client.with(settings) { client in
            let answer = try await client.sendRepeating(
                .init(
                    method: .post, path: ["access-requests"] + path, idempotencyKey: IdempotencyKey.random().text,
                    body: body))
            if connection.json { return Console.standard.json(answer.body) }
            let view = try client.decode(AccessView.self, from: answer)
            let whom = Printable.line("\(view.user) on \(view.hosts.joined(separator: ", "))")
            Console.standard.line(
                "\(Printable.line(view.id)) is \(view.state.rawValue): \(whom), \(view.from) to \(view.to)")
        }
    }
}

struct AuthorizedAccess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authorized", abstract: "Say whether a person may log in to a server now, for sshd.",
        discussion: """
            Example: perchctl access authorized --host db-7 --user ada

            Prints the user's name and exits 0 when a request is approved and in force, else prints nothing and exits \
            1. In sshd_config: AuthorizedPrincipalsCommand /usr/bin/perchctl access authorized --host db-7 --user %u
            """)

    @Option(help: ArgumentHelp("The server.", valueName: "host"))
    var host: Name
    @Option(help: ArgumentHelp("The account.", valueName: "user"))
    var user: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let query = [
                (name: "host", value: host.text), (name: "user", value: ListRollouts.escaped(user)),
            ]
            let answer = try await client.send(.init(path: ["access-requests", "authorized"], query: query))
            let reply = try client.decode(AccessAnswer.self, from: answer)
            if connection.json {
                Console.standard.json(answer.body)
            } else if reply.authorized {
                Console.standard.line(Printable.line(user))
            }
            if !reply.authorized { throw Ended(status: .closed) }
        }
    }
}
