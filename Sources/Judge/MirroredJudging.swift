// A mirrored roll-out as a whole: the judge of its pairs, old against old beside it, and the comparison of hosts that
// goes on when pairs end. Whoever judges a roll-out, live or from a file, uses this, so that none can differ.

public struct MirroredJudging: Equatable, Sendable {
    private var pairs: Judging
    private var selfComparison: SelfComparison
    private var hosts: UnpairedJudging?
    private var hour: Int

    /// - Parameters:
    ///   - startBlock: first block of the roll-out; its hour is hour 1.
    ///   - comparesHosts: whether `add(hour:hosts:)` will be called for the 24 hours before the start and for each one.
    public init(policy: JudgePolicy, startBlock: Int, comparesHosts: Bool = false) {
        pairs = Judging(policy: policy, startBlock: startBlock)
        selfComparison = SelfComparison(policy: policy, startBlock: startBlock)
        hour = BlockTime.hour(ofBlock: startBlock)
        hosts = comparesHosts ? UnpairedJudging(policy: policy, startHour: hour) : nil
    }

    public var nextBlock: Int { pairs.nextBlock }

    /// - Throws: `JudgingError` for a block that is not in order or beyond the running hour.
    public mutating func add(_ block: BlockInput) throws(JudgingError) {
        try pairs.add(block)
        try selfComparison.add(block)
    }

    /// Hosts in hour −24 … −1 before the start, or in the running one, before it is finished.
    public mutating func add(hour: Int, hosts inputs: [HostHour]) throws(JudgingError) {
        try hosts?.add(hour: hour, hosts: inputs)
    }

    public mutating func finishHour(basis: Verdict.Basis = .pairs) -> Verdict {
        selfComparison.finishHour(hour)
        hour += 1
        let comparison = hosts?.finishHour()
        return pairs.finishHour(
            basis: basis, comparison: comparison, beside: [selfComparison.check(pairs.policy)])
    }
}
