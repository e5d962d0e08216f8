// `perchctl rollout` and `host` as the real program against a real TLS server.
import Foundation
import Shared
import Testing

@testable import Ctl

struct RolloutCommandTests {
    private func perchctl(
        _ arguments: [String], input: String = "", script: @escaping ScriptedCollector.Script
    ) async throws -> (end: ProgramEnd, questions: [ScriptedCollector.Question]) {
        let certificates = try await Certificates.shared()
        let collector = try await ScriptedCollector.start(certificates, script: script)
        let program = try Program(
            Program.perchctl, arguments, environment: certificates.environment(port: collector.port), input: input)
        let end = try await program.end()
        let questions = collector.questions
        await collector.stop()
        return (end, questions)
    }

    @Test func advanceCarriesItsStageReasonAndARandomKey() async throws {
        var keys: Set<String> = []
        for _ in 0..<2 {
            let (end, questions) = try await perchctl(["rollout", "advance", "r1", "open", "--reason", "all good"]) {
                _ in
                .json(RolloutView.example(stage: .open))
            }
            #expect(end.status == 0)
            #expect(end.output == "r1 is at stage open since 2026-11-18T12:00:00Z\n")
            #expect(questions.map(\.uri) == ["/v1/rollouts/r1/advance"])
            #expect(questions.first?.method == "POST")
            #expect(questions.first?.text == #"{"reason":"all good","to":"open"}"#)
            #expect(questions.first?.headers["Content-Type"] == "application/json")
            keys.insert(questions.first?.headers["Idempotency-Key"] ?? "")
        }
        #expect(keys.count == 2 && !keys.contains(""))
    }

    @Test func anAnswerThatWasLostIsAskedForAgainWithTheSameKey() async throws {
        let (end, questions) = try await perchctl(
            ["rollout", "advance", "r1", "open", "--idempotency-key", "my-key"]
        ) { question in
            switch question.number {
            case 1: .cut
            case 2: .problem(Problem(.storageUnavailable, "busy"), headers: ["Retry-After": "1"])
            default: .json(RolloutView.example(stage: .open))
            }
        }
        #expect(end.status == 0, "\(end.errors)")
        #expect(questions.map { $0.headers["Idempotency-Key"] } == ["my-key", "my-key", "my-key"])
    }

    @Test(arguments: [(GateAnswer.State.blocked, 1 as Int32), (.waiting, 2), (.open, 2)])
    func aRefusedAdvanceNamesEverythingThatIsMissing(state: GateAnswer.State, status: Int32) async throws {
        let (end, questions) = try await perchctl(["rollout", "advance", "r1", "open"]) { question in
            question.method == "GET"
                ? .json(GateAnswer.example(state, reasons: ["too early", "host new-2 is silent"]))
                : .problem(Problem(.gateClosed, "the gate open is closed", reasons: ["too early", "3 pairs missing"]))
        }
        #expect(end.status == status)
        #expect(questions.map(\.uri) == ["/v1/rollouts/r1/advance", "/v1/rollouts/r1/gate/open"])
        let lines = end.output.split(separator: "\n")
        #expect(lines.first?.hasPrefix("r1: not advanced to open, the gate ") == true)
        #expect(lines.dropFirst().prefix(2) == ["  - too early", "  - 3 pairs missing"])
        #expect(lines.contains("  - host new-2 is silent") == (state != .open))
    }

    @Test func aRefusedAdvanceWhoseGateCannotBeAskedIsFour() async throws {
        let (end, _) = try await perchctl(["rollout", "advance", "r1", "open"]) { question in
            question.method == "GET"
                ? .problem(Problem(.notGranted, "no"))
                : .problem(Problem(.gateClosed, "closed", reasons: ["too early"]))
        }
        #expect(end.status == 4)
        #expect(end.output.contains("  - too early"))
    }

    @Test func otherRefusalsOfAnAdvanceAreNotTakenForAClosedGate() async throws {
        let (end, questions) = try await perchctl(["rollout", "advance", "r1", "open"]) { _ in
            .problem(Problem(.notGranted, "not yours"))
        }
        #expect(end.status == 4)
        #expect(questions.count == 1)
    }

