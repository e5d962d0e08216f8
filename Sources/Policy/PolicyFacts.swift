import Judge
import Shared

/// A policy as a flat list of members and what each means, in the order of the file: what `explain` prints and `diff`
/// compares. Every member of the format has one line here.
extension PolicyDocument {
    public struct Fact: Sendable, Equatable {
        /// As in the file, such as `metrics.cpu.margin`.
        public let path: String
        public let value: String
        /// One sentence for a person.
        public let meaning: String
    }

    public var facts: [Fact] { general + metricFacts + ruleFacts + gateFacts + silenceFacts }

    private var general: [Fact] {
        let block = Span(seconds: judge.blockSeconds)
        let hour = Span(seconds: 12 * judge.blockSeconds)
        return [
            Fact(path: "name", value: name, meaning: description),
            Fact(
                path: "block_seconds", value: String(judge.blockSeconds),
                meaning: "measurements are summed up over \(block); an hour of 12 blocks lasts \(hour)"),
            Fact(
                path: "min_hours_pass", value: String(judge.minHoursPass),
                meaning: "PASS is not given before \(judge.minHoursPass) such hours"),
            Fact(
                path: "after_migration", value: judge.afterMigration == .pass ? "pass" : "no_fail",
                meaning: judge.afterMigration == .pass
                    ? "once instances move, the comparison of hosts must PASS"
                    : "once instances move, the comparison of hosts must not FAIL"),
        ]
    }

    private var metricFacts: [Fact] {
        judge.metrics.flatMap { metric -> [Fact] in
            let path = "metrics.\(metric.metric.rawValue)"
            var facts = [
                Fact(path: path + ".level", value: metric.weight.rawValue, meaning: Self.meaning(metric.weight))
            ]
            switch metric.metric.kind {
            case .ratio, .level:
                let percent = Self.percent(metric.marginRatio)
                facts.append(
                    Fact(
                        path: path + ".margin", value: percent,
                        meaning: "up to \(percent) above the old copy is as good"))
            case .count:
                facts.append(
                    Fact(
                        path: path + ".factor", value: Self.number(metric.marginRatio),
                        meaning: "up to \(Self.number(metric.marginRatio)) times the old copy's count is as good"))
                let floor = Int((metric.floorPerOperation * 1_000_000).rounded())
                facts.append(
                    Fact(
                        path: path + ".floor_per_million", value: String(floor),
                        meaning: "and \(floor) in a million operations are allowed beside that"))
            }
            if metric.metric == .slow {
                let edge = CommandHistogram.edgesMicroseconds[judge.slowEdgeIndex]
                facts.append(
                    Fact(path: path + ".above_us", value: String(edge), meaning: "slow is what takes over \(edge) µs"))
            }
            return facts
        }
    }

    private static func meaning(_ weight: Weight) -> String {
        switch weight {
        case .fail: "judged: it can FAIL, and PASS asks for it"
        case .warn: "shown with a warning; never fails, not asked for"
        case .observe: "numbers only"
        }
    }

    private var ruleFacts: [Fact] {
        Rule.allCases.flatMap { rule -> [Fact] in
            let path = "rules.\(rule.rawValue)"
            let weight = judge.weight(ofRule: rule.rawValue)
            let level = Fact(path: path + ".level", value: weight.rawValue, meaning: Self.meaning(weight))
            return [level] + parameters(of: rule, path)
        }
    }

