import Policy
import Shared

/// The same evidence under another policy, to see what it would have said. Kept beside the verdict, never instead of
/// it.
extension JudgingService {
    static let mostRejudged = 50

    /// - Returns: the verdict of the last finished hour.
    /// - Throws: `policy-invalid` for a policy that is not active, or has blocks of another length; `not-found` before
    ///   the first hour; `storage-unavailable`.
    func rejudge(_ id: String, policy name: String) async throws(Problem) -> VerdictView {
        guard let entry = entries[id] else {
            throw Problem(.notFound, "there is no roll-out \(id), or it is not yours")
        }
        guard let policy = policies.policy(named: name) else {
            throw Problem(
                .policyInvalid, "there is no active policy \(name)",
                reasons: ["policy: use one of \(policies.names.joined(separator: ", "))"])
        }
        guard policy.document.judge.blockSeconds == entry.blockSeconds else {
            throw Problem(
                .policyInvalid,
                "\(name) has blocks of \(policy.document.judge.blockSeconds) s, the evidence is frozen in blocks of "
                    + "\(entry.blockSeconds) s")
        }
        var document = policy.document
        document.judge.digest = policy.digest
        do {
            let (folded, hours) = try await folded(entry.rollout, document)
            guard let last = hours.last?.verdict else {
                throw Problem(.notFound, "no hour of \(id) has been judged yet")
            }
            let now = clock.nowMicroseconds()
            var view = VerdictView(
                last, id: UUIDv7.make(nowMicroseconds: now), rollout: folded.rollout, evaluatedAtMicroseconds: now,
                pairs: folded.judge.pairs.count)
            view.policy = name
            view.policyDigest = policy.digest
            try await store.appendRejudged(VerdictRow(view, evaluatedAtMicroseconds: now))
            return view
        } catch {
            throw Problem(stored: error)
        }
    }
}
