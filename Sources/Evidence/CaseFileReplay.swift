// Judges a recorded case from its first hour to its last, for `perchctl judge` and for tests. Text in, one JSON object
// per hour out. Must never judge otherwise than the collector does: it feeds the same Judge.
import Judge

public enum CaseFileReplay {
    /// One JSON object for each hour, in order.
    public static func lines(
        bytes: [UInt8], file: String, policy: JudgePolicy = .default
    ) throws(CaseFileError) -> [String] {
        let recorded = try CaseFile(bytes: bytes, file: file)
        return try verdicts(recorded, file: file, policy: policy).map(line)
    }

    /// One verdict for each hour, in order. Of the policy's metrics those count that the case has.
    public static func verdicts(
        _ recorded: CaseFile, file: String, policy: JudgePolicy = .default
    ) throws(CaseFileError) -> [Verdict] {
        var policy = policy
        policy.metrics = policy.metrics.filter { recorded.metrics.contains($0.metric) }
        policy.blockSeconds = recorded.blockSeconds
        do {
            switch recorded.mode {
            case .paired: return try paired(recorded, policy)
            case .unpaired: return try unpaired(recorded, policy)
            }
        } catch {
            throw CaseFileError(file: file, line: 0, message: "cannot be judged: \(error)")
        }
    }

    private static func paired(_ recorded: CaseFile, _ policy: JudgePolicy) throws(JudgingError) -> [Verdict] {
        let start = recorded.startSeconds / recorded.blockSeconds
        let blocks = recorded.hours * BlockTime.blocksPerHour
        var rows = [[CaseFile.PairRow]](repeating: [], count: blocks)
        for row in recorded.pairRows where rows.indices.contains(row.block) { rows[row.block].append(row) }
        let rules = rulesByBlock(recorded, blocks: blocks)
        var judging = MirroredJudging(policy: policy, startBlock: start)
        var hosts: [String: String] = [:]
        for pair in recorded.pairs { hosts[pair.name] = pair.host }
        var verdicts: [Verdict] = []
        for block in 0..<blocks {
            var present: [String: CaseFile.PairRow] = [:]
            for row in rows[block] {
                present[row.pair] = row
                hosts[row.pair] = row.host
            }
            let silent = CopyValues(absent: .silent)
            let pairs = recorded.pairs.map { pair in
                let row = present[pair.name]
                return PairInput(
                    name: pair.name, host: hosts[pair.name] ?? pair.host, old: row?.old ?? silent,
                    new: row?.new ?? silent)
            }
            try judging.add(BlockInput(index: start + block, pairs: pairs, rules: rules[block] ?? []))
            if (block + 1) % BlockTime.blocksPerHour == 0 { verdicts.append(judging.finishHour()) }
        }
        return verdicts
    }

    private static func unpaired(_ recorded: CaseFile, _ policy: JudgePolicy) throws(JudgingError) -> [Verdict] {
        let startHour = recorded.startSeconds / (recorded.blockSeconds * BlockTime.blocksPerHour)
        let blocks = recorded.hours * BlockTime.blocksPerHour
        var hours: [Int: [HostHour]] = [:]
        for row in recorded.hostRows { hours[row.hour, default: []].append(row.host) }
        let rules = rulesByBlock(recorded, blocks: blocks)
        var judging = UnpairedJudging(policy: policy, startHour: startHour)
        for hour in -UnpairedJudging.baselineHours..<0 { try judging.add(hour: hour, hosts: hours[hour] ?? []) }
        var verdicts: [Verdict] = []
        for hour in 0..<recorded.hours {
            let first = hour * BlockTime.blocksPerHour
            let changes = (first..<(first + BlockTime.blocksPerHour)).flatMap { rules[$0] ?? [] }
            try judging.add(hour: hour, hosts: hours[hour] ?? [], rules: changes)
            verdicts.append(judging.finishHour())
        }
        return verdicts
    }

    private static func rulesByBlock(_ recorded: CaseFile, blocks: Int) -> [Int: [RuleInput]] {
        var rules: [Int: [RuleInput]] = [:]
        for change in recorded.rules where change.block < blocks {
            rules[change.block, default: []].append(
                RuleInput(host: change.host, rule: change.rule, state: change.state, fact: ""))
        }
        return rules
    }

    /// "hour" and "verdict" are binding; other members may grow.
    public static func line(_ verdict: Verdict) -> String {
        var members = ["\"hour\":\(verdict.hour)", "\"verdict\":\"\(verdict.state.rawValue)\""]
        if let failure = verdict.failure {
            members.append("\"reason\":\(quoted(failure.check.sentence))")
            members.append("\"check\":\(quoted(failure.check.id))")
            members.append("\"since_hour\":\(failure.hour)")
        } else {
            let missing = verdict.missing
            if !missing.isEmpty {
                members.append("\"missing\":[\(missing.map { quoted($0.sentence) }.joined(separator: ","))]")
            }
            if let hours = verdict.etaHours { members.append("\"eta_hours\":\(hours)") }
        }
        return "{\(members.joined(separator: ","))}"
    }

    private static func quoted(_ text: String) -> String {
        let digits = Array("0123456789abcdef")
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\0"..<" ":
                result += "\\u00" + String(digits[Int(scalar.value >> 4)]) + String(digits[Int(scalar.value & 15)])
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
