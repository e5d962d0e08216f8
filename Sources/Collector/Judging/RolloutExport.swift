import Evaluation
import Evidence
import Judge
import Policy
import Shared

/// Writes a roll-out's evidence as a case file, so that anybody can judge it again with `perchctl judge --case`.
/// The case holds the judged metrics and whole hours, up to where instances begin to move: a case knows no moves. Pairs
/// that were found later are owed from the first block on.
struct RolloutRecorder {
    private let policy: PolicyDocument
    private let startBlock: Int
    private var fold: RolloutFold
    private var pairs: [CaseFile.Pair] = []
    private var rows: [CaseFile.PairRow] = []
    private var rules: [CaseFile.RuleChange] = []
    private var states: [String: RuleInput.State] = [:]
    private let context: JudgingContext
    private var hours: HostHourBook
    private var hostRows: [CaseFile.HostRow] = []
    /// The first block that is not in the case.
    private(set) var endBlock: Int
    private var hasEnded = false

    /// - Parameter firstBlock: where the roll-out began; the case begins with the hour that it lies in.
    init(_ context: JudgingContext, policy: PolicyDocument, firstBlock: Int) {
        self.policy = policy
        self.context = context
        startBlock = firstBlock - firstBlock % BlockTime.blocksPerHour
        fold = RolloutFold(spec: context.spec, policy: policy)
        hours = HostHourBook(old: context.spec.old, new: context.spec.new)
        endBlock = firstBlock
    }

    mutating func add(_ blocks: [String: HostBlock], index: Int) {
        let end = UInt64(index + 1) * UInt64(policy.judge.blockSeconds) * 1_000_000
        let isMoving =
            context.basis(atMicroseconds: end) == .moved
            || !context.moved(beforeMicroseconds: end).isEmpty
        hasEnded = hasEnded || isMoving
        guard !hasEnded else { return }
        endBlock = index + 1
        let input = fold.add(blocks, index: index, context)
        if context.spec.pairs == .none { addHosts(blocks, index: index) }
        for pair in input.pairs {
            if !pairs.contains(where: { $0.name == pair.name }) {
                pairs.append(CaseFile.Pair(name: pair.name, host: pair.host))
            }
            rows.append(
                CaseFile.PairRow(
                    block: index - startBlock, pair: pair.name, host: pair.host, old: pair.old, new: pair.new))
        }
        for rule in input.rules where policy.judge.weight(ofRule: rule.rule) == .fail {
            let key = rule.host + " " + rule.rule
            guard states[key] != rule.state else { continue }
            states[key] = rule.state
            rules.append(
                CaseFile.RuleChange(
                    block: index - startBlock, host: rule.host, rule: rule.rule, state: rule.state))
        }
    }

    private mutating func addHosts(_ blocks: [String: HostBlock], index: Int) {
        hours.add(context.withoutInvalidated(blocks))
        guard (index + 1) % BlockTime.blocksPerHour == 0 else { return }
        let hour = (index - startBlock) / BlockTime.blocksPerHour
        hostRows += hours.finishHour().map { CaseFile.HostRow(hour: hour, host: $0) }
    }

    /// The hosts' past, for a roll-out without pairs.
    mutating func add(_ baseline: HostBaseline) {
        for (hour, hosts) in baseline.hours.sorted(by: { $0.key < $1.key }) {
            hostRows += hosts.map { CaseFile.HostRow(hour: hour, host: $0) }
        }
    }

    /// What each new host held in the first hour.
    var instances: [String: Set<String>] { hours.instances }

    func finished() -> CaseFile {
        let hours = max(0, endBlock - startBlock) / BlockTime.blocksPerHour
        let blocks = hours * BlockTime.blocksPerHour
        let isPaired = context.spec.pairs != .none
        let metrics = policy.judge.metrics.filter { $0.weight == .fail }.map(\.metric)
        return CaseFile(
            mode: isPaired ? .paired : .unpaired, startSeconds: startBlock * policy.judge.blockSeconds, hours: hours,
            blockSeconds: policy.judge.blockSeconds, pairs: pairs, rules: rules.filter { $0.block < blocks },
            metrics: isPaired ? metrics : metrics.filter { $0.kind != .count },
            pairRows: rows.filter { $0.block < blocks },
            hostRows: hostRows.filter { $0.hour < hours }.sorted { $0.hour < $1.hour })
    }
}

extension JudgingService {
    static let exportedBlocksAtOnce = 288

    /// The roll-out's case file, up to the last whole hour that was judged.
    /// - Throws: `storage-unavailable`; `not-found` before the first hour.
    func export(_ entry: RolloutEntry) async throws(Problem) -> String {
        let length = entry.blockSeconds
        var recorder = RolloutRecorder(
            entry.rollout.context(records), policy: entry.policy,
            firstBlock: entry.judge.startBlock)
        var next = entry.judge.startBlock
        while next < entry.judge.nextBlock {
            let end = min(next + Self.exportedBlocksAtOnce, entry.judge.nextBlock)
            let blocks = try await blocks(of: entry.rollout.spec, blockSeconds: length, from: next, before: end)
            for index in next..<end {
                recorder.add((blocks[index] ?? [:]).mapValues(\.block), index: index)
            }
            next = end
        }
        if entry.rollout.spec.pairs == .none {
            let spec = entry.rollout.spec
            let question = BaselineQuestion(
                startHour: BlockTime.hour(ofBlock: entry.judge.startBlock), old: spec.old, new: spec.new,
                instances: recorder.instances)
            do {
                recorder.add(try await baseline(question, entry.rollout.context(records), blockSeconds: length))
            } catch {
                throw Problem(stored: error)
            }
        }
        let file = recorder.finished()
        guard file.hours > 0, !file.pairs.isEmpty || file.mode == .unpaired else {
            throw Problem(.notFound, "no hour of \(entry.rollout.spec.id) with pairs has been judged yet")
        }
        return file.text
    }

    func blocks(
        of spec: RolloutSpec, blockSeconds: Int, from: Int, before end: Int
    ) async throws(Problem) -> [Int: [String: FrozenBlock]] {
        var result: [Int: [String: FrozenBlock]] = [:]
        do {
            for host in spec.old + spec.new {
                for row in try await store.blocks(
                    host: host, blockSeconds: blockSeconds, from: Int64(from), to: Int64(end - 1))
                {
                    result[Int(row.index), default: [:]][host] = try FrozenBlock(reading: row.body)
                }
            }
        } catch {
            throw Problem(stored: error)
        }
        return result
    }
}
