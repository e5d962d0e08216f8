import Evidence
import Judge
import Policy
import Shared

/// One roll-out from frozen blocks to verdicts. A fold without a clock; run again over the same blocks it says the
/// same.
package struct RolloutJudge: Sendable {
    private enum Method: Sendable {
        case mirrored(MirroredJudging)
        case hosts(UnpairedJudging)
    }

    package let startBlock: Int
    private let spec: RolloutSpec
    private var fold: RolloutFold
    private var method: Method
    private var hours: HostHourBook
    /// Whether hosts are compared with their own past at all.
    private let comparesHosts: Bool
    private var hasBaseline = false
    /// The block that is judged next.
    package private(set) var nextBlock: Int

    init(spec: RolloutSpec, policy: PolicyDocument, startBlock: Int) {
        self.startBlock = startBlock
        self.spec = spec
        fold = RolloutFold(spec: spec, policy: policy)
        hours = HostHourBook(old: spec.old, new: spec.new)
        nextBlock = startBlock
        if spec.pairs == .none {
            comparesHosts = true
            method = .hosts(
                UnpairedJudging(policy: policy.judge, startHour: BlockTime.hour(ofBlock: startBlock)))
        } else {
            // With fewer hosts the comparison never answers: its past need not be read.
            comparesHosts = spec.old.count >= Comparison.minOldHosts && spec.new.count >= Comparison.minNewHosts
            method = .mirrored(
                MirroredJudging(policy: policy.judge, startBlock: startBlock, comparesHosts: comparesHosts))
        }
    }

    package var situation: Situation { fold.situation }
    package var pairs: [RolloutSpec.Pair] { fold.pairs }
    package var endedPairs: [RolloutSpec.Pair] { fold.endedPairs }

    /// Set while the first hour's last block waits for the hosts' past.
    var wantedBaseline: BaselineQuestion? {
        guard comparesHosts, !hasBaseline, endsHour(nextBlock) else { return nil }
        return BaselineQuestion(
            startHour: BlockTime.hour(ofBlock: startBlock), old: spec.old, new: spec.new, instances: hours.instances)
    }

    /// - Throws: `JudgingError` for hours that are out of order.
    mutating func take(_ baseline: HostBaseline) throws(JudgingError) {
        hasBaseline = true
        for (hour, hosts) in baseline.hours.sorted(by: { $0.key < $1.key }) { try add(hour: hour, hosts) }
    }

    /// Takes the next block of all hosts.
    /// - Returns: a verdict when this block ends an hour.
    /// - Throws: `JudgingError` when blocks come out of order, which is a fault of the caller.
    mutating func add(_ blocks: [String: HostBlock], _ context: JudgingContext, blockSeconds: Int)
        throws(JudgingError) -> Verdict?
    {
        let index = nextBlock
        let input = fold.add(blocks, index: index, context)
        let hour = BlockTime.hour(ofBlock: index) - BlockTime.hour(ofBlock: startBlock)
        if comparesHosts { hours.add(context.withoutInvalidated(blocks)) }
        switch method {
        case .mirrored(var judging):
            try judging.add(input)
            method = .mirrored(judging)
        case .hosts(var judging):
            try judging.add(hour: hour, hosts: [], rules: input.rules)
            method = .hosts(judging)
        }
        nextBlock += 1
        guard endsHour(index) else { return nil }
        if comparesHosts { try add(hour: hour, hours.finishHour()) }
        let end = UInt64(nextBlock) * UInt64(blockSeconds) * 1_000_000
        return finishHour(basis: context.basis(atMicroseconds: end))
    }

    private func endsHour(_ block: Int) -> Bool { (block + 1) % BlockTime.blocksPerHour == 0 }

    private mutating func add(hour: Int, _ hosts: [HostHour]) throws(JudgingError) {
        switch method {
        case .mirrored(var judging):
            try judging.add(hour: hour, hosts: hosts)
            method = .mirrored(judging)
        case .hosts(var judging):
            try judging.add(hour: hour, hosts: hosts)
            method = .hosts(judging)
        }
    }

    private mutating func finishHour(basis: Verdict.Basis) -> Verdict {
        switch method {
        case .mirrored(var judging):
            defer { method = .mirrored(judging) }
            return judging.finishHour(basis: basis)
        case .hosts(var judging):
            defer { method = .hosts(judging) }
            return judging.finishHour()
        }
    }
}
