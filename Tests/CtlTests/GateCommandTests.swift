// `perchctl gate` as the real program against a real TLS server.
import Foundation
import Shared
import Synchronization
import Testing

@testable import Ctl

struct GateCommandTests {
    private func gate(
        _ arguments: [String], environment: [String: String] = [:], script: @escaping ScriptedCollector.Script
    ) async throws -> (end: ProgramEnd, questions: [ScriptedCollector.Question]) {
        let certificates = try await Certificates.shared()
        let collector = try await ScriptedCollector.start(certificates, script: script)
        let program = try Program(
            Program.perchctl, ["gate", "r1", "open"] + arguments,
            environment: certificates.environment(port: collector.port).merging(environment) { $1 })
        let end = try await program.end()
        let questions = collector.questions
        await collector.stop()
        return (end, questions)
    }

    @Test(arguments: [(GateAnswer.State.open, 0 as Int32), (.blocked, 1), (.waiting, 2)])
    func theExitCodeAndOneSentenceSayTheState(state: GateAnswer.State, status: Int32) async throws {
        let (end, questions) = try await gate([]) { _ in .json(GateAnswer.example(state, summary: "because")) }
        #expect(end.status == status)
        #expect(end.output == "r1: gate open is \(state.rawValue): because\n")
        #expect(end.errors.isEmpty)
        #expect(questions.map(\.uri) == ["/v1/rollouts/r1/gate/open"])
        #expect(questions.first?.method == "GET")
    }

    @Test func jsonIsTheServersAnswerAsItCame() async throws {
        let body =
            "{\"later\": 1,"
            + String(decoding: try JSONEncoder().encode(GateAnswer.example(.open)), as: UTF8.self).dropFirst()
        let (end, _) = try await gate(["--json"]) { _ in
            .answer(status: 200, type: "application/json", headers: [:], body: body)
        }
        #expect(end.status == 0)
        #expect(end.output == body + "\n")
    }

    @Test func anAnswerThatContradictsItselfIsNeverOpen() async throws {
        var answer = GateAnswer.example(.waiting)
        answer.ok = true
        let contradiction = answer
        let (end, _) = try await gate([]) { _ in .json(contradiction) }
        #expect(end.status == 4)
        #expect(end.output.isEmpty)
    }

    @Test func anAnswerAboutAnotherGateIsNeverOpen() async throws {
        let (end, _) = try await gate([]) { _ in .json(GateAnswer.example(.open, rollout: "r2")) }
        #expect(end.status == 4)
        #expect(end.errors.contains("about gate open of r2"))
    }

    @Test(
        arguments: [
            (ProblemCode.notGranted, 4 as Int32), (.notFound, 4), (.malformed, 3), (.storageUnavailable, 4),
        ] as [(ProblemCode, Int32)])
    func aRefusalHasItsExitCodeAndItsWords(code: ProblemCode, status: Int32) async throws {
        let (end, questions) = try await gate([]) { _ in .problem(Problem(code, "for this reason")) }
        #expect(end.status == status)
        #expect(end.output.isEmpty)
        #expect(end.errors.contains(code.title + ": for this reason"))
        #expect(questions.count == 1)
    }

    @Test func aLongPollIsHeldAndTheChangeComesThrough() async throws {
        let (end, questions) = try await gate(["--wait", "1h"]) { question in
            guard question.number > 1 else { return .json(GateAnswer.example(.waiting, summary: "3 pairs missing")) }
            try? await Task.sleep(for: .milliseconds(200))
            return .json(GateAnswer.example(.open))
        }
        #expect(end.status == 0)
        #expect(end.output == "r1: gate open is open: a summary\n")
        #expect(end.errors.contains("waiting: 3 pairs missing"))
        #expect(questions.map(\.uri) == Array(repeating: "/v1/rollouts/r1/gate/open?wait=60s", count: 2))
    }

    @Test func theDeadlineEndsAWaitWithTwo() async throws {
        let (end, questions) = try await gate(["--wait", "2s"]) { _ in
            .json(GateAnswer.example(.waiting, summary: "too early"))
        }
        #expect(end.status == 2)
        #expect(end.output == "r1: gate open is still waiting after 2s: too early\n")
        #expect((2...4).contains(questions.count))
    }

