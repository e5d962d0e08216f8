import Evidence
import Shared

/// What a roll-out's gates ask beside the verdict, folded over frozen blocks.
struct SituationBook: Sendable {
    private let old: [String]
    private let new: [String]
    private let blockSeconds: Int
    private let isMirrored: Bool
    private(set) var situation = Situation()
    /// Consecutive blocks in which every old host was heard and idle.
    private var idleBlocks = 0
    /// Where each instance was last seen, by side.
    private var onOld: [String: Set<String>] = [:]
    private var onNew: [String: Set<String>] = [:]
    /// Every instance that a side ever showed.
    private var everOld: Set<String> = []
    private var everNew: Set<String> = []

    init(spec: RolloutSpec, blockSeconds: Int) {
        old = spec.old
        new = spec.new
        self.blockSeconds = blockSeconds
        isMirrored = spec.pairs != .none
    }

    mutating func add(_ blocks: [String: HostBlock], pairs: [RolloutSpec.Pair]) {
        situation.pairs = pairs
        if isMirrored {
            situation.newHosts = Set(pairs.map(\.new))
        } else {
            situation.newHosts = Set(new.filter { blocks[$0].map { $0.absence == nil } ?? false })
        }
        Self.note(old, blocks, in: &onOld)
        Self.note(new, blocks, in: &onNew)
        everOld.formUnion(onOld.values.joined())
        everNew.formUnion(onNew.values.joined())
        situation.unseen = pairs.map(\.name).filter { !everOld.contains($0) || !everNew.contains($0) }
        let moved = onNew.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        situation.unmoved = onOld.values.reduce(into: Set<String>()) { $0.formUnion($1) }.subtracting(moved).sorted()
        situation.oldActivity = old.compactMap { Self.activity(of: $0, blocks[$0]) }
        idleBlocks = situation.oldActivity.isEmpty ? idleBlocks + 1 : 0
        situation.oldIdleSeconds = idleBlocks * blockSeconds
    }

    /// A host that said nothing keeps what it said last.
    private static func note(_ hosts: [String], _ blocks: [String: HostBlock], in seen: inout [String: Set<String>]) {
        for host in hosts {
            guard let block = blocks[host], block.absence == nil else { continue }
            seen[host] = Set(block.instances.map(\.name))
        }
    }

    /// The agent keeps one connection to each instance.
    private static func activity(of host: String, _ block: HostBlock?) -> String? {
        guard let block, block.absence == nil else { return "\(host) does not report" }
        if let login = block.journal.logins.first(where: { $0.kind == .accepted || $0.kind == .sessionStart }) {
            return "\(host): \(login.user.isEmpty ? "somebody" : login.user) logged in"
        }
        guard let busy = block.instances.first(where: { $0.mostClients > 1 }) else { return nil }
        return "\(host): \(busy.name) has \(busy.mostClients) clients"
    }
}
