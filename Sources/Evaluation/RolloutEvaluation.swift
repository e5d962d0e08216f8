import Evidence
import Judge
import Policy
import Shared

/// A verdict with what was at hand when it was made.
package struct JudgedHour: Sendable {
    package let verdict: Verdict
    /// Owed at its end.
    package let pairs: Int
    let evidence: EvidenceBook
    let packageNames: Set<String>
}

/// One evaluation of a roll-out: frozen blocks in, verdicts out. Blocks of a host come in their order, hosts in any;
/// what waits for its neighbours is kept here. The collector and whoever judges its evidence again use this, so that
/// they cannot differ.
package struct RolloutEvaluation: Sendable {
    package let policy: PolicyDocument
    package private(set) var judge: RolloutJudge
    /// The files of everything that was judged so far.
    private var evidence: EvidenceBook
    /// Of everything that was judged so far.
    package private(set) var logins = LoginBook()
    /// Watched packages that any host showed so far.
    private var packageNames: Set<String> = []
    private let hosts: Set<String>
    private var waiting: [Int: [String: FrozenBlock]] = [:]

    /// - Parameter policy: with the digest that verdicts name.
    package init(context: JudgingContext, policy: PolicyDocument) {
        self.policy = policy
        hosts = Set(context.spec.old + context.spec.new)
        evidence = EvidenceBook(
            old: context.spec.old, new: context.spec.new, blockSeconds: policy.judge.blockSeconds)
        judge = RolloutJudge(
            spec: context.spec, policy: policy,
            startBlock: context.startBlock(blockSeconds: policy.judge.blockSeconds))
    }

    package var blockSeconds: Int { policy.judge.blockSeconds }

    /// Keeps a block for when all hosts' blocks of its time are there. Other roll-outs' blocks are none of ours.
    /// - Returns: whether it is one of ours.
    @discardableResult
    package mutating func take(_ frozen: FrozenBlock) -> Bool {
        let block = frozen.block
        guard block.blockSeconds == blockSeconds, hosts.contains(block.host), block.index >= judge.nextBlock else {
            return false
        }
        waiting[block.index, default: [:]][block.host] = frozen
        return true
    }

    /// Judges what is complete, up to where the hosts' past is wanted first.
    /// - Returns: the verdicts of the hours that ended, oldest first.
    /// - Throws: `JudgingError`: a fault of ours.
    package mutating func judgeComplete(_ context: JudgingContext) throws(JudgingError) -> [JudgedHour] {
        var hours: [JudgedHour] = []
        while let hour = try judgeNextHour(context) { hours.append(hour) }
        return hours
    }

    /// Judges what is complete up to the end of an hour.
    /// - Returns: that hour; `nil` if what is there does not reach so far, or the hosts' past is wanted.
    /// - Throws: `JudgingError`: a fault of ours.
    package mutating func judgeNextHour(_ context: JudgingContext) throws(JudgingError) -> JudgedHour? {
        while wantedBaseline == nil, let frozen = complete(judge.nextBlock) {
            let index = judge.nextBlock
            let blocks = frozen.mapValues(\.block)
            let verdict = try judge.add(blocks, context, blockSeconds: blockSeconds)
            waiting[index] = nil
            evidence.add(frozen)
            for block in blocks.values {
                packageNames.formUnion(block.packages.seen.lazy.map(\.name))
                logins.add(block)
            }
            guard let verdict else { continue }
            return JudgedHour(
                verdict: verdict, pairs: judge.pairs.count, evidence: evidence, packageNames: packageNames)
        }
        return nil
    }

    /// The past that must be handed over before it can go on.
    package var wantedBaseline: BaselineQuestion? { complete(judge.nextBlock) == nil ? nil : judge.wantedBaseline }

    /// - Throws: `JudgingError` for hours that are out of order.
    package mutating func take(_ baseline: HostBaseline) throws(JudgingError) {
        try judge.take(baseline)
        evidence.past = baseline.evidence.chunks
    }

    private func complete(_ index: Int) -> [String: FrozenBlock]? {
        waiting[index].flatMap { $0.count == hosts.count ? $0 : nil }
    }
}
