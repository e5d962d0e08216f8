// Answers of a collector as tests need them.
import Shared

@testable import Ctl

extension GateAnswer {
    static func example(
        _ state: State, rollout: String = "r1", stage: Stage = .open, reasons: [String] = [],
        summary: String = "a summary", checks: [CheckSummary] = [], override: GateOverride? = nil
    ) -> GateAnswer {
        GateAnswer(
            state: state, verdict: state == .open ? .pass : state == .blocked ? .fail : .inconclusive,
            override: override, rollout: rollout, stage: stage, reasons: reasons, summary: summary, verdictID: "v1",
            evaluatedAt: "2026-11-20T12:05:00Z", validUntil: "2026-11-20T13:05:00Z",
            retryAfter: state == .waiting ? 60 : 0, checks: checks, report: "")
    }
}

extension GateReply {
    static func example(_ state: GateAnswer.State, reasons: [String] = [], checks: [CheckSummary] = []) -> GateReply {
        GateReply(answer: .example(state, reasons: reasons, checks: checks), body: Array("{}".utf8))
    }
}

extension RolloutView {
    static func example(stage: Stage = .mirroring) -> RolloutView {
        RolloutView(
            id: "r1", stage: stage, version: 3, policy: "default", policyDigest: "ab",
            artifacts: [.init(name: "pkg:deb/debian/redis@7", sha256: "cd")], old: ["old-1"], new: ["new-1", "new-2"],
            pairs: [.init(name: "6379", old: "old-1", new: "new-1")],
            createdBy: "spiffe://perch.example/perch/tool/deploy", createdAt: "2026-11-18T12:00:00Z",
            history: [.init(stage: stage, at: "2026-11-18T12:00:00Z", by: "deploy", reason: "created")],
            observed: ["log"])
    }
}

extension ClientError {
    static let refusedConnection = ClientError.unreachable(
        Unreachable(server: "https://localhost:1", cause: .connection("Connection refused")))
    static let notTrusted = ClientError.unreachable(
        Unreachable(server: "https://localhost:1", cause: .serverNotTrusted))

    static func refused(_ code: ProblemCode, retryAfterSeconds: Int? = nil) -> ClientError {
        .refused(
            Refusal(
                server: "https://localhost:1", httpStatus: code.status,
                body: Array("{\"code\":\"\(code.rawValue)\",\"title\":\"\(code.title)\"}".utf8),
                retryAfterSeconds: retryAfterSeconds))
    }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