    @Test func aRestartOfTheCollectorInTheMiddleIsOutlived() async throws {
        let certificates = try await Certificates.shared()
        let first = try await ScriptedCollector.start(certificates) { question in
            question.number == 1 ? .json(GateAnswer.example(.waiting)) : .never
        }
        let program = try Program(
            Program.perchctl, ["gate", "r1", "open", "--wait", "5m"],
            environment: certificates.environment(port: first.port))
        try await first.wait(forQuestions: 2)
        await first.stop()
        let second = try await ScriptedCollector.start(certificates, port: first.port) { question in
            switch question.number {
            case 1: .problem(Problem(.starting, "not ready"), headers: ["Retry-After": "1"])
            case 2: .cut
            default: .json(GateAnswer.example(.open, summary: "after the restart"))
            }
        }
        let end = try await program.end()
        await second.stop()
        #expect(end.status == 0, "\(end.errors)")
        #expect(end.output == "r1: gate open is open: after the restart\n")
        #expect(end.errors.contains("trying again"))
    }

    @Test func aWaitThatNeverReachesTheCollectorEndsWithFour() async throws {
        let certificates = try await Certificates.shared()
        let collector = try await ScriptedCollector.start(certificates) { _ in .never }
        await collector.stop()
        let directory = try TemporaryDirectory()
        let junit = directory.file("junit.xml")
        let program = try Program(
            Program.perchctl, ["gate", "r1", "open", "--wait", "2s", "--junit", junit],
            environment: certificates.environment(port: collector.port))
        let end = try await program.end()
        #expect(end.status == 4)
        #expect(end.output.isEmpty)
        #expect(end.errors.contains("https://localhost:\(collector.port) cannot be reached"))
        #expect(try directory.text("junit.xml").contains("<error type=\"unreachable\""))
    }

    @Test(arguments: [SIGTERM, SIGINT], [true, false])
    func aSignalEndsAWaitAtOnceWithTwo(signal: Int32, isAnswered: Bool) async throws {
        let directory = try TemporaryDirectory()
        let certificates = try await Certificates.shared()
        let collector = try await ScriptedCollector.start(certificates) { question in
            isAnswered && question.number == 1 ? .json(GateAnswer.example(.waiting, summary: "too early")) : .never
        }
        let program = try Program(
            Program.perchctl,
            ["gate", "r1", "open", "--wait", "2h", "--junit", directory.file("junit.xml")],
            environment: certificates.environment(port: collector.port))
        try await collector.wait(forQuestions: isAnswered ? 2 : 1)
        let start = ContinuousClock.now
        program.send(signal)
        let end = try await program.end()
        await collector.stop()
        #expect(end.status == 2)
        let reason = isAnswered ? ": too early" : ", before any answer"
        #expect(end.output == "r1: gate open: stopped while waiting\(reason)\n")
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(try directory.text("junit.xml").contains("<failure type=\"waiting\""))
    }

    @Test func reportsAreWrittenForPipelines() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("summary.md", "before\n")
        let (end, _) = try await gate(
            ["--junit", directory.file("junit.xml")], environment: ["GITHUB_STEP_SUMMARY": directory.file("summary.md")]
        ) { _ in .json(GateAnswer.example(.blocked, reasons: ["p99 is higher"])) }
        #expect(end.status == 1)
        #expect(try directory.text("junit.xml").contains("<failure type=\"blocked\""))
        let summary = try directory.text("summary.md")
        #expect(summary.hasPrefix("before\n### Perch: gate open of r1: **blocked**"))
        #expect(summary.contains("- p99 is higher"))
    }

    @Test func aReportThatCannotBeWrittenIsSaidBeforeTheQuestion() async throws {
        let (end, questions) = try await gate(["--junit", "/nowhere/junit.xml", "--wait", "1h"]) { _ in .never }
        #expect(end.status == 3)
        #expect(end.errors.contains("/nowhere/junit.xml cannot be written"))
        #expect(questions.isEmpty)
    }

    @Test(arguments: [[], ["r1"], ["r1", "nowhere"], ["r1", "open", "--wait", "soon"], ["r1", "open", "--unknown"]])
    func wrongUsageIsThree(arguments: [String]) async throws {
        let end = try await Program(Program.perchctl, ["gate"] + arguments).end()
        #expect(end.status == 3)
        #expect(end.output.isEmpty)
        #expect(end.errors.contains("Usage: perchctl gate") || end.errors.contains("USAGE: perchctl gate"))
    }

    @Test func missingSettingsAreThree() async throws {
        let end = try await Program(Program.perchctl, ["gate", "r1", "open"]).end()
        #expect(end.status == 3)
        #expect(end.errors.contains("PERCH_CERTIFICATE"))
    }
}
