// The one sentence that a gate's outcome is told in, on a terminal, in JUnit and in a pipeline's summary.
import Policy
import Shared

struct GateSentence: Sendable {
    let rollout: String
    let stage: Stage
    let wait: Span

    func text(_ outcome: GateOutcome) -> String {
        let gate = "\(rollout): gate \(stage.rawValue)"
        switch outcome {
        case .answered(let reply):
            return "\(gate) is \(reply.answer.state.rawValue)\(Self.because(reply))"
        case .deadline(let reply, let trouble):
            let lost = trouble.map { "; the last answer is from before this: \($0.problem)" } ?? ""
            return "\(gate) is still waiting after \(wait)\(Self.because(reply))\(lost)"
        case .interrupted(let reply):
            return "\(gate): stopped while waiting\(reply.map(Self.because) ?? ", before any answer")"
        case .failed(let failure):
            return "\(gate): \(failure.problem)"
        }
    }

    private static func because(_ reply: GateReply) -> String {
        let summary = Printable.line(reply.answer.summary)
        let text = summary.isEmpty ? reply.answer.reasons.first.map(Printable.line) ?? "" : summary
        let override = reply.answer.override.map {
            " (override by \(Printable.line($0.by)) until \(Printable.line($0.until)))"
        }
        return (text.isEmpty ? "" : ": \(text)") + (override ?? "")
    }
}
