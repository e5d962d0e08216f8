// The judge of mirrored pairs: frozen blocks in, a verdict at each finished hour. A value without a clock, without I/O
// and without chance; copies are cheap. Must never look at an hour that is not over, nor take back a FAIL.

public enum JudgingError: Error, Equatable, Sendable {
    /// Blocks come in rising order; `expected` is the earliest that may come.
    case blockOutOfOrder(index: Int, expected: Int)
    /// The block lies in a later hour than the one that is not finished yet.
    case hourNotFinished(index: Int, hourEnds: Int)
}

struct Judging: Equatable, Sendable {
    /// Usable blocks of a pair on each new host before it is judged: cold caches, first sync.
    static let warmUpBlocks = 12

    let policy: JudgePolicy
    let startBlock: Int
    let metrics: [JudgedMetric]
    let levels: Levels
    /// The earliest block that may come.
    private(set) var nextBlock: Int
    /// Absolute hour that is being filled.
    private(set) var hour: Int
    var roster = Roster()
    var fleet: [FleetStream]
    var hosts: [HostRecord] = []
    var pairs: [PairRecord] = []
    /// Pairs of the last block, in the order of their names.
    private(set) var listed: [Row] = []
    var coverage = Coverage()
    var rules = RuleBook()
    var reports = ReportBook()
    var lastUsableBlock: Int?
    private(set) var failure: Verdict.Failure?

    /// - Parameter startBlock: first block of the roll-out, 0 … 2^40. Its hour is hour 1, even if it began earlier.
    init(policy: JudgePolicy, startBlock: Int) {
        self.policy = policy
        self.startBlock = startBlock
        metrics = policy.metrics.map { JudgedMetric($0, blockSeconds: policy.blockSeconds) }
        levels = Levels(judgedMetrics: metrics.count { $0.isJudged })
        nextBlock = startBlock
        hour = BlockTime.hour(ofBlock: startBlock)
        fleet = metrics.map { _ in FleetStream() }
    }

    /// Takes a frozen block. Blocks that were left out hold nothing, which counts against the pairs of the last block.
    mutating func add(_ block: BlockInput) throws(JudgingError) {
        guard block.index >= nextBlock else {
            throw JudgingError.blockOutOfOrder(index: block.index, expected: nextBlock)
        }
        guard BlockTime.hour(ofBlock: block.index) == hour else {
            throw JudgingError.hourNotFinished(index: block.index, hourEnds: hourEnd)
        }
        fillAbsent(before: block.index)
        let rows = roster.rows(block.pairs)
        pass(block.index, rows, block.pairs)
        listed = rows
        rules.take(block.rules)
        reports.take(block.hosts)
        nextBlock = block.index + 1
    }

    /// Closes the running hour, blocks or not, and judges all that was seen so far.
    /// - Parameters:
    ///   - comparison: the answer of the comparison of hosts; it counts at basis `moved`, and is shown before.
    ///   - beside: checks of others that are shown with ours.
    mutating func finishHour(
        basis: Verdict.Basis = .pairs, comparison: Verdict? = nil, beside: [Check] = []
    ) -> Verdict {
        fillAbsent(before: hourEnd)
        closeStreams()
        let number = hour - BlockTime.hour(ofBlock: startBlock) + 1
        var findings = evaluate(hour: number, basis: basis, comparison: comparison)
        findings.add(beside)
        if failure == nil, let check = findings.firstFailure {
            failure = Verdict.Failure(hour: number, check: check)
        }
        forgetHour()
        hour += 1
        return Verdict(
            hour: number, basis: basis, findings: findings, failure: failure,
            window: BlockWindow(first: startBlock, last: nextBlock - 1, blockSeconds: policy.blockSeconds),
            judgedMetrics: metrics.count { $0.isJudged }, policyDigest: policy.digest)
    }

    private var hourEnd: Int { (hour + 1) * BlockTime.blocksPerHour }

    private mutating func fillAbsent(before end: Int) {
        while nextBlock < end {
            pass(nextBlock, listed.map { Row(pair: $0.pair, host: $0.host, input: nil) }, [])
            reports.takeNothing()
            nextBlock += 1
        }
    }

    private mutating func closeStreams() {
        for (index, metric) in metrics.enumerated() {
            let isRatio = !metric.isCount
            let fleetLimit = isRatio ? Guards.sustainedFactor * metric.margin : nil
            let hostLimit = isRatio ? Guards.sustainedFactor * metric.hostMargin : nil
            fleet[index].closeHour(hour, sustainedAbove: fleetLimit)
            for host in hosts.indices { hosts[host].streams[index].closeHour(hour, sustainedAbove: hostLimit) }
        }
        for pair in pairs.indices { pairs[pair].closeHour(hour) }
        for host in hosts.indices { hosts[host].coverage.closeHour() }
        coverage.closeHour()
        reports.closeHour()
    }

    private mutating func forgetHour() {
        for index in metrics.indices {
            fleet[index].forgetGuardsOfHour()
            for host in hosts.indices { hosts[host].streams[index].forgetGuardsOfHour() }
        }
        rules.closeHour()
    }
}

/// What is remembered of a new host that holds or held pairs.
struct HostRecord: Equatable, Sendable {
    /// One per metric of the policy.
    var streams: [HostStream]
    var coverage = Coverage()
}

/// What is remembered of a pair.
struct PairRecord: Equatable, Sendable {
    struct WarmUp: Equatable, Sendable {
        let host: Int
        var blocks: Int
    }

    /// One per metric of the policy; those of counts stay empty.
    var streams: [PairStream]
    private var warmUps: [WarmUp] = []
    /// Newest blocks in a row in which the new copy was silent and the old one reported.
    var silentBlocks = 0
    var coverage = Coverage()

    init(metrics: Int) { streams = (0..<metrics).map { _ in PairStream() } }

    mutating func closeHour(_ hour: Int) {
        for index in streams.indices { streams[index].closeHour(hour) }
        coverage.closeHour()
    }

    /// Whether the pair is warm on this host; a usable block of a cold one warms it.
    mutating func isWarm(on host: Int) -> Bool {
        guard let position = warmUps.firstIndex(where: { $0.host == host }) else {
            warmUps.append(WarmUp(host: host, blocks: 1))
            return false
        }
        if warmUps[position].blocks >= Judging.warmUpBlocks { return true }
        warmUps[position].blocks += 1
        return false
    }
}

/// New hosts in use and how many of their blocks arrived; asked for once instances move.
struct ReportBook: Equatable, Sendable {
    private var coverages: [String: Coverage] = [:]
    private(set) var inUse: [String] = []

    mutating func take(_ inputs: [HostInput]) {
        inUse = inputs.map(\.host).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for input in inputs { coverages[input.host, default: Coverage()].add(owed: true, seen: input.isReported) }
    }

    mutating func takeNothing() {
        for host in inUse { coverages[host, default: Coverage()].add(owed: true, seen: false) }
    }

    mutating func closeHour() {
        for host in coverages.keys { coverages[host]?.closeHour() }
    }

    func tally(_ host: String) -> Coverage.Tally { coverages[host]?.total ?? Coverage.Tally() }
}
