import Evidence
import Judge
import Policy
import Shared

/// One roll-out's blocks as the Judge's input: pairs, rules and the situation at the gates, folded in the order of the
/// blocks. What is judged and what is exported pass through here, so that they cannot differ.
package struct RolloutFold: Sendable {
    private let judgePolicy: JudgePolicy
    private let new: [String]
    private let blockSeconds: Int
    private var pairBook: PairBook
    private var ruleEngine: RuleEngine
    private var situationBook: SituationBook
    private var logins: [UnapprovedLogin] = []
    /// Of the block before.
    private var lastLogins: Set<String> = []

    package init(spec: RolloutSpec, policy: PolicyDocument) {
        judgePolicy = policy.judge
        blockSeconds = policy.judge.blockSeconds
        new = spec.new
        pairBook = PairBook(spec: spec)
        ruleEngine = RuleEngine(policy: policy, spec: spec)
        situationBook = SituationBook(spec: spec, blockSeconds: policy.judge.blockSeconds)
    }

    package var situation: Situation {
        var situation = situationBook.situation
        situation.unapprovedLogins = logins
        return situation
    }
    package var pairs: [RolloutSpec.Pair] { pairBook.pairs }
    package var endedPairs: [RolloutSpec.Pair] { pairBook.endedPairs }

    /// Takes all hosts' blocks of one index.
    package mutating func add(_ frozen: [String: HostBlock], index: Int, _ context: JudgingContext) -> BlockInput {
        let blocks = context.withoutInvalidated(frozen)
        let end = UInt64(index + 1) * UInt64(blockSeconds) * 1_000_000
        pairBook.add(
            blocks, moved: context.moved(beforeMicroseconds: end),
            isMigrating: context.basis(atMicroseconds: end) == .moved)
        situationBook.add(blocks, pairs: pairBook.pairs)
        let rules = ruleEngine.add(blocks, index: index, records: context.records)
        note(rules, index: index)
        let pairs = pairBook.pairs.map { pair in
            PairInput(
                name: pair.name, host: pair.new, old: values(pair.name, blocks[pair.old]),
                new: values(pair.name, blocks[pair.new]))
        }
        let reported = new.map { HostInput(host: $0, isReported: blocks[$0].map { $0.absence == nil } ?? false) }
        return BlockInput(index: index, pairs: pairs, rules: rules, hosts: reported)
    }

    /// A finding that goes on, such as a session that outlasts its approval, is noted where it begins.
    private mutating func note(_ rules: [RuleInput], index: Int) {
        let rule = Rule.unapprovedLogin.rawValue
        guard judgePolicy.ruleWeights[rule] != .observe else { return }
        var seen: Set<String> = []
        for finding in rules where finding.rule == rule && finding.state == .fail {
            let words = finding.host + " " + finding.fact
            if !lastLogins.contains(words) {
                logins.append(UnapprovedLogin(host: finding.host, block: index, fact: finding.fact))
            }
            seen.insert(words)
        }
        lastLogins = seen
        logins.removeFirst(max(0, logins.count - UnapprovedLogin.most))
    }

    private func values(_ name: String, _ block: HostBlock?) -> CopyValues {
        guard let block, block.absence == nil else { return CopyValues(absent: block?.absence ?? .silent) }
        guard let instance = block.instance(name) else { return CopyValues(absent: .coverage) }
        return instance.copy.values(judgePolicy)
    }
}