    private func parameters(of rule: Rule, _ path: String) -> [Fact] {
        switch rule {
        case .portAllowlist:
            let list = rules.allowedPorts?.map(\.text).joined(separator: ", ")
            let ephemeral = "\(rules.ephemeralPorts.lowerBound)-\(rules.ephemeralPorts.upperBound)"
            return [
                Fact(
                    path: path + ".allow", value: list ?? "",
                    meaning: list == nil
                        ? "what the old hosts listen on, and Redis ports of Redis' users, may listen"
                        : "only these may listen beside loopback"),
                Fact(path: path + ".ephemeral", value: ephemeral, meaning: "UDP ports of clients, ignored"),
            ]
        case .rdbFreshness:
            return [
                Fact(
                    path: path + ".expected", value: String(rules.isRDBExpected),
                    meaning: rules.isRDBExpected ? "saves are expected" : "saves are not looked at"),
                Fact(
                    path: path + ".interval", value: rules.rdbInterval.description,
                    meaning: "changes may wait for a save for twice this long"),
            ]
        case .aofFreshness:
            return [Fact(path: path + ".expected", value: rules.aof.rawValue, meaning: Self.meaning(rules.aof))]
        case .configDigest:
            let files = rules.configFiles.joined(separator: ", ")
            return [
                Fact(
                    path: path + ".files", value: files,
                    meaning: files.isEmpty
                        ? "no file is compared" : "equal on all new hosts, and as the roll-out says where it does")
            ]
        case .sidesEqual:
            let limit = "\(Self.number(Double(rules.stealLimitPermille) / 10))%"
            return [
                Fact(path: path + ".steal", value: limit, meaning: "more stolen CPU time than this withholds PASS")
            ]
        case .unapprovedLogin:
            let users = rules.automation.map(\.user).joined(separator: ", ")
            return [
                Fact(
                    path: path + ".automation", value: users,
                    meaning: users.isEmpty
                        ? "nobody logs in without an approved request"
                        : "these log in by themselves, with their keys and from their addresses")
            ]
        case .portExpected, .processRestarts, .packageVersion, .packageOrigin, .journalNew, .agentHealth: return []
        }
    }

    private static func meaning(_ expectation: RulePolicy.AOFExpectation) -> String {
        switch expectation {
        case .any: "where the AOF is on, it must work"
        case .required: "the AOF must be on and work"
        case .off: "the AOF is not looked at"
        }
    }

    private var gateFacts: [Fact] {
        Stage.gates.flatMap { stage -> [Fact] in
            let path = "gates.\(stage.rawValue)"
            let age = gates.ages[stage] ?? Span(seconds: 0)
            var facts = [
                Fact(path: path + ".age", value: age.description, meaning: "not before this age of the roll-out")
            ]
            if stage == .open {
                facts += [
                    Fact(
                        path: path + ".min_pairs", value: String(gates.minPairs), meaning: "pairs that must be mirrored"
                    ),
                    Fact(
                        path: path + ".min_hosts", value: String(gates.minHosts),
                        meaning: "new hosts that must hold them"),
                ]
            }
            if stage == .retired {
                facts.append(
                    Fact(
                        path: path + ".idle", value: gates.idle.description,
                        meaning: "the old servers must have been idle for so long"))
            }
            return facts
        }
    }

    private var silenceFacts: [Fact] {
        [
            Fact(
                path: "silence.wait_blocks", value: String(silence.waitBlocks),
                meaning: "a silent host is waited for so many blocks"),
            Fact(
                path: "silence.longest_wait_blocks", value: String(silence.longestWaitBlocks),
                meaning: "and never for more than so many"),
        ]
    }

    private static func percent(_ ratio: Double) -> String { number((ratio - 1) * 100) + "%" }

    /// Up to three decimals, without trailing zeros.
    private static func number(_ value: Double) -> String {
        let thousandths = Int((value * 1000).rounded())
        var text = String(thousandths / 1000)
        var rest = thousandths % 1000
        guard rest > 0 else { return text }
        text += "."
        for power in [100, 10, 1] where rest > 0 {
            text += String(rest / power)
            rest %= power
        }
        return text
    }
}

extension AllowedPort {
    /// As in the file.
    var text: String {
        let range = ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
        let owner = uid.map { " (uid \($0))" } ?? ""
        return "\(transport.rawValue)/\(range)\(owner)\(isRequired ? " (required)" : "")"
    }
}

/// What differs between two policies, member by member.
public struct PolicyDifference: Sendable, Equatable {
    public let path: String
    /// `nil`: the member is only in the other one.
    public let before: String?
    public let after: String?

    public static func between(_ old: PolicyDocument, _ new: PolicyDocument) -> [PolicyDifference] {
        let before = Dictionary(uniqueKeysWithValues: old.facts.map { ($0.path, $0.value) })
        let after = Dictionary(uniqueKeysWithValues: new.facts.map { ($0.path, $0.value) })
        let paths = old.facts.map(\.path) + new.facts.map(\.path).filter { before[$0] == nil }
        return paths.compactMap { path in
            before[path] == after[path]
                ? nil : PolicyDifference(path: path, before: before[path], after: after[path])
        }
    }
}
