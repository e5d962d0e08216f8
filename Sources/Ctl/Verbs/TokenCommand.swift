// `perchctl token …`: tokens of the second listener, for tools that can present no client certificate. Must show a
// token once, on standard output alone, and never ask for it again.
import ArgumentParser
import Foundation
import Shared

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Tokens that answer one roll-out's gates, for tools without a certificate.",
        discussion: "Example: perchctl token create 2026-11-redis-tls --note argo",
        subcommands: [CreateToken.self, ListTokens.self, RevokeToken.self])
}

struct CreateToken: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a token for a roll-out and print it: it is shown this once.",
        discussion: "Example: perchctl token create 2026-11-redis-tls --note argo --days 14")

    @Argument(help: "Id of the roll-out.")
    var rollout: Name
    @Option(help: ArgumentHelp("Whose it is, for the list.", valueName: "text"))
    var note: String?
    @Option(help: ArgumentHelp("For how long, 1 to 30; 30 without it.", valueName: "days"))
    var days: Int?
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let body = try Client.json(TokenRequest(note: note, days: days))
        try await Client.with(try connection.settings()) { client in
            // Sent once: an answer that is lost leaves a token that nobody has, to be revoked.
            let answer = try await client.send(
                .init(method: .post, path: ["rollouts", rollout.text, "tokens"], body: body))
            if connection.json { return Console.standard.json(answer.body) }
            let new = try client.decode(NewToken.self, from: answer)
            Console.standard.line(Printable.line(new.token))
            Console.standard.note(
                "token \(Printable.line(new.view.id)), valid until \(Printable.line(new.view.expiresAt)); it is not "
                    + "shown again")
        }
    }
}

struct ListTokens: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a roll-out's tokens with their uses, newest first.",
        discussion: "Example: perchctl token list 2026-11-redis-tls")

    @Argument(help: "Id of the roll-out.")
    var rollout: Name
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.send(.init(path: ["rollouts", rollout.text, "tokens"]))
            if connection.json { return Console.standard.json(answer.body) }
            var table = Table("TOKEN", "STATE", "UNTIL", "USES", "LAST USED", "MADE BY", "NOTE")
            for one in try client.decode(TokenPage.self, from: answer).tokens {
                table.add([
                    Table.Cell(one.id), .word(one.state.rawValue), Table.Cell(one.expiresAt), "\(one.uses)",
                    Table.Cell(one.lastUsedAt.isEmpty ? "never" : one.lastUsedAt), Table.Cell(one.createdBy),
                    Table.Cell(one.note),
                ])
            }
            Console.standard.show(table)
        }
    }
}

struct RevokeToken: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a token, from the next question on.",
        discussion: "Example: perchctl token revoke 2026-11-redis-tls 3f0c9a1b2c4d5e6f")

    @Argument(help: "Id of the roll-out.")
    var rollout: Name
    @Argument(help: "Id of the token.")
    var token: Name
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            _ = try await client.sendRepeating(
                .init(method: .delete, path: ["rollouts", rollout.text, "tokens", token.text]))
            if !connection.json { Console.standard.line("\(token.text) is revoked") }
        }
    }
}
