// `perchctl alert …`: alerts that could not be delivered, and a test of every receiver. Must say of each receiver what
// it answered: that is the whole point of a test.
import ArgumentParser
import Foundation
import Shared

struct AlertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert", abstract: "Test the receivers of alerts, and look after what they did not take.",
        discussion: "Example: perchctl alert test",
        subcommands: [TestAlerts.self, ListDeadAlerts.self, RetryAlert.self])
}

struct TestAlerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Send a test alert to every receiver at once, and say what each answered.",
        discussion: "Example: perchctl alert test")

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let body = Client.Request.Body(mediaType: "application/json", bytes: Array("{}".utf8))
            let answer = try await client.send(.init(method: .post, path: ["alerts", "test"], body: body))
            let outcomes = try client.decode(AlertTest.self, from: answer).outcomes
            if connection.json {
                Console.standard.json(answer.body)
            } else if outcomes.isEmpty {
                Console.standard.line("the collector has no receiver of alerts; add [[alert]] to its configuration")
            } else {
                Console.standard.show(Self.table(outcomes))
            }
            guard !outcomes.isEmpty, outcomes.allSatisfy(\.isDelivered) else { throw Ended(status: .closed) }
        }
    }

    static func table(_ outcomes: [AlertTest.Outcome]) -> Table {
        var table = Table("RECEIVER", "DELIVERED", "STATUS", "TIME", "ANSWER")
        for one in outcomes {
            table.add([
                Table.Cell(one.receiver),
                Table.Cell(one.isDelivered ? "yes" : "no", tone: one.isDelivered ? .good : .bad),
                one.status == 0 ? "none" : "\(one.status)", "\(one.milliseconds) ms", Table.Cell(one.detail),
            ])
        }
        return table
    }
}

struct ListDeadAlerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead", abstract: "List alerts that were given up, oldest first.",
        discussion: "Example: perchctl alert dead")

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.send(.init(path: ["alerts", "dead"]))
            if connection.json { return Console.standard.json(answer.body) }
            var table = Table("ALERT", "RECEIVER", "TYPE", "SINCE", "ATTEMPTS", "LAST FAULT", "TEXT")
            for one in try client.decode(DeadAlerts.self, from: answer).dead {
                table.add([
                    Table.Cell(one.id), Table.Cell(one.receiver), Table.Cell(one.type), Table.Cell(one.createdAt),
                    "\(one.attempts)", Table.Cell(one.lastFault, tone: .bad), Table.Cell(one.text),
                ])
            }
            Console.standard.show(table)
        }
    }
}

struct RetryAlert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Begin the attempts to deliver an alert anew.",
        discussion: "Example: perchctl alert retry --all")

    @Argument(help: "Ids of alerts, as `perchctl alert dead` lists them.")
    var alerts: [Name] = []
    @Flag(help: "All that were given up.")
    var all = false
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard alerts.isEmpty == all else { throw ValidationError("name alerts, or say --all") }
    }

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            var ids = alerts.map(\.text)
            if all {
                let answer = try await client.send(.init(path: ["alerts", "dead"]))
                ids = try client.decode(DeadAlerts.self, from: answer).dead.map(\.id)
            }
            for id in ids {
                guard let id = Name(argument: id) else { continue }
                let answer = try await client.sendRepeating(
                    .init(
                        method: .post, path: ["alerts", "dead", id.text, "retry"],
                        idempotencyKey: IdempotencyKey.random().text))
                if connection.json {
                    Console.standard.json(answer.body)
                } else {
                    let retry = try client.decode(AlertRetry.self, from: answer)
                    Console.standard.line("\(Printable.line(retry.id)) goes to \(Printable.line(retry.receiver)) again")
                }
            }
        }
    }
}
