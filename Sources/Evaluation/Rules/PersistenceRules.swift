import Evidence
import Judge
import Policy

/// RDB: the last background save worked, and changes do not wait for longer than twice the policy's interval.
struct RDBFreshnessRule: Sendable {
    static let samplesToFail: UInt64 = 6
    private var failing = RunBook<String>()

    mutating func judge(_ block: HostBlock, _ context: RuleContext) -> RuleFinding? {
        guard context.policy.isRDBExpected else { return .pass }
        var finding = RuleFinding.pass
        for instance in block.instances {
            let longest = failing.add(instance.name, instance.rdb.failed) { $0.continued(from: $1) }
            if longest >= Self.samplesToFail {
                finding = finding.worse(
                    RuleFinding(state: .fail, fact: "\(instance.name): background saves fail"))
            }
            finding = finding.worse(Self.freshness(instance, context))
        }
        failing.keepOnly(Set(block.instances.map(\.name)))
        return finding
    }

    private static func freshness(_ instance: InstanceBlock, _ context: RuleContext) -> RuleFinding {
        guard let changes = instance.rdb.fewestChanges, let sampled = instance.rdb.sampledSeconds else {
            return instance.copy.samplesSeen == 0
                ? .pass
                : RuleFinding(state: .unknown, fact: "\(instance.name): Redis does not say what waits to be saved")
        }
        guard changes > 0 else { return .pass }
        guard let saved = instance.rdb.savedSeconds else {
            return RuleFinding(
                state: .unknown, fact: "\(instance.name): no save since the start, and the dump file cannot be seen")
        }
        let age = sampled - min(saved, sampled)
        let allowed = UInt64(2 * context.policy.rdbInterval.seconds)
        guard age > allowed else { return .pass }
        return RuleFinding(
            state: .fail, fact: "\(instance.name): the last save is \(age) s old with \(changes) changes waiting")
    }
}

/// AOF: on where the policy wants it; where it is on, the last write and the last rewrite worked.
struct AOFFreshnessRule: Sendable {
    static let samplesToFail: UInt64 = 3
    private var failing = RunBook<String>()
    private var off = RunBook<String>()

    mutating func judge(_ block: HostBlock, _ context: RuleContext) -> RuleFinding? {
        guard context.policy.aof != .off else { return .pass }
        var finding = RuleFinding.pass
        for instance in block.instances {
            let broken = failing.add(instance.name, instance.aof.failed) { $0.continued(from: $1) }
            if broken >= Self.samplesToFail {
                finding = finding.worse(
                    RuleFinding(state: .fail, fact: "\(instance.name): writing or rewriting the AOF fails"))
            }
            let without = off.add(instance.name, instance.aof.off) { $0.continued(from: $1) }
            if context.policy.aof == .required, without >= Self.samplesToFail {
                finding = finding.worse(RuleFinding(state: .fail, fact: "\(instance.name): the AOF is off"))
            }
            if instance.aof.off.samples == 0, instance.copy.samplesSeen > 0 {
                finding = finding.worse(
                    RuleFinding(state: .unknown, fact: "\(instance.name): Redis does not say whether its AOF works"))
            }
        }
        let names = Set(block.instances.map(\.name))
        failing.keepOnly(names)
        off.keepOnly(names)
        return finding
    }
}
