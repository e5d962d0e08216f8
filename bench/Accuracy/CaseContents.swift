// What a case file holds, counted from its rows. Must never say how the case was made: the file does not know.
import Evidence
import Judge

struct CaseContents {
    let pairs: Int
    let oldHosts: Int
    let newHosts: Int
    /// Share of the rows owed, a pair's block or a host's hour, that lack a copy.
    let absentShare: Double
    let metrics: [String]
    let rules: [CaseFile.RuleChange]

    init(_ recorded: CaseFile) {
        metrics = recorded.metrics.map(\.rawValue)
        // A rule is taken to hold where nothing is said.
        rules = recorded.rules.filter { $0.state != .pass }
        pairs = recorded.pairs.count
        switch recorded.mode {
        case .paired:
            newHosts = Set(recorded.pairs.map(\.host) + recorded.pairRows.map(\.host)).count
            // The file names a pair's new host only.
            oldHosts = 0
            let owed = recorded.pairs.count * recorded.hours * BlockTime.blocksPerHour
            let whole = recorded.pairRows.count { $0.old.ops.value != nil && $0.new.ops.value != nil }
            absentShare = CaseContents.absent(whole: whole, owed: owed)
        case .unpaired:
            let hosts = Dictionary(recorded.hostRows.map { ($0.host.host, $0.host.side) }) { first, _ in first }
            oldHosts = hosts.values.count { $0 == .old }
            newHosts = hosts.values.count { $0 == .new }
            let owed = hosts.count * (UnpairedJudging.baselineHours + recorded.hours)
            let whole = recorded.hostRows.count { row in
                recorded.metrics.allSatisfy { row.host.values[$0].value != nil }
            }
            absentShare = CaseContents.absent(whole: whole, owed: owed)
        }
    }

    private static func absent(whole: Int, owed: Int) -> Double {
        owed > 0 ? 1 - Double(whole) / Double(owed) : 0
    }

    var breaksARule: Bool { rules.contains { $0.state == .fail } }

    /// "5 pairs, 2 new" or "no pairs, 10 old, 4 new".
    var fleet: String {
        pairs > 0 ? "\(pairs) pairs, \(newHosts) new" : "no pairs, \(oldHosts) old, \(newHosts) new"
    }

    /// "cpu, p99; 3.1 % absent; package_origin unknown on n1".
    var words: String {
        var parts = [metrics.joined(separator: ", ")]
        if absentShare > 0 { parts.append("\(Text.percent(absentShare, places: 1)) absent") }
        parts += rules.map { rule in
            let hours = Double(rule.block) / Double(BlockTime.blocksPerHour)
            let since = rule.block > 0 ? " from \(Text.fixed(hours, places: 1)) h on" : ""
            return "`\(rule.rule)` \(rule.state.rawValue.uppercased()) on \(rule.host)\(since)"
        }
        return parts.joined(separator: "; ")
    }
}
