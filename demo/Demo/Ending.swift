import Foundation
import Rehearsal
import Shared

/// The last act: both verdicts with their reasons, exit codes, an advance that is granted and one that is refused, and
/// where everything lies.
struct Ending: Sendable {
    let options: Options
    let screen: Screen
    let scene: Scene
    let setUp: SetUp
    let outcome: Watch.Outcome
    let healthy: String
    let regressed: String

    /// The gate's state by the exit code of `perchctl gate`.
    static func word(_ output: Scene.Output) -> String {
        switch output.exitCode {
        case 0: "open"
        case 1: "blocked"
        case 2: "waiting"
        case let code?: "exit \(code)"
        case nil: output.end.description
        }
    }

    /// - Returns: Whether both came out as they must.
    func tell() async throws -> Bool {
        for rollout in [healthy, regressed] { try await tellVerdict(rollout) }
        for rollout in [healthy, regressed] { try await show("gate", rollout, "open") }
        let granted = try await show("rollout", "advance", healthy, "open", "--reason", "as good as the old servers")
        let refused = try await show("rollout", "advance", regressed, "open", "--reason", "let us try")
        let reports = Reports(folder: options.reports, scene: scene, setUp: setUp)
        let places = try await reports.write([healthy, regressed])
        // An auditor needs the collector alone. Verdicts after this moment would only say that nobody reports.
        let moment = Date()
        await setUp.endReporting()
        let problems = self.problems(granted: granted, refused: refused) + (try await verified())
        screen.say()
        for line in places + (try await reports.writeTrail(until: moment)) { screen.say(line) }
        if options.isKept { screen.say("Kept: \(scene.directory.path)") }
        screen.say()
        if problems.isEmpty {
            screen.say(
                "As it must be: the healthy gate opened after \(Int(outcome.elapsedSeconds)) s, "
                    + "the regressed roll-out FAILed."
            )
        } else {
            screen.say("Not as it must be:")
            for problem in problems { screen.say("  - \(problem)") }
        }
        return problems.isEmpty
    }

    private func tellVerdict(_ rollout: String) async throws {
        guard let view = outcome.verdicts[rollout] else {
            return screen.say("\(rollout): no verdict at all")
        }
        screen.say("\(rollout): \(view.verdict.rawValue) at hour \(view.hour)")
        screen.say(VerdictTable.heading)
        for line in VerdictTable(view: view).lines { screen.say(line) }
        if view.verdict == .fail {
            for sentence in VerdictTable(view: view).failures(atMost: 4) { screen.say("    " + sentence) }
        } else {
            screen.say("    " + view.summary)
        }
        screen.say()
    }

    /// Runs perchctl as the deployment tool and shows command, answer and exit code.
    @discardableResult
    private func show(_ arguments: String...) async throws -> Scene.Output {
        let output = try await setUp.tool.run(arguments)
        let words = arguments.map { $0.contains(" ") ? "\"\($0)\"" : $0 }.joined(separator: " ")
        screen.say("$ perchctl \(words)")
        let said = output.standardOutput + output.standardError
        for line in said.split(separator: "\n") { screen.say("  \(line)") }
        screen.say("  exit code \(output.exitCode.map(String.init) ?? output.end.description)")
        return output
    }

    /// What an auditor does with both verdicts: signature, log, evidence, and judging again.
    private func verified() async throws -> [String] {
        var problems: [String] = []
        for rollout in [healthy, regressed] {
            guard let id = outcome.verdicts[rollout]?.id else { continue }
            screen.say("$ perchctl verify \(id) --keys KEYS --recompute")
            let output = try await setUp.auditor.run(
                ["verify", id, "--keys", setUp.collector.keys, "--recompute"], seconds: 60)
            for line in (output.standardOutput + output.standardError).split(separator: "\n") {
                screen.say("  \(line)")
            }
            if !output.isSuccess { problems.append("the verdict on \(rollout) could not be verified") }
        }
        return problems
    }

    private func problems(granted: Scene.Output, refused: Scene.Output) -> [String] {
        var problems: [String] = []
        if outcome.gates[healthy]?.exitCode != 0 {
            let missing = outcome.verdicts[healthy]?.missing ?? ["nothing was judged"]
            let why = outcome.verdicts[healthy]?.reason ?? ""
            problems.append(
                "the healthy gate did not open within \(Int(Cast.timeoutSeconds)) s: "
                    + (why.isEmpty ? missing.joined(separator: "; ") : why))
        }
        if outcome.gates[regressed]?.exitCode != 1 {
            let state = outcome.gates[regressed].map(Self.word) ?? "without answer"
            problems.append("the regressed gate is not blocked but \(state)")
        }
        let failing = outcome.verdicts[regressed]?.checks.filter { $0.outcome == "FAIL" } ?? []
        if !failing.contains(where: { options.fault.expectedNames.contains($0.metric) }) {
            let names = options.fault.expectedNames.sorted().joined(separator: " or ")
            problems.append("no check of \(names) FAILs on the regressed servers, which is what the cause must show in")
        }
        if !granted.isSuccess { problems.append("the healthy roll-out did not advance") }
        if refused.exitCode != 1 { problems.append("the regressed roll-out's advance did not end with exit code 1") }
        return problems
    }
}
