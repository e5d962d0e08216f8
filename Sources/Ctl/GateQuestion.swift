// Asks one gate: performs what GateWait decides, with a real client and clock. Must take nothing for an answer that is
// about another gate or contradicts itself.
import Foundation
import Shared

struct GateQuestion: Sendable {
    let client: Client
    let rollout: String
    let stage: Stage

    /// - Parameter note: told of each new trouble and each new reason to wait.
    func ask(wait: Duration, note: (String) -> Void) async -> GateOutcome {
        let clock = ContinuousClock()
        var random = SystemRandomNumberGenerator()
        var machine = GateWait(wait: wait, now: clock.now)
        var action = machine.start(now: clock.now)
        var said = ""
        while true {
            var event: GateWait.Event
            switch action {
            case .end(let outcome):
                return outcome
            case .pause(let duration):
                try? await clock.sleep(for: duration)
                event = .paused
            case .ask(let waitSeconds, let timeout):
                event = await once(waitSeconds: waitSeconds, timeout: timeout)
            }
            if Task.isCancelled { event = .interrupted }
            action = machine.handle(event, now: clock.now, using: &random)
            if case .end = action { continue }
            if let text = Self.notice(event), text != said {
                said = text
                note(text)
            }
        }
    }

    func once(waitSeconds: Int? = nil, timeout: Duration = .seconds(30)) async -> GateWait.Event {
        var request = Client.Request(path: ["rollouts", rollout, "gate", stage.rawValue], timeout: timeout)
        if let waitSeconds { request.query = [("wait", "\(waitSeconds)s")] }
        do {
            let answer = try await client.send(request)
            return .answered(try understood(answer))
        } catch {
            return .failed(error)
        }
    }

    private func understood(_ answer: Client.Answer) throws(ClientError) -> GateReply {
        let gate = try client.decode(GateAnswer.self, from: answer)
        guard gate.ok == (gate.state == .open) else {
            throw notUnderstood("`ok` and `state` contradict each other")
        }
        guard gate.rollout == rollout, gate.stage == stage else {
            throw notUnderstood("it is about gate \(gate.stage.rawValue) of \(Printable.line(gate.rollout))")
        }
        return GateReply(answer: gate, body: answer.body)
    }

    private func notUnderstood(_ words: String) -> ClientError {
        .unreachable(Unreachable(server: client.server, cause: .notUnderstood(words)))
    }

    private static func notice(_ event: GateWait.Event) -> String? {
        switch event {
        case .answered(let reply): "waiting: \(Printable.line(reply.answer.summary))"
        case .failed(let error): "\(error.failure.problem); trying again"
        case .paused, .interrupted: nil
        }
    }
}
