// `perchctl rollout advance` and `rollback`: the calls that change a roll-out. Each carries an idempotency key, so that
// a call whose answer was lost can be sent again. A refused advance must say everything that is missing.
import ArgumentParser
import Foundation
import Shared

struct AdvanceRollout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "advance", abstract: "Move a roll-out to its next stage.",
        discussion: """
            Example: perchctl rollout advance 2026-11-redis-tls open --reason "two days without a regression"

            While the gate is closed the collector refuses: every missing condition is printed, and the exit code is 1 \
            when the gate is blocked, 2 when it is waiting.
            """)

    @Argument(help: "Id of the roll-out; letters, digits, . _ and -.")
    var rollout: Name
    @Argument(help: "The stage to reach; one stage at a time.")
    var stage: GateName
    @Option(help: ArgumentHelp("Why, for the record.", valueName: "text"))
    var reason: String?
    @Option(
        help: ArgumentHelp("Names this call, so that repeating it does nothing; random without it.", valueName: "key"))
    var idempotencyKey: IdempotencyKey?
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let settings = try connection.settings()
        let body = try Client.json(AdvanceRequest(to: stage.stage, reason: reason))
        try await Client.with(settings) { client in
            let call = Client.Request(
                method: .post, path: ["rollouts", rollout.text, "advance"],
                idempotencyKey: (idempotencyKey ?? .random()).text, body: body)
            do {
                try Change.show(try await client.sendRepeating(call), client, isJSON: connection.json)
            } catch ClientError.refused(let refusal) where refusal.code == .gateClosed {
                let refused = await RefusedAdvance.ask(refusal, client, rollout: rollout.text, stage: stage.stage)
                refused.show(Console.standard, isJSON: connection.json)
                throw Ended(status: refused.status)
            }
        }
    }
}

/// A closed gate, with everything that is missing, and whether waiting can help.
struct RefusedAdvance: Sendable {
    let refusal: Refusal
    let rollout: String
    let stage: Stage
    /// The gate's own answer, or why there is none.
    let gate: Result<GateReply, Failure>

    /// The refusal does not tell blocked from waiting; the gate does.
    static func ask(_ refusal: Refusal, _ client: Client, rollout: String, stage: Stage) async -> RefusedAdvance {
        let gate: Result<GateReply, Failure>
        switch await GateQuestion(client: client, rollout: rollout, stage: stage).once() {
        case .answered(let reply): gate = .success(reply)
        case .failed(let error): gate = .failure(error.failure)
        case .paused, .interrupted:
            gate = .failure(.unreachable("\(client.server) was not asked to the end", mend: "ask again"))
        }
        return RefusedAdvance(refusal: refusal, rollout: rollout, stage: stage, gate: gate)
    }

    /// A gate that has opened in the meantime is still a refused advance: asking again is what helps.
    var status: ExitStatus {
        switch gate {
        case .success(let reply): reply.answer.state == .blocked ? .closed : .pending
        case .failure(let failure): failure.status
        }
    }

    /// What the refusal named, and what only the gate names.
    var reasons: [String] {
        let named = refusal.reasons
        guard case .success(let reply) = gate, reply.answer.state != .open else { return named }
        return named + reply.answer.reasons.filter { !named.contains($0) }
    }

    var sentence: String {
        let state: String
        switch gate {
        case .success(let reply):
            state =
                reply.answer.state == .open
                ? "the gate has opened in the meantime, ask again" : "the gate is \(reply.answer.state.rawValue)"
        case .failure: state = "the gate is closed"
        }
        let why = reasons.isEmpty && !refusal.detail.isEmpty ? ": \(Printable.line(refusal.detail))" : ""
        return "\(rollout): not advanced to \(stage.rawValue), \(state)\(why)"
    }

    func show(_ console: Console, isJSON: Bool) {
        if isJSON {
            console.json(refusal.body)
        } else {
            console.line(sentence)
            for reason in reasons { console.line("  - \(Printable.line(reason))") }
        }
        if case .failure(let failure) = gate { console.note(failure.description) }
    }
}

struct RollBack: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Roll a roll-out back: all its gates are blocked from then on.",
        discussion: "Example: perchctl rollout rollback 2026-11-redis-tls --reason \"p99 doubled on db-7\"")

    @Argument(help: "Id of the roll-out; letters, digits, . _ and -.")
    var rollout: Name
    @Option(help: ArgumentHelp("Why, for the record.", valueName: "text"))
    var reason: String
    @Option(
        help: ArgumentHelp("Names this call, so that repeating it does nothing; random without it.", valueName: "key"))
    var idempotencyKey: IdempotencyKey?
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        if reason.allSatisfy(\.isWhitespace) { throw ValidationError("--reason is empty; say why, for the record") }
    }

    func run() async throws {
        try await Change.send(
            RollbackRequest(reason: reason), ["rollouts", rollout.text, "rollback"], connection, key: idempotencyKey)
    }
}

/// A call that changes a roll-out, and its answer.
enum Change {
    /// - Parameter key: random without one, so that a call whose answer was lost can be sent again.
    static func send(
        _ body: some Encodable & Sendable, _ path: [String], _ connection: ConnectionOptions, key: IdempotencyKey?
    ) async throws {
        let settings = try connection.settings()
        let body = try Client.json(body)
        try await Client.with(settings) { client in
            let call = Client.Request(
                method: .post, path: path, idempotencyKey: (key ?? .random()).text, body: body)
            try show(try await client.sendRepeating(call), client, isJSON: connection.json)
        }
    }

    static func show(_ answer: Client.Answer, _ client: Client, isJSON: Bool) throws {
        if isJSON { return Console.standard.json(answer.body) }
        let view = try client.decode(RolloutView.self, from: answer)
        let since = view.history.last.map { " since \(Printable.line($0.at))" } ?? ""
        Console.standard.line("\(Printable.line(view.id)) is at stage \(view.stage.rawValue)\(since)")
        for move in view.moveBack {
            Console.standard.line("  " + Printable.line("move \(move.name) back from \(move.from) to \(move.to)"))
        }
    }
}
