// `perchctl alert`, `token` and `policy` as the real program against a real TLS server.
import Foundation
import Shared
import Testing

@testable import Ctl

struct ApprovalCommandTests {
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

    // MARK: Alerts

    @Test(arguments: [(true, 0 as Int32), (false, 1)])
    func aTestSaysWhatEachReceiverAnswered(isDelivered: Bool, status: Int32) async throws {
        let outcome = AlertTest.Outcome(
            receiver: "chat", isDelivered: isDelivered, status: isDelivered ? 200 : 0, detail: "so it is",
            milliseconds: 12)
        let (end, questions) = try await perchctl(["alert", "test"]) { _ in .json(AlertTest(outcomes: [outcome])) }
        #expect(end.status == status)
        #expect(questions.map(\.uri) == ["/v1/alerts/test"] && questions.first?.method == "POST")
        #expect(end.output.contains("chat") && end.output.contains("so it is"))
    }

    @Test func aTestWithoutReceiversIsNoSuccess() async throws {
        let (end, _) = try await perchctl(["alert", "test"]) { _ in .json(AlertTest(outcomes: [])) }
        #expect(end.status == 1 && end.output.contains("[[alert]]"))
    }

    private static let dead = DeadAlerts(dead: [
        DeadAlert(
            id: "a1", receiver: "chat", type: "host.silent", text: "db-1\u{1B}[2J", createdAt: "2026-11-20T12:05:00Z",
            attempts: 16, lastFault: "HTTP 500: sorry")
    ])

    @Test func deadAlertsAreListedWithoutControlCharacters() async throws {
        let (end, _) = try await perchctl(["alert", "dead"]) { _ in .json(Self.dead) }
        #expect(end.status == 0 && end.output.contains("HTTP 500: sorry") && !end.output.contains("\u{1B}"))
    }

    @Test func allDeadAlertsAreTriedAgain() async throws {
        let (end, questions) = try await perchctl(["alert", "retry", "--all"]) { question in
            question.method == "GET" ? .json(Self.dead) : .json(AlertRetry(id: "a1", receiver: "chat"))
        }
        #expect(end.status == 0 && end.output == "a1 goes to chat again\n")
        #expect(questions.map(\.uri) == ["/v1/alerts/dead", "/v1/alerts/dead/a1/retry"])
        #expect(questions.last?.headers["Idempotency-Key"]?.isEmpty == false)
        #expect(try await Program(Program.perchctl, ["alert", "retry"]).end().status == 3)
    }

    // MARK: Tokens

    private static let token = TokenView(
        id: "3f0c", rollout: "r1", state: .active, note: "argo", createdBy: "ops", createdAt: "2026-11-20T12:05:00Z",
        expiresAt: "2026-11-23T12:05:00Z", revokedBy: "", uses: 7, lastUsedAt: "2026-11-21T12:05:00Z")

    @Test func aNewTokenAloneIsOnStandardOutput() async throws {
        let (end, questions) = try await perchctl(["token", "create", "r1", "--note", "argo", "--days", "3"]) { _ in
            .json(NewToken(token: "perch_3f0c_aa", view: Self.token), status: 201)
        }
        #expect(end.status == 0 && end.output == "perch_3f0c_aa\n")
        #expect(end.errors.contains("not shown again") && !end.errors.contains("perch_3f0c_aa"))
        #expect(questions.map(\.uri) == ["/v1/rollouts/r1/tokens"])
        #expect(questions.first?.text == #"{"days":3,"note":"argo"}"#)
    }

    @Test func aLostAnswerIsNotAskedForAgain() async throws {
        let (end, questions) = try await perchctl(["token", "create", "r1"]) { _ in .cut }
        #expect(end.status == 4 && questions.count == 1)
    }

