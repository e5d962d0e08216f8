import Shared
import Testing

@testable import Ctl

struct ExitStatusTests {
    @Test func theCodesAreTheDocumentedOnes() {
        #expect(ExitStatus.done.rawValue == 0)
        #expect(ExitStatus.closed.rawValue == 1)
        #expect(ExitStatus.pending.rawValue == 2)
        #expect(ExitStatus.usage.rawValue == 3)
        #expect(ExitStatus.unreachable.rawValue == 4)
    }

    @Test func aGateStateHasItsCode() {
        #expect(ExitStatus(GateAnswer.State.open) == .done)
        #expect(ExitStatus(GateAnswer.State.blocked) == .closed)
        #expect(ExitStatus(GateAnswer.State.waiting) == .pending)
    }

    @Test(arguments: ProblemCode.allCases)
    func noRefusalIsEverDone(code: ProblemCode) {
        let status = ExitStatus(refusedWith: code, httpStatus: code.status)
        #expect(status != .done && status != .closed)
        if code.status == 403 || code.status >= 429 && code.status != 422 { #expect(status == .unreachable) }
        if [400, 413, 415, 422].contains(code.status) { #expect(status == .usage) }
    }

    @Test func anUnknownCodeIsJudgedByItsStatusAndKeepsItsWords() {
        let body = #"{"code":"from-the-future","title":"Later","detail":"not yet","instance":"q7"}"#
        let refusal = Refusal(server: "https://s", httpStatus: 422, body: Array(body.utf8))
        #expect(refusal.failure.status == .usage)
        #expect(refusal.failure.description.contains("https://s answered 422: Later: not yet (request q7)"))
        #expect(Refusal(server: "https://s", httpStatus: 302, body: []).failure.status == .unreachable)
        #expect(Refusal(server: "https://s", httpStatus: 502, body: Array("<html>".utf8)).isRetryable)
    }

    @Test func anOutcomeHasItsCode() {
        #expect(GateOutcome.answered(.example(.open)).status == .done)
        #expect(GateOutcome.answered(.example(.blocked)).status == .closed)
        #expect(GateOutcome.answered(.example(.waiting)).status == .pending)
        #expect(GateOutcome.deadline(.example(.waiting), trouble: nil).status == .pending)
        #expect(GateOutcome.interrupted(nil).status == .pending)
        #expect(GateOutcome.failed(ClientError.refusedConnection.failure).status == .unreachable)
    }
}
