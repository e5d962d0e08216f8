// Rules are facts, found elsewhere: this only remembers their state and says what it does to a verdict. A FAIL inside
// an hour counts although the state has changed by its end. Must never judge a rule that was withdrawn.

struct RuleBook: Equatable, Sendable {
    private struct Entry: Equatable, Sendable {
        let host: String
        let rule: String
        var state: RuleInput.State
        var fact: String
        /// The fact by which it failed in the running hour.
        var failedFact: String?
    }

    private var entries: [Entry] = []
    private var index: [String: [String: Int]] = [:]

    mutating func take(_ inputs: [RuleInput]) {
        for input in inputs {
            let position = place(host: input.host, rule: input.rule)
            entries[position].state = input.state
            entries[position].fact = input.fact
            if input.state == .fail { entries[position].failedFact = input.fact }
        }
    }

    private mutating func place(host: String, rule: String) -> Int {
        if let known = index[host]?[rule] { return known }
        index[host, default: [:]][rule] = entries.count
        entries.append(Entry(host: host, rule: rule, state: .withdrawn, fact: ""))
        return entries.count - 1
    }

    mutating func closeHour() {
        for position in entries.indices {
            let stillFails = entries[position].state == .fail
            entries[position].failedFact = stillFails ? entries[position].fact : nil
        }
    }

    /// One check per rule and host that does not pass, and one row for those that do; ordered by rule, then host.
    func checks(_ policy: JudgePolicy) -> [Check] {
        let ordered = entries.sorted {
            $0.rule == $1.rule
                ? $0.host.utf8.lexicographicallyPrecedes($1.host.utf8)
                : $0.rule.utf8.lexicographicallyPrecedes($1.rule.utf8)
        }
        var checks: [Check] = []
        var passing: Check?
        for (position, entry) in ordered.enumerated() {
            if let check = check(entry, policy) {
                let holds = check.state == .pass || check.state == .observe
                // What is worth saying of one server is not folded away.
                if holds, check.reason == .withinBound, entry.fact.isEmpty {
                    passing = fold(check, into: passing)
                } else {
                    checks.append(check)
                }
            }
            let isLast = position + 1 == ordered.count || ordered[position + 1].rule != entry.rule
            if isLast, let row = passing {
                checks.append(row)
                passing = nil
            }
        }
        return checks
    }

    private func check(_ entry: Entry, _ policy: JudgePolicy) -> Check? {
        let fact = entry.fact.isEmpty ? "" : ": \(entry.fact)"
        let place = "Rule \(entry.rule) on \(entry.host)"
        var check = Check(level: .rule, name: entry.rule, kind: .rule, state: .pass, reason: .withinBound)
        check.subject = entry.host
        check.sentence = "\(place) holds\(fact)."
        if let failed = entry.failedFact {
            check.state = .fail
            check.reason = .ruleBroken
            check.sentence = failed.isEmpty ? "\(place) is broken." : "\(place) is broken: \(failed)."
            return check.weighed(policy.weight(ofRule: entry.rule))
        }
        switch entry.state {
        case .withdrawn: return nil
        case .pass, .fail: break
        case .unknown:
            check.state = .missing
            check.reason = .ruleUnknown
            check.sentence = "\(place) cannot be checked\(fact)."
        case .attention:
            check.state = .missing
            check.reason = .ruleAttention
            check.sentence = "\(place) wants attention\(fact)."
        }
        return check.weighed(policy.weight(ofRule: entry.rule))
    }

    private func fold(_ check: Check, into row: Check?) -> Check {
        guard var row else { return check }
        row.folded += 1
        row.subject = nil
        row.sentence = "Rule \(row.name) holds on \(row.folded) servers."
        return row
    }
}
