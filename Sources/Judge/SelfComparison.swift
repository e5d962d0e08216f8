// Old against old, the measure of this roll-out's own false alarms: each old copy's even blocks against its odd ones,
// judged as if they were two copies. Nothing changed between them, so whatever fails is a false alarm. Must never
// decide anything: it is shown beside a verdict.

/// An A/A comparison of the old copies by the same method, limits and guards. Two blocks make one, so that its hours
/// last two. Which half plays the new copy alternates: a trend, such as the morning's load, cancels.
struct SelfComparison: Equatable, Sendable {
    private var judging: Judging
    /// The even block that waits for its odd neighbour.
    private var even: (index: Int, pairs: [PairInput])?
    private var alarm: Verdict.Failure?
    private var hours = 0

    init(policy: JudgePolicy, startBlock: Int) {
        judging = Judging(policy: policy, startBlock: BlockTime.floored(startBlock, 2))
    }

    static func == (left: SelfComparison, right: SelfComparison) -> Bool {
        left.judging == right.judging && left.even?.index == right.even?.index
            && left.even?.pairs == right.even?.pairs && left.alarm == right.alarm && left.hours == right.hours
    }

    mutating func add(_ block: BlockInput) throws(JudgingError) {
        guard block.index % 2 != 0 else {
            even = (block.index, block.pairs)
            return
        }
        guard let even, even.index == block.index - 1 else { return }
        self.even = nil
        let index = BlockTime.floored(block.index, 2)
        let later = Dictionary(block.pairs.map { ($0.name, $0.old) }) { first, _ in first }
        let pairs = even.pairs.map { pair in
            let odd = later[pair.name] ?? CopyValues(absent: .silent)
            let isTurned = index % 2 != 0
            return PairInput(
                name: pair.name, host: pair.host, old: isTurned ? odd : pair.old, new: isTurned ? pair.old : odd)
        }
        try judging.add(BlockInput(index: index, pairs: pairs))
    }

    /// The roll-out's hour is over; every second one ends an hour here.
    mutating func finishHour(_ hour: Int) {
        guard hour % 2 != 0 else { return }
        let verdict = judging.finishHour()
        hours = verdict.hour
        alarm = verdict.failure
    }

    func check(_ policy: JudgePolicy) -> Check {
        var check = Check(
            level: .fleet, name: "all", kind: .selfComparison, state: alarm == nil ? .observe : .warn,
            reason: hours == 0 ? .tooEarly : alarm == nil ? .withinBound : .boundExceeded, unit: .hours)
        check.value = Double(2 * hours)
        let span = Sentence.span(seconds: 2 * hours * BlockTime.blocksPerHour * policy.blockSeconds)
        let what = "Old against old (each old copy's even blocks against its odd ones), judged the same way"
        if let alarm {
            check.sentence =
                "\(what) over \(span), raised a false alarm (\(alarm.check.id)): the old servers vary more than the "
                + "limits allow for."
        } else {
            check.sentence = hours == 0 ? "\(what): nothing judged yet." : "\(what) over \(span): no false alarm."
        }
        return check
    }
}
