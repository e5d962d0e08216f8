import Evidence
import Foundation
import Judge
import Ledger
import Policy

/// Judges verified evidence again, from the first block to the verdict's hour, with nothing but what the evidence
/// holds.
package enum Recomputation {
    package struct Unusable: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Returns: `nil` for another judge or version than this build has.
    /// - Throws: `Unusable`, `VerificationError`, `EvidenceRow.Unreadable`, `Mistakes`, `JudgingError`.
    package static func run(_ evidence: VerifiedEvidence) throws -> Recomputed? {
        guard evidence.manifest.judge == .ours else { return nil }
        guard let bytes = evidence.context else { throw Unusable(description: "the manifest names no context") }
        let context = try JSONDecoder().decode(JudgingContext.self, from: Data(bytes))
        guard let text = String(validating: evidence.policy, as: UTF8.self) else {
            throw Unusable(description: "the policy is not UTF-8")
        }
        var policy = try PolicyFile.read(text, file: evidence.manifest.policy.path)
        policy.judge.digest = Digest(of: evidence.policy).description
        guard context.spec.id == evidence.manifest.rollout else {
            throw Unusable(description: "the context is of another roll-out")
        }
        let hour = Int(evidence.verdict.look.number)
        guard let verdict = try verdict(evidence, context, policy, hour: hour) else {
            throw Unusable(description: "the evidence does not reach to hour \(hour)")
        }
        return Recomputed(verdict: .init(verdict.state), checks: SignedChecks.of(verdict))
    }

    private static func verdict(
        _ evidence: VerifiedEvidence, _ context: JudgingContext, _ policy: PolicyDocument, hour: Int
    ) throws -> Verdict? {
        var evaluation = RolloutEvaluation(context: context, policy: policy)
        var past: [FrozenBlock] = []
        for chunk in evidence.manifest.chunks {
            for frozen in try EvidenceRow.readAll(evidence.bytes(of: chunk)) {
                let block = frozen.block
                guard block.host == chunk.host, block.blockSeconds == policy.judge.blockSeconds else {
                    throw Unusable(description: "\(chunk.file.path) holds a block of another host or length")
                }
                if block.index < evaluation.judge.startBlock { past.append(frozen) } else { evaluation.take(frozen) }
            }
            while true {
                if let judged = try evaluation.judgeNextHour(context) {
                    if judged.verdict.hour == hour { return judged.verdict }
                    continue
                }
                guard let question = evaluation.wantedBaseline else { break }
                var baseline = HostBaseline(question, blockSeconds: policy.judge.blockSeconds)
                for frozen in past where question.blocks.contains(frozen.block.index) {
                    baseline.add(frozen, context)
                }
                past = []
                try evaluation.take(baseline)
            }
        }
        return nil
    }
}
