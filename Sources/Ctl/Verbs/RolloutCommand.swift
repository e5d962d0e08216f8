// `perchctl rollout …`: the group, and the verbs that create and read. Must send a roll-out file as it is: the
// collector judges it.
import ArgumentParser
import Foundation
import Shared

struct RolloutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout", abstract: "Create roll-outs, look at them, move them on or back.",
        discussion: "Example: perchctl rollout verdict 2026-11-redis-tls",
        subcommands: [
            CreateRollout.self, ListRollouts.self, ShowRollout.self, ShowVerdict.self, AdvanceRollout.self,
            RollBack.self, MoveInstance.self, ReplaceArtifacts.self, OverrideVerdict.self, InvalidateEvidence.self,
            RejudgeRollout.self, ListRejudged.self, ExportRollout.self,
        ])
}

struct CreateRollout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a roll-out from a YAML or JSON file.",
        discussion: "Example: perchctl rollout create rollout.yaml")

    @Argument(help: "The roll-out; - reads standard input.", completion: .file())
    var file: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let settings = try connection.settings()
        let bytes = try InputFile.read(file, mostBytes: Limits.jsonBytes, what: "the roll-out file")
        try await Client.with(settings) { client in
            let answer: Client.Answer
            do {
                // JSON is YAML, too.
                answer = try await client.send(
                    .init(
                        method: .post, path: ["rollouts"],
                        body: .init(mediaType: "application/yaml", bytes: bytes)))
            } catch ClientError.refused(let refusal) where refusal.httpStatus == 422 {
                throw Self.mistakes(refusal, file: file)
            }
            if connection.json { return Console.standard.json(answer.body) }
            let view = try client.decode(RolloutView.self, from: answer)
            // 201 is a new one; repeating the same file is harmless.
            let what = answer.httpStatus == 201 ? "is created" : "is there already, with the same content"
            Console.standard.line("\(Printable.line(view.id)) \(what), at stage \(view.stage.rawValue)")
        }
    }

    /// How the collector calls a body of YAML when it names a line.
    private static let bodyName = "roll-out:"

    /// One line for each mistake, with the file's own name, so that an editor finds it.
    private static func mistakes(_ refusal: Refusal, file: String) -> Failure {
        var failure = refusal.failure
        failure.problem =
            "the roll-out in \(InputFile.name(file)) is not valid, says "
            + refusal.server
        failure.mend = "mend this:"
        if failure.details.isEmpty {
            failure.details = refusal.detail.split(whereSeparator: \.isNewline).map { Printable.line(String($0)) }
        }
        failure.details = failure.details.map { line in
            line.hasPrefix(bodyName) ? "\(InputFile.name(file)):\(line.dropFirst(bodyName.count))" : line
        }
        return failure
    }
}

struct ListRollouts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the roll-outs that you may see.",
        discussion: "Example: perchctl rollout list")

    @OptionGroup var connection: ConnectionOptions

    /// Far beyond any real fleet; ends a cursor that runs in circles.
    static let mostPages = 1000

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            var bodies: [[UInt8]] = []
            var rollouts: [RolloutView] = []
            var cursor = ""
            for _ in 0..<Self.mostPages {
                let query = cursor.isEmpty ? [] : [(name: "cursor", value: Self.escaped(cursor))]
                let answer = try await client.send(.init(path: ["rollouts"], query: query))
                let page = try client.decode(RolloutPage.self, from: answer)
                bodies.append(answer.body)
                rollouts += page.rollouts
                cursor = page.cursor
                if cursor.isEmpty { break }
            }
            if connection.json { return Console.standard.json(try Self.joined(bodies)) }
            Console.standard.show(Self.table(rollouts))
        }
    }

    /// One page as it came; several as one document of the same form.
    static func joined(_ bodies: [[UInt8]]) throws -> [UInt8] {
        if bodies.count == 1, let only = bodies.first { return only }
        let pages = try bodies.map { try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] }
        let all = pages.flatMap { $0?["rollouts"] as? [Any] ?? [] }
        let document: [String: Any] = ["rollouts": all, "cursor": ""]
        return [UInt8](try JSONSerialization.data(withJSONObject: document, options: [.sortedKeys]))
    }

    /// RFC 3986, 2.3: only unreserved characters stand for themselves.
    static func escaped(_ text: String) -> String {
        let unreserved = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }

    static func table(_ rollouts: [RolloutView]) -> Table {
        var table = Table("ROLL-OUT", "STAGE", "SINCE", "POLICY", "OLD", "NEW", "PAIRS", "CREATED BY")
        for one in rollouts {
            table.add([
                Table.Cell(one.id), .word(one.stage.rawValue), Table.Cell(one.history.last?.at ?? one.createdAt),
                Table.Cell(one.policy), "\(one.old.count)", "\(one.new.count)", "\(one.pairs.count)",
                Table.Cell(one.createdBy),
            ])
        }
        return table
    }
}

struct ShowRollout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a roll-out: its hosts, pairs and stages.",
        discussion: "Example: perchctl rollout show 2026-11-redis-tls")

    @Argument(help: "Id of the roll-out; letters, digits, . _ and -.")
    var rollout: Name
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Client.with(try connection.settings()) { client in
            let answer = try await client.send(.init(path: ["rollouts", rollout.text]))
            if connection.json { return Console.standard.json(answer.body) }
            let view = try client.decode(RolloutView.self, from: answer)
            for table in Self.tables(view) {
                Console.standard.show(table)
                Console.standard.line("")
            }
        }
    }

    static func tables(_ view: RolloutView) -> [Table] {
        var facts = Table("ROLL-OUT", view.id)
        facts.add(["stage", .word(view.stage.rawValue)])
        facts.add(["version", "\(view.version)"])
        facts.add(["policy", "\(view.policy) (sha256 \(view.policyDigest))"])
        for artifact in view.artifacts { facts.add(["artifact", "\(artifact.name) (sha256 \(artifact.sha256))"]) }
        facts.add(["old hosts", Table.Cell(view.old.joined(separator: ", "))])
        facts.add(["new hosts", Table.Cell(view.new.joined(separator: ", "))])
        facts.add(["created", "\(view.createdAt) by \(view.createdBy)"])
        if !view.observed.isEmpty { facts.add(["only observed", Table.Cell(view.observed.joined(separator: ", "))]) }
        var stages = Table("STAGE", "REACHED", "BY", "REASON")
        for change in view.history {
            stages.add([
                .word(change.stage.rawValue), Table.Cell(change.at), Table.Cell(change.by), Table.Cell(change.reason),
            ])
        }
        var pairs = Table("PAIR", "OLD", "NEW")
        for pair in view.pairs { pairs.add([Table.Cell(pair.name), Table.Cell(pair.old), Table.Cell(pair.new)]) }
        var overrides = Table("OVERRIDE", "CHECKS", "BY", "UNTIL", "REASON")
        for one in view.overrides {
            overrides.add([
                Table.Cell(one.id), Table.Cell(one.checks.joined(separator: ", ")), Table.Cell(one.by),
                Table.Cell(one.until), Table.Cell(one.reason),
            ])
        }
        var back = Table("MOVE BACK", "FROM", "TO")
        for move in view.moveBack { back.add([Table.Cell(move.name), Table.Cell(move.from), Table.Cell(move.to)]) }
        return [facts, stages] + (view.overrides.isEmpty ? [] : [overrides]) + (view.pairs.isEmpty ? [] : [pairs])
            + (view.moveBack.isEmpty ? [] : [back])
    }
}
