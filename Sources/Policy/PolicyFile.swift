import Judge
import Shared

/// Reads a policy from YAML, strictly: unknown members, repeated members and impossible values are refused, all of
/// them at once, each with its line and what to write instead.
public enum PolicyFile {
    /// - Throws: `Mistakes`.
    public static func read(_ text: String, file: String) throws(Mistakes) -> PolicyDocument {
        let mistakes = MistakeCollector(file: file)
        let top = YAMLFields.document(text, mistakes: mistakes)
        var document = PolicyDocument(name: "")
        if mistakes.all.isEmpty {
            readTop(top, into: &document)
            readMetrics(top, into: &document)
            readRules(top.fields("rules"), into: &document)
            readGates(top.fields("gates"), into: &document)
            readSilence(top.fields("silence"), into: &document)
            top.finish()
        }
        guard mistakes.all.isEmpty else { throw Mistakes(mistakes.all) }
        return document
    }

    private static func readTop(_ top: YAMLFields, into document: inout PolicyDocument) {
        if let version = top.take("version") {
            if version.scalar?.string != "1" {
                top.refuse(version, "version", "is not known", mend: "write `version: 1`")
            }
        } else {
            top.refuse(nil, "version", "is missing", mend: "begin with `version: 1`")
        }
        if let name = top.text("name") {
            if Identifier.isValid(name) {
                document.name = name
            } else {
                top.refuse(top.node, "name", "is not usable", mend: Identifier.rule)
            }
        } else {
            top.refuse(nil, "name", "is missing", mend: "give the policy a name")
        }
        document.description = top.text("description") ?? ""
        if let seconds = top.integer("block_seconds", in: 1...3600) { document.judge.blockSeconds = seconds }
        if let hours = top.integer("min_hours_pass", in: 4...240) { document.judge.minHoursPass = hours }
        let words = ["no_fail": JudgePolicy.AfterMigration.noFail, "pass": .pass]
        if let choice = top.scalar("after_migration", expects: "`no_fail` or `pass`", { words[$0] }) {
            document.judge.afterMigration = choice
        }
    }

    private static func readMetrics(_ top: YAMLFields, into document: inout PolicyDocument) {
        let fields = top.fields("metrics")
        for metric in Metric.allCases {
            guard let index = document.judge.metrics.firstIndex(where: { $0.metric == metric }) else { continue }
            let one = fields.fields(metric.rawValue)
            guard one.node != nil else { continue }
            var policy = document.judge.metrics[index]
            if let weight = one.choice("level", Weight.self) { policy.weight = weight }
            switch metric.kind {
            case .ratio, .level:
                if let margin = one.scalar("margin", expects: "a percentage from 0% to 400%, such as 15%", percentage) {
                    policy.marginRatio = margin
                }
            case .count:
                let factor = one.scalar("factor", expects: "a number from 1 to 100, such as 1.5") { text in
                    Double(text).flatMap { (1...100).contains($0) ? $0 : nil }
                }
                if let factor { policy.marginRatio = factor }
                if let floor = one.integer("floor_per_million", in: 0...100_000) {
                    policy.floorPerOperation = Double(floor) / 1_000_000
                }
            }
            if metric == .slow { readEdge(one, into: &document) }
            one.finish()
            document.judge.metrics[index] = policy
        }
        fields.finish()
    }

    /// `15%` is the ratio 1.15.
    private static func percentage(_ text: String) -> Double? {
        guard text.hasSuffix("%"), let percent = Double(text.dropLast()), (0...400).contains(percent) else {
            return nil
        }
        return (100 + percent) / 100
    }

    private static func readEdge(_ fields: YAMLFields, into document: inout PolicyDocument) {
        let edges = CommandHistogram.edgesMicroseconds
        let words = edges.dropLast().map(String.init).joined(separator: ", ")
        let edge = fields.scalar("above_us", expects: "one of Redis' latency edges (\(words))") { text in
            UInt64(text).flatMap { edges.dropLast().firstIndex(of: $0) }
        }
        if let edge { document.judge.slowEdgeIndex = edge }
    }

    private static func readRules(_ fields: YAMLFields, into document: inout PolicyDocument) {
        for rule in Rule.allCases {
            let one = fields.fields(rule.rawValue)
            guard one.node != nil else { continue }
            if let weight = one.choice("level", Weight.self) { document.judge.ruleWeights[rule.rawValue] = weight }
            switch rule {
            case .portAllowlist: readPorts(one, into: &document.rules)
            case .rdbFreshness:
                if let span = one.scalar("interval", expects: "a duration such as 1h", Span.init) {
                    document.rules.rdbInterval = span
                }
                if let expected = one.flag("expected") { document.rules.isRDBExpected = expected }
            case .aofFreshness:
                if let choice = one.choice("expected", RulePolicy.AOFExpectation.self) { document.rules.aof = choice }
            case .configDigest: document.rules.configFiles = paths(one)
            case .sidesEqual:
                if let limit = one.scalar("steal", expects: "a percentage from 0% to 100%", percentage) {
                    document.rules.stealLimitPermille = Int(((limit - 1) * 1000).rounded())
                }
            case .unapprovedLogin: document.rules.automation = automation(one)
            case .portExpected, .processRestarts, .packageVersion, .packageOrigin, .journalNew, .agentHealth: break
            }
            one.finish()
        }
        fields.finish()
    }

