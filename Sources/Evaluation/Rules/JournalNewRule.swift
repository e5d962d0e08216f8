import Evidence

/// No kind of error line that the old hosts do not know. Five times within an hour on two hosts (or on the only one)
/// fails; less withholds PASS for a day of blocks.
struct JournalNewRule: Sendable {
    static let occurrencesToFail: UInt64 = 5
    /// Last block in which each unknown fingerprint was seen here, with its redacted sample.
    private var seen: [UInt64: (block: Int, sample: String)] = [:]
    /// Once failed, it stays so for the day in which it can be read.
    private var unreadable = false

    mutating func judge(_ block: HostBlock, _ context: RuleContext) -> RuleFinding? {
        if block.journal.samples > 0 {
            unreadable = false
        } else if let cause = block.journal.cause {
            unreadable = true
            return RuleFinding(state: .unknown, fact: "the journal is \(cause.rawValue)")
        } else if unreadable {
            return nil
        }
        guard !context.isOldJournalUnknown else {
            return RuleFinding(state: .unknown, fact: "no old host's journal can be read to compare with")
        }
        for print in block.journal.fingerprints where !print.isHistory && !context.oldFingerprints.contains(print.id) {
            let sample = print.sample.isEmpty ? seen[print.id]?.sample ?? "" : print.sample
            seen[print.id] = (context.block, sample)
        }
        seen = seen.filter {
            $0.value.block > context.block - RuleContext.blocksPerDay && !context.oldFingerprints.contains($0.key)
        }
        var finding = RuleFinding.pass
        for (id, last) in seen.sorted(by: { $0.key < $1.key }) {
            let hosts = context.newFingerprints[id]?.filter { $0.value >= Self.occurrencesToFail } ?? [:]
            let isWide = hosts.count >= min(2, context.newHostCount) && hosts[block.host] != nil
            finding = finding.worse(
                RuleFinding(state: isWide ? .fail : .attention, fact: "new error line: \(last.sample)"))
        }
        return finding
    }
}

/// What the agent says of itself: shown, never failing.
struct AgentHealthRule: Sendable {
    func judge(_ block: HostBlock, _ context: RuleContext) -> RuleFinding? {
        if block.agent.dropped > 0 {
            return RuleFinding(state: .attention, fact: "\(block.agent.dropped) reports were lost for want of room")
        }
        if block.agent.setAside > 0 {
            return RuleFinding(state: .attention, fact: "\(block.agent.setAside) reports were refused")
        }
        if block.skewMilliseconds > 30_000 {
            return RuleFinding(
                state: .attention, fact: "the clock is \(block.skewMilliseconds / 1000) s away; times were corrected")
        }
        return .pass
    }
}