    @Test func tokensAreListedAndRevoked() async throws {
        let (list, _) = try await perchctl(["token", "list", "r1"]) { _ in .json(TokenPage(tokens: [Self.token])) }
        #expect(list.status == 0 && list.output.contains("3f0c") && list.output.contains("argo"))
        let (end, questions) = try await perchctl(["token", "revoke", "r1", "3f0c"]) { _ in
            .answer(status: 204, type: "text/plain", headers: [:], body: "")
        }
        #expect(end.status == 0 && end.output == "3f0c is revoked\n")
        #expect(questions.first?.method == "DELETE" && questions.first?.uri == "/v1/rollouts/r1/tokens/3f0c")
    }

    // MARK: Hosts

    @Test(arguments: ["retire", "ban", "unban"])
    func aHostIsTakenOutOfService(verb: String) async throws {
        let view = HostView(
            host: "db-7", state: .banned, lastReportAt: "", lastSequence: "0", instances: 0, skewMilliseconds: 0,
            agentVersion: "", troubles: [])
        let (end, questions) = try await perchctl(["host", verb, "db-7", "--reason", "its key was copied"]) { _ in
            .json(view)
        }
        #expect(end.status == 0 && end.output == "db-7 is banned\n")
        #expect(questions.first?.method == "POST" && questions.first?.uri == "/v1/hosts/db-7/\(verb)")
        #expect(questions.first?.text == #"{"reason":"its key was copied"}"#)
    }

    // MARK: Policies

    private static let digest = String(repeating: "ab", count: 32)
    private static let proposed = PolicyView(
        name: "strict", state: .proposed, source: .approval, digest: digest, proposedBy: "ops")

    @Test func aPolicyIsProposedAsItStands() async throws {
        let text = "version: 1\nname: strict # é\n"
        let (end, questions) = try await perchctl(["policy", "propose", "-"], input: text) { _ in
            .json(Self.proposed, status: 201)
        }
        #expect(end.status == 0 && end.output == "policy strict is proposed, sha256 \(Self.digest)\n")
        #expect(questions.first?.text == text && questions.first?.headers["Content-Type"] == "application/yaml")
        #expect(questions.first?.headers["Idempotency-Key"]?.isEmpty == false)
    }

    @Test func mistakesAreShownByLine() async throws {
        let (end, _) = try await perchctl(["policy", "propose", "-"], input: "name: x\n") { _ in
            .problem(Problem(.policyInvalid, "it has mistakes", reasons: ["policy:1: version: is missing; add it"]))
        }
        #expect(end.status == 3 && end.errors.contains("policy:1: version: is missing; add it"))
    }

    @Test func anApprovalNamesTheTextThatWasRead() async throws {
        let (end, questions) = try await perchctl(["policy", "approve", "strict", "--digest", Self.digest]) { _ in
            .json(PolicyView(name: "strict", state: .active, source: .approval, digest: Self.digest))
        }
        #expect(end.status == 0 && questions.first?.uri == "/v1/policies/strict/approve")
        #expect(questions.first?.text == #"{"digest":"\#(Self.digest)"}"#)
        let (own, _) = try await perchctl(["policy", "approve", "strict", "--digest", Self.digest]) { _ in
            .problem(Problem(.approvalOwn, "another person approves"))
        }
        #expect(own.status == 4)
        #expect(try await Program(Program.perchctl, ["policy", "approve", "strict"]).end().status == 3)
    }

    @Test func policiesAreListedAndShown() async throws {
        let (list, _) = try await perchctl(["policy", "list"]) { _ in .json(PolicyPage(policies: [Self.proposed])) }
        #expect(list.status == 0 && list.output.contains("strict") && list.output.contains("proposed"))
        let texts = PolicyTexts(policies: [
            .init(
                view: PolicyView(name: "strict", state: .active, source: .file, digest: "cd"), text: "name: strict\n"),
            .init(view: Self.proposed, text: "name: strict # more\n"),
        ])
        let (active, _) = try await perchctl(["policy", "show", "strict"]) { _ in .json(texts) }
        #expect(active.output == "name: strict\n")
        let (other, _) = try await perchctl(["policy", "show", "strict", "--digest", Self.digest]) { _ in .json(texts) }
        #expect(other.output == "name: strict # more\n")
    }
}
