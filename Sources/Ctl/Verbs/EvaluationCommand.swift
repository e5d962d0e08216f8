// `perchctl rollout moved`, `artifacts`, `invalidate`, `rejudge` and `rejudged`: what ends pairs, begins an evaluation
// anew or repeats it under another policy. Each change carries an idempotency key.
import ArgumentParser
import Foundation
import Policy
import Shared

struct MoveInstance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moved", abstract: "Tell that an instance went from an old host to a new one.",
        discussion: """
            Example: perchctl rollout moved 2026-11-redis-tls carts db-7 db-31

            Its old copy is no longer owed, and its pair ends; what the pair showed stands.
            """)

    @Argument(help: "Id of the roll-out; letters, digits, . _ and -.")
    var rollout: Name
    @Argument(help: "Name of the instance.")
    var instance: String
    @Argument(help: "The old host that it left.")
    var from: Name
    @Argument(help: "The new host that it runs on.")
    var to: Name
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let move = RolloutSpec.Move(name: instance, from: from.text, to: to.text)
        try await Change.send(
            MovesRequest(moves: [move]), ["rollouts", rollout.text, "moves"], connection, key: nil)
    }
}

struct ReplaceArtifacts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifacts", abstract: "Roll out other artefacts: the evaluation begins anew, in the same stage.",
        discussion: """
            Example: perchctl rollout artifacts rollout.yaml

            The file is the roll-out's own with the new `artifacts` and `files`; its other members stay as they are.
            """)

    @Argument(help: "The roll-out; - reads standard input.", completion: .file())
    var file: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let spec = try Self.read(file)
        try await Change.send(
            ArtifactsRequest(artifacts: spec.artifacts, files: spec.files), ["rollouts", spec.id, "artifacts"],
            connection, key: nil)
    }

    private static func read(_ file: String) throws -> RolloutSpec {
        let bytes = try InputFile.read(file, mostBytes: Limits.jsonBytes, what: "the roll-out file")
        do {
            return try RolloutFile.read(String(decoding: bytes, as: UTF8.self), file: InputFile.name(file))
        } catch {
            var failure = Failure.usage("the roll-out in \(InputFile.name(file)) is not valid", mend: "mend this:")
            failure.details = error.all.map(\.description)
            throw failure
        }
    }
}

struct InvalidateEvidence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invalidate", abstract: "Take a spoilt time out of the evidence, with a reason; for approvers.",
        discussion: """
            Example: perchctl rollout invalidate 2026-11-redis-tls --host db-7 --from 2026-11-20T12:00:00Z \
            --to 2026-11-20T13:00:00Z --reason "the switch in rack 4 was being replaced"

            The blocks of that time count as absent and the evaluation runs again from its start. What was judged \
            before stays on record.
            """)

    @Argument(help: "Id of the roll-out; letters, digits, . _ and -.")
    var rollout: Name
    @Option(help: ArgumentHelp("One host; all of them without it.", valueName: "host"))
    var host: Name?
    @Option(help: ArgumentHelp("Where it begins.", valueName: "time in UTC"))
    var from: Moment
    @Option(help: ArgumentHelp("Where it ends.", valueName: "time in UTC"))
    var to: Moment
    @Option(help: ArgumentHelp("What spoilt it, in 20 characters or more.", valueName: "text"))
    var reason: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let body = InvalidateRequest(host: host?.text, from: from.text, to: to.text, reason: reason)
        try await Change.send(body, ["rollouts", rollout.text, "invalidate"], connection, key: nil)
    }
}

struct OverrideVerdict: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "override", abstract: "Accept named checks of the last verdict for a while; for approvers.",
        discussion: """
            Example: perchctl rollout override 2026-11-redis-tls --check fleet.p99.interval \
            --until 2026-11-22T12:00:00Z --reason "the new TLS library costs a little; agreed in CHG-7"

            The verdict stays as it is, and the gate leaves these checks out until then. Any other failing check \
            closes it again. Who created the roll-out cannot override its verdicts.
            """)

    @Argument(help: "Id of the roll-out; letters, digits, . _ and -.")
    var rollout: Name
    @Option(name: .customLong("check"), help: ArgumentHelp("Id of a check; repeat it for more.", valueName: "check"))
    var checks: [String]
    @Option(help: ArgumentHelp("When it ends, at most 7 days away.", valueName: "time in UTC"))
    var until: Moment
    @Option(help: ArgumentHelp("Why this is acceptable, in 20 characters or more.", valueName: "text"))
    var reason: String
    @Option(help: ArgumentHelp("Id of the verdict; the last one without it.", valueName: "verdict"))
    var verdict: String?
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let settings = try connection.settings()
        let last = try await Client.with(settings) { client in
            if let verdict { return verdict }
            let answer = try await client.send(.init(path: ["rollouts", rollout.text, "verdict"]))
            return try client.decode(VerdictView.self, from: answer).id
        }
        let body = OverrideRequest(verdictID: last, checks: checks, until: until.text, reason: reason)
        try await Change.send(body, ["rollouts", rollout.text, "override"], connection, key: nil)
    }
}

struct RejudgeRollout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejudge", abstract: "Judge the same evidence under another policy, beside the verdict.",
        discussion: "Example: perchctl rollout rejudge 2026-11-redis-tls --policy strict")

    @Argument(help: "Id of the roll-out; letters, digits, . _ and -.")
    var rollout: Name
    @Option(help: ArgumentHelp("An active policy with blocks of the same length.", valueName: "name"))
    var policy: Name
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.send(
                .init(
                    method: .post, path: ["rollouts", rollout.text, "rejudge"],
                    query: [(name: "policy", value: policy.text)], timeout: .seconds(3600)))
            if connection.json { return Console.standard.json(answer.body) }
            ShowVerdict.show(try client.decode(VerdictView.self, from: answer), Console.standard)
        }
    }
}

struct ListRejudged: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejudged", abstract: "List what the evidence gave under other policies.",
        discussion: "Example: perchctl rollout rejudged 2026-11-redis-tls")

    @Argument(help: "Id of the roll-out; letters, digits, . _ and -.")
    var rollout: Name
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.send(.init(path: ["rollouts", rollout.text, "rejudged"]))
            if connection.json { return Console.standard.json(answer.body) }
            var table = Table("POLICY", "VERDICT", "HOUR", "JUDGED AT", "SUMMARY")
            for view in try client.decode(RejudgedList.self, from: answer).verdicts {
                table.add([
                    Table.Cell(view.policy), .word(view.verdict.rawValue), "\(view.hour)",
                    Table.Cell(view.evaluatedAt), Table.Cell(view.summary),
                ])
            }
            Console.standard.show(table)
        }
    }
}
