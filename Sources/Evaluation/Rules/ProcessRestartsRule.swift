import Evidence

/// A kill for want of memory fails at once, a second restart within a day of blocks too; one restart withholds PASS
/// for that day.
struct ProcessRestartsRule: Sendable {
    private struct Restart: Sendable {
        var block: Int
        var instance: String
    }
    private var restarts: [Restart] = []
    /// First block of each instance here: what happens within its first hour is warm-up.
    private var firstBlock: [String: Int] = [:]

    mutating func judge(_ block: HostBlock, _ context: RuleContext) -> RuleFinding? {
        restarts.removeAll { $0.block <= context.block - RuleContext.blocksPerDay }
        var finding = RuleFinding.pass
        for instance in block.instances {
            let first = firstBlock[instance.name] ?? context.block
            firstBlock[instance.name] = first
            if instance.oomKills > 0 {
                finding = finding.worse(
                    RuleFinding(state: .fail, fact: "\(instance.name) was killed for want of memory"))
            }
            guard context.block - first >= RuleContext.blocksPerHour else { continue }
            for _ in 0..<instance.starts { restarts.append(Restart(block: context.block, instance: instance.name)) }
        }
        if block.journal.oomKills > 0 {
            finding = finding.worse(RuleFinding(state: .fail, fact: "a process was killed for want of memory"))
        }
        for (name, count) in Dictionary(grouping: restarts, by: \.instance).mapValues(\.count).sorted(by: { $0 < $1 }) {
            finding = finding.worse(
                count > 1
                    ? RuleFinding(state: .fail, fact: "\(name) restarted \(count) times within a day")
                    : RuleFinding(state: .attention, fact: "\(name) restarted once within a day"))
        }
        return finding
    }
}