    private static func paths(_ fields: YAMLFields) -> [String] {
        guard let node = fields.take("files") else { return [] }
        guard let list = node.sequence, list.count <= Limits.digests else {
            fields.refuse(
                node, "files", "is not a list of at most \(Limits.digests)", mend: "write one `- /path` a line")
            return []
        }
        return list.compactMap { item in
            guard let path = item.scalar?.string, path.hasPrefix("/") else {
                fields.refuse(item, "files", "has an entry that is no absolute path", mend: "begin it with /")
                return nil
            }
            return path
        }
    }

    private static func automation(_ fields: YAMLFields) -> [Automation] {
        guard let node = fields.take("automation") else { return [] }
        guard let list = node.sequence, list.count <= Automation.most else {
            fields.refuse(
                node, "automation", "is not a list of at most \(Automation.most)",
                mend: "write one `- { user: …, keys: […], sources: […] }` a line")
            return []
        }
        return list.compactMap { item in
            let one = YAMLFields(item, path: fields.place("automation"), mistakes: fields.mistakes)
            defer { one.finish() }
            let user = one.text("user") ?? ""
            let keys = one.texts("keys") ?? []
            let sources = one.texts("sources") ?? []
            guard !user.isEmpty, user != "root", !keys.isEmpty, !sources.isEmpty else {
                one.refuse(
                    item, "user", "is root, or has no keys or sources",
                    mend: "name an account of its own with the fingerprints and addresses that it logs in with")
                return nil
            }
            return Automation(user: user, keys: keys, sources: sources)
        }
    }

    private static func readPorts(_ fields: YAMLFields, into rules: inout RulePolicy) {
        if let node = fields.take("ephemeral") {
            let bounds = (node.scalar?.string ?? "").split(separator: "-").map { UInt16($0) }
            if bounds.count == 2, let low = bounds[0], let high = bounds[1], low <= high {
                rules.ephemeralPorts = low...high
            } else {
                fields.refuse(node, "ephemeral", "is not a range of ports", mend: "write it as 32768-60999")
            }
        }
        guard let node = fields.take("allow") else { return }
        guard let list = node.sequence else {
            fields.refuse(node, "allow", "is not a list", mend: "write one `- tcp/22` a line")
            return
        }
        rules.allowedPorts = list.compactMap { item in
            if let text = item.scalar?.string, let port = AllowedPort(text) { return port }
            guard item.mapping != nil else {
                fields.refuse(item, "allow", "has an entry that is no port", mend: "write `tcp/22` or `tcp/7000-7100`")
                return nil
            }
            let one = YAMLFields(item, path: fields.place("allow"), mistakes: fields.mistakes)
            var port = one.scalar("port", expects: "a port such as tcp/22", AllowedPort.init)
            port?.isRequired = one.flag("required") ?? false
            port?.uid = one.integer("uid", in: 0...Int(UInt32.max)).map(UInt32.init)
            one.finish()
            return port
        }
    }

    private static func readGates(_ fields: YAMLFields, into document: inout PolicyDocument) {
        for stage in Stage.gates {
            let one = fields.fields(stage.rawValue)
            guard one.node != nil else { continue }
            if let age = one.scalar("age", expects: "a duration such as 2d", Span.init) {
                document.gates.ages[stage] = age
            }
            if stage == .open {
                if let pairs = one.integer("min_pairs", in: 1...Limits.rolloutPairs) {
                    document.gates.minPairs = pairs
                    document.judge.minPairs = pairs
                }
                if let hosts = one.integer("min_hosts", in: 1...Limits.rolloutHosts) {
                    document.gates.minHosts = hosts
                }
            }
            if stage == .retired, let idle = one.scalar("idle", expects: "a duration such as 24h", Span.init) {
                document.gates.idle = idle
            }
            one.finish()
        }
        fields.finish()
        let ages = Stage.gates.compactMap { document.gates.ages[$0] }
        if ages != ages.sorted() {
            fields.refuse(
                fields.node, "age", "is lower for a later gate than for an earlier one",
                mend: "let ages rise from open to retired")
        }
    }

    private static func readSilence(_ fields: YAMLFields, into document: inout PolicyDocument) {
        if let wait = fields.integer("wait_blocks", in: 1...288) { document.silence.waitBlocks = wait }
        if let longest = fields.integer("longest_wait_blocks", in: 1...2016) {
            document.silence.longestWaitBlocks = longest
        }
        if document.silence.longestWaitBlocks < document.silence.waitBlocks {
            fields.refuse(
                fields.node, "longest_wait_blocks", "is below wait_blocks", mend: "make it at least as large")
        }
        fields.finish()
    }
}
