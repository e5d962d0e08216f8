import Evidence
import Shared

/// Which pairs a roll-out has in each block: those that were listed, or each name once seen on both sides. Folded over
/// frozen blocks, so that the same blocks give the same pairs.
struct PairBook: Sendable {
    private let old: [String]
    private let new: [String]
    private let isAutomatic: Bool
    /// By name, in the order of their names' bytes.
    private(set) var pairs: [RolloutSpec.Pair]
    /// Pairs that a move ended; their names make no pair again.
    private var ended: Set<String> = []
    /// The pairs themselves, as they were when they ended.
    private(set) var endedPairs: [RolloutSpec.Pair] = []
    /// Consecutive blocks in which an instance was seen on the new side alone, both hosts reporting.
    private var aloneBlocks: [String: Int] = [:]
    private static let aloneBlocksToEnd = 3

    init(spec: RolloutSpec) {
        old = spec.old
        new = spec.new
        switch spec.pairs {
        case .auto:
            isAutomatic = true
            pairs = []
        case .none:
            isAutomatic = false
            pairs = []
        case .listed(let listed):
            isAutomatic = false
            pairs = listed
        }
        sort()
    }

    /// Takes in a block's sightings. A pair whose instance is seen on another new host, and no longer on its own,
    /// goes on under that host.
    /// - Parameters:
    ///   - moved: instances whose move had been reported by the block's end.
    ///   - isMigrating: whether instances may leave the old side by themselves.
    mutating func add(_ blocks: [String: HostBlock], moved: Set<String> = [], isMigrating: Bool = false) {
        ended.formUnion(moved)
        let oldHosts = Self.firstHosts(of: old, blocks)
        let newHosts = Self.hostsByName(of: new, blocks)
        for index in pairs.indices {
            guard let seen = newHosts[pairs[index].name], !seen.contains(pairs[index].new), let first = seen.first,
                blocks[pairs[index].new]?.absence == nil
            else { continue }
            pairs[index].new = first
        }
        if isMigrating { endDeparted(blocks, newHosts) }
        endedPairs += pairs.filter { ended.contains($0.name) }
        pairs.removeAll { ended.contains($0.name) }
        guard isAutomatic else { return }
        let known = Set(pairs.map(\.name))
        for (name, hosts) in newHosts where !known.contains(name) && !ended.contains(name) {
            guard pairs.count < Limits.rolloutPairs, let oldHost = oldHosts[name], let newHost = hosts.first else {
                continue
            }
            pairs.append(RolloutSpec.Pair(name: name, old: oldHost, new: newHost))
        }
        sort()
    }

    private mutating func endDeparted(_ blocks: [String: HostBlock], _ newHosts: [String: [String]]) {
        for pair in pairs {
            let hasLeft =
                blocks[pair.old].map { $0.absence == nil && $0.instance(pair.name) == nil } ?? false
                && newHosts[pair.name] != nil
            aloneBlocks[pair.name] = hasLeft ? (aloneBlocks[pair.name] ?? 0) + 1 : nil
            if aloneBlocks[pair.name] ?? 0 >= Self.aloneBlocksToEnd { ended.insert(pair.name) }
        }
    }

    private mutating func sort() {
        pairs.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Hosts in the roll-out's order: where a name is on two, the first one counts.
    private static func hostsByName(of hosts: [String], _ blocks: [String: HostBlock]) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for host in hosts {
            for instance in blocks[host]?.instances ?? [] where instance.copy.samplesSeen > 0 {
                result[instance.name, default: []].append(host)
            }
        }
        return result
    }

    private static func firstHosts(of hosts: [String], _ blocks: [String: HostBlock]) -> [String: String] {
        hostsByName(of: hosts, blocks).compactMapValues(\.first)
    }
}
