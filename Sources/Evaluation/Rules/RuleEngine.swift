import Evidence
import Judge
import Policy
import Shared

/// All rules of one roll-out, folded over frozen blocks in their order. Knows no clock: the same blocks give the same
/// states.
struct RuleEngine: Sendable {
    private struct HostRules: Sendable {
        var portAllowlist = PortAllowlistRule()
        var portExpected = PortExpectedRule()
        var rdbFreshness = RDBFreshnessRule()
        var aofFreshness = AOFFreshnessRule()
        var processRestarts = ProcessRestartsRule()
        var packageVersion = PackageVersionRule()
        var packageOrigin = PackageOriginRule()
        var configDigest = ConfigDigestRule()
        var sidesEqual = SidesEqualRule()
        var unapprovedLogin = UnapprovedLoginRule()
        var journalNew = JournalNewRule()
        var agentHealth = AgentHealthRule()
        var silentBlocks = 0
    }

    /// Blocks without a report after which nothing is known of a host.
    static let silentBlocksToUnknown = 3

    private let old: [String]
    private let new: [String]
    private var hosts: [String: HostRules] = [:]
    private var context: RuleContext
    /// The last hour's counts of unknown fingerprints, by block.
    private var recent: [(block: Int, host: String, id: UInt64, count: UInt64)] = []

    init(policy: PolicyDocument, spec: RolloutSpec) {
        old = spec.old
        new = spec.new
        context = RuleContext(policy: policy.rules, block: 0, blockSeconds: policy.judge.blockSeconds)
        context.newHostCount = new.count
        context.targets = spec.artifacts.compactMap { PackageTarget(packageURL: $0.name) }
        for file in spec.files ?? [] { context.files[file.path] = file.sha256 }
    }

    /// - Returns: states of the new hosts from this block on; a rule that this block says nothing of is left out and
    ///   holds as before.
    mutating func add(_ blocks: [String: HostBlock], index: Int, records: ApprovedRecords) -> [RuleInput] {
        context.block = index
        context.records = records.known(atSeconds: context.endSeconds)
        for host in old { if let block = blocks[host], block.absence == nil { learn(block) } }
        recent.removeAll { $0.block <= index - RuleContext.blocksPerHour }
        for host in new {
            for print in blocks[host]?.journal.fingerprints ?? [] where !print.isHistory {
                recent.append((index, host, print.id, print.count))
            }
        }
        for host in new { if let block = blocks[host], block.absence == nil { learnFirst(block) } }
        context.newFingerprints = [:]
        for entry in recent { context.newFingerprints[entry.id, default: [:]][entry.host, default: 0] += entry.count }
        return new.flatMap { host in states(of: host, blocks[host]) }
    }

    private mutating func learn(_ block: HostBlock) {
        for port in block.ports.seen where !port.isLoopback { context.oldServices.insert(port.service) }
        if block.journal.samples > 0 { context.isOldJournalUnknown = false }
        for print in block.journal.fingerprints { context.oldFingerprints.insert(print.id) }
        context.oldMachines[block.host, default: MachineFact()].merge(block.machine)
    }

    /// The first new host in the roll-out's order that shows a thing is what the others are compared with.
    private mutating func learnFirst(_ block: HostBlock) {
        for package in block.packages.seen {
            let key = PackageVersionRule.key(package)
            guard context.firstVersions[key].map({ $0.host == block.host }) ?? true else { continue }
            context.firstVersions[key] = (block.host, package.version)
        }
        for file in block.files.seen where file.cause == nil {
            guard context.firstDigests[file.path].map({ $0.host == block.host }) ?? true else { continue }
            context.firstDigests[file.path] = (block.host, file.digest)
        }
    }

    private mutating func states(of host: String, _ block: HostBlock?) -> [RuleInput] {
        var rules = hosts[host] ?? HostRules()
        defer { hosts[host] = rules }
        guard let block, block.absence == nil else {
            rules.silentBlocks += 1
            guard rules.silentBlocks >= Self.silentBlocksToUnknown else { return [] }
            return Rule.allCases.map {
                RuleInput(
                    host: host, rule: $0.rawValue, state: .unknown, fact: "no report for \(rules.silentBlocks) blocks")
            }
        }
        rules.silentBlocks = 0
        return Rule.allCases.compactMap { rule in
            Self.judge(rule, &rules, block, context).map {
                RuleInput(host: host, rule: rule.rawValue, state: $0.state, fact: $0.fact)
            }
        }
    }

    private static func judge(
        _ rule: Rule, _ rules: inout HostRules, _ block: HostBlock, _ context: RuleContext
    ) -> RuleFinding? {
        switch rule {
        case .portAllowlist: rules.portAllowlist.judge(block, context)
        case .portExpected: rules.portExpected.judge(block, context)
        case .rdbFreshness: rules.rdbFreshness.judge(block, context)
        case .aofFreshness: rules.aofFreshness.judge(block, context)
        case .processRestarts: rules.processRestarts.judge(block, context)
        case .packageVersion: rules.packageVersion.judge(block, context)
        case .packageOrigin: rules.packageOrigin.judge(block, context)
        case .configDigest: rules.configDigest.judge(block, context)
        case .sidesEqual: rules.sidesEqual.judge(block, context)
        case .unapprovedLogin: rules.unapprovedLogin.judge(block, context)
        case .journalNew: rules.journalNew.judge(block, context)
        case .agentHealth: rules.agentHealth.judge(block, context)
        }
    }
}