    @Test func rollbackNeedsAReason() async throws {
        let (end, questions) = try await perchctl(["rollout", "rollback", "r1", "--reason", "p99 doubled"]) { _ in
            .json(RolloutView.example(stage: .rolledBack))
        }
        #expect(end.status == 0)
        #expect(end.output.hasPrefix("r1 is at stage rolled_back"))
        #expect(questions.first?.text == #"{"reason":"p99 doubled"}"#)
        #expect(questions.first?.headers["Idempotency-Key"]?.isEmpty == false)
        for arguments in [[], ["--reason", " "]] {
            #expect(try await Program(Program.perchctl, ["rollout", "rollback", "r1"] + arguments).end().status == 3)
        }
    }

    @Test func createSendsTheFileAsItIs() async throws {
        let text = "id: r1 # é\nold: [old-1]\n"
        let (end, questions) = try await perchctl(["rollout", "create", "-"], input: text) { _ in
            .json(RolloutView.example(), status: 201)
        }
        #expect(end.status == 0)
        #expect(end.output == "r1 is created, at stage mirroring\n")
        #expect(questions.first?.text == text)
        #expect(questions.first?.headers["Content-Type"] == "application/yaml")
    }

    @Test func mistakesInARolloutAreShownLineByLine() async throws {
        let reasons = ["roll-out:1: id: is not usable", "roll-out:2: old: names old-1 twice"]
        let (end, _) = try await perchctl(["rollout", "create", "-"], input: "id: x\n") { _ in
            .problem(Problem(.rolloutInvalid, "2 mistakes", reasons: reasons))
        }
        #expect(end.status == 3)
        #expect(end.output.isEmpty)
        #expect(
            end.errors.split(separator: "\n").dropFirst() == [
                "  standard input:1: id: is not usable", "  standard input:2: old: names old-1 twice",
            ])
    }

    @Test func creatingTheSameAgainIsSaidToChangeNothing() async throws {
        let (end, _) = try await perchctl(["rollout", "create", "-"], input: "id: r1\n") { _ in
            .json(RolloutView.example(stage: .open))
        }
        #expect(end.status == 0)
        #expect(end.output == "r1 is there already, with the same content, at stage open\n")
    }

    @Test func anIdThatIsTakenIsThreeAndAMissingFileToo() async throws {
        let (end, _) = try await perchctl(["rollout", "create", "-"], input: "id: x\n") { _ in
            .problem(Problem(.conflict, "r1 exists"))
        }
        #expect(end.status == 3)
        let (missing, questions) = try await perchctl(["rollout", "create", "/none.yaml"]) { _ in .never }
        #expect(missing.status == 3)
        #expect(missing.errors.contains("/none.yaml is not there"))
        #expect(questions.isEmpty)
    }

    @Test(arguments: [true, false])
    func listFollowsItsPages(isJSON: Bool) async throws {
        let (end, questions) = try await perchctl(["rollout", "list"] + (isJSON ? ["--json"] : [])) { question in
            question.number == 1
                ? .json(RolloutPage(rollouts: [.example()], cursor: "a/b+c"))
                : .json(RolloutPage(rollouts: [.example(stage: .open)], cursor: ""))
        }
        #expect(end.status == 0)
        #expect(questions.map(\.uri) == ["/v1/rollouts", "/v1/rollouts?cursor=a%2Fb%2Bc"])
        if isJSON {
            let page = try JSONDecoder().decode(RolloutPage.self, from: Data(end.output.utf8))
            #expect(page.rollouts.map(\.stage) == [.mirroring, .open])
        } else {
            let lines = end.output.split(separator: "\n")
            #expect(lines.count == 3)
            #expect(lines[0].hasPrefix("ROLL-OUT  STAGE      SINCE"))
            #expect(lines[2].hasPrefix("r1        open       2026-11-18T12:00:00Z"))
        }
    }

    @Test func showTellsHostsPairsAndStages() async throws {
        let (end, questions) = try await perchctl(["rollout", "show", "r1"]) { _ in .json(RolloutView.example()) }
        #expect(end.status == 0)
        #expect(questions.map(\.uri) == ["/v1/rollouts/r1"])
        for text in ["new hosts      new-1, new-2", "only observed  log", "6379  old-1  new-1", "created"] {
            #expect(end.output.contains(text), "\(end.output)")
        }
    }

    @Test func verdictIsATableWithEachCheck() async throws {
        let check = CheckView(
            id: "fleet.cpu.interval", level: "fleet", subject: "", metric: "cpu", kind: "interval", outcome: "FAIL",
            reason: "boundExceeded", observed: "1301000", lower: "1250000", upper: nil, bound: "1150000", unit: "ppm",
            samples: "120", effectiveSamples: "60000", detectable: nil, sentence: "CPU per operation was 30 % higher.")
        let view = VerdictView(
            id: "v1", rollout: "r1", verdict: .fail, summary: "CPU", reason: "CPU", missing: [], etaHours: nil,
            hour: 30,
            judging: 1, evaluatedAt: "2026-11-20T12:05:00Z", windowFrom: "2026-11-18T12:00:00Z",
            windowTo: "2026-11-20T12:00:00Z", policy: "default", policyDigest: "ab", pairs: 6, checks: [check])
        let (end, questions) = try await perchctl(
            ["rollout", "verdict", "r1", "--at", "2026-11-20T12:05:00Z"]
        ) { _ in .json(view) }
        #expect(end.status == 0)
        #expect(questions.map(\.uri) == ["/v1/rollouts/r1/verdict?at=2026-11-20T12:05:00Z"])
        #expect(
            end.output.hasSuffix(
                """
                CHECK               OUTCOME  OBSERVED  BOUND  SENTENCE
                fleet.cpu.interval  FAIL     130.1 %   115 %  CPU per operation was 30 % higher.

                """), "\(end.output)")
        #expect(!end.output.contains("\u{1B}"))
    }

    @Test func exportGoesToStandardOutputOrAFile() async throws {
        let text = "#perch-case=1\n" + String(repeating: "1,2,3\n", count: 50_000)
        let (end, questions) = try await perchctl(["rollout", "export", "r1"]) { _ in
            .answer(status: 200, type: "text/csv", headers: [:], body: text)
        }
        #expect(end.status == 0)
        #expect(end.output == text)
        #expect(questions.map(\.uri) == ["/v1/rollouts/r1/export"])
        let directory = try TemporaryDirectory()
        let arguments = ["rollout", "export", "r1", "--output", directory.file("case.csv")]
        let (written, _) = try await perchctl(arguments) { _ in
            .answer(status: 200, type: "text/csv", headers: [:], body: text)
        }
        #expect(written.status == 0)
        #expect(try directory.text("case.csv") == text)
    }

    @Test func anExportThatFailsLeavesNoFile() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("case.csv", "old")
        let (end, _) = try await perchctl(["rollout", "export", "r1", "-o", directory.file("case.csv")]) { _ in
            .problem(Problem(.notGranted, "no"))
        }
        #expect(end.status == 4)
        #expect(try directory.text("case.csv") == "old")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["case.csv"])
    }

    @Test func hostsAreListedWithThoseThatWait() async throws {
        let host = HostView(
            host: "new-1", state: .active, lastReportAt: "2026-11-20T12:05:00Z", lastSequence: "7", instances: 3,
            skewMilliseconds: -12, agentVersion: "0.1.0", troubles: ["journal: denied"])
        let waiting = WaitingHost(
            host: "new-2", address: "10.0.0.2", machineIDDigest: "ef", firstSeenAt: "2026-11-20T12:00:00Z")
        let (end, _) = try await perchctl(["host", "list"]) { _ in .json(HostPage(hosts: [host], waiting: [waiting])) }
        #expect(end.status == 0)
        #expect(end.output.contains("new-1  active  2026-11-20T12:05:00Z  3          -12 ms  0.1.0  journal: denied"))
        #expect(end.output.contains("new-2         10.0.0.2  2026-11-20T12:00:00Z  ef"))
        let (shown, questions) = try await perchctl(["host", "show", "new-1"]) { _ in .json(host) }
        #expect(shown.output.contains("trouble        journal: denied"))
        #expect(questions.map(\.uri) == ["/v1/hosts/new-1"])
    }

    @Test func approveRegistersWhatIsGiven() async throws {
        let digest = String(repeating: "0f", count: 32)
        let host = HostView(
            host: "new-1", state: .pending, lastReportAt: "", lastSequence: "", instances: 0, skewMilliseconds: 0,
            agentVersion: "", troubles: [])
        let (end, questions) = try await perchctl(
            ["host", "approve", "new-1", "--machine-id-digest", digest, "--addresses", "10.0.0.0/8"]
        ) { _ in .json(host, status: 201) }
        #expect(end.status == 0)
        #expect(end.output == "new-1 is registered, pending\n")
        #expect(questions.first?.method == "PUT")
        #expect(questions.first?.uri == "/v1/hosts/new-1")
        #expect(questions.first?.text == "{\"addresses\":\"10.0.0.0/8\",\"machine_id_digest\":\"\(digest)\"}")
    }
}
