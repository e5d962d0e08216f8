// `perchctl gate`: one sentence on standard output and an exit code that a pipeline can branch on. Must end with 0 only
// when the collector said that the gate is open.
import ArgumentParser
import Foundation
import Policy
import Shared

struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Ask whether a gate is open, or wait until it is.",
        discussion: """
            Example: perchctl gate 2026-11-redis-tls open --wait 2h --junit perch.xml

            Exits 0 when the gate is open, 1 when it is blocked (a FAIL, or rolled back), 2 when it is still waiting \
            at the deadline or the wait was stopped by a signal, 3 on wrong usage, 4 when the collector cannot be \
            reached or does not allow it. In a GitHub job a summary is added to $GITHUB_STEP_SUMMARY.
            """)

    @Argument(help: "Id of the roll-out; letters, digits, . _ and -.")
    var rollout: Name
    @Argument(help: "The stage that the gate leads to.")
    var stage: GateName
    @Option(help: ArgumentHelp("How long to wait while it is neither open nor blocked.", valueName: "90s|10m|2h|1d"))
    var wait = WaitTime(seconds: 0)
    @Option(help: ArgumentHelp("Write the outcome as JUnit XML, too.", valueName: "file"), completion: .file())
    var junit: String?
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let settings = try connection.settings()
        let reports = GateReports(junit: junit, environment: ProcessInfo.processInfo.environment)
        try reports.prepare()
        let console = Console.standard
        let signals = Signals.ends()
        let start = ContinuousClock.now
        try await Client.with(settings) { client in
            let question = GateQuestion(client: client, rollout: rollout.text, stage: stage.stage)
            let outcome = await Self.ask(question, wait: .seconds(wait.span.seconds), until: signals, console: console)
            let sentence = GateSentence(rollout: rollout.text, stage: stage.stage, wait: wait.span).text(outcome)
            show(outcome, sentence, console)
            reports.write(
                question, outcome, sentence, seconds: Int((ContinuousClock.now - start).components.seconds),
                console: console)
            // At once: open connections and a resolver that hangs are not waited for.
            Foundation.exit(outcome.status.rawValue)
        }
    }

    private static func ask(
        _ question: GateQuestion, wait: Duration, until signals: AsyncStream<Int32>, console: Console
    ) async -> GateOutcome {
        await withTaskGroup(of: GateOutcome?.self) { group in
            group.addTask { await question.ask(wait: wait) { console.note($0) } }
            group.addTask {
                for await _ in signals { break }
                return nil
            }
            // The first to end is the answer, or the signal's nil, after which the question ends by cancellation.
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            return (await group.next() ?? nil) ?? .interrupted(nil)
        }
    }

    private func show(_ outcome: GateOutcome, _ sentence: String, _ console: Console) {
        if case .failed(let failure) = outcome {
            return console.note(failure.description)
        }
        guard connection.json else { return console.line(sentence) }
        if let reply = outcome.reply { console.json(reply.body) } else { console.note(sentence) }
    }
}

/// The files that a gate's outcome is written to beside standard output.
struct GateReports: Sendable {
    let junit: String?
    let summary: String?

    init(junit: String?, environment: [String: String]) {
        self.junit = junit
        summary = environment["GITHUB_STEP_SUMMARY"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A path that cannot be written is said before the wait, not after it.
    func prepare() throws(Failure) {
        guard let junit else { return }
        guard let file = fopen(junit, "a") else {
            throw Failure.usage("\(junit) cannot be written", mend: "check its directory")
        }
        fclose(file)
    }

    func write(
        _ question: GateQuestion, _ outcome: GateOutcome, _ sentence: String, seconds: Int, console: Console
    ) {
        if let junit {
            let report = JUnitReport(
                rollout: question.rollout, stage: question.stage, outcome: outcome, sentence: sentence,
                seconds: seconds)
            do {
                try Data(report.xml.utf8).write(to: URL(fileURLWithPath: junit))
            } catch {
                console.note("\(junit) could not be written: \(error.localizedDescription)")
            }
        }
        if let summary {
            let text = StepSummary(
                rollout: question.rollout, stage: question.stage, outcome: outcome, sentence: sentence
            ).markdown
            guard let file = fopen(summary, "a") else {
                return console.note("\(summary) ($GITHUB_STEP_SUMMARY) cannot be written")
            }
            fputs(text, file)
            if fclose(file) != 0 { console.note("\(summary) ($GITHUB_STEP_SUMMARY) could not be written") }
        }
    }
}
