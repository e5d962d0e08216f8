import Evidence
import Judge

/// Hosts' sums of the running hour. On a new host those instances count that it held in the roll-out's first hour: for
/// them there is a past to compare with.
package struct HostHourBook: Sendable {
    private let old: [String]
    private let new: [String]
    /// By new host; a host that never showed one runs no Redis.
    package private(set) var instances: [String: Set<String>] = [:]
    private var sums: [String: HostSum] = [:]
    private var isFirstHour = true

    package init(old: [String], new: [String]) {
        self.old = old
        self.new = new
    }

    package mutating func add(_ blocks: [String: HostBlock]) {
        for host in new where isFirstHour {
            let names = blocks[host]?.instances.map(\.name) ?? []
            if !names.isEmpty { instances[host, default: []].formUnion(names) }
        }
        for host in old { if let block = blocks[host] { sums[host, default: HostSum()].add(block, instances: nil) } }
        for host in new {
            if let block = blocks[host] { sums[host, default: HostSum()].add(block, instances: instances[host]) }
        }
    }

    package mutating func finishHour() -> [HostHour] {
        defer {
            sums = [:]
            isFirstHour = false
        }
        return old.map { HostHour(host: $0, side: .old, values: values($0)) }
            + new.map { HostHour(host: $0, side: .new, values: values($0)) }
    }

    private func values(_ host: String) -> CopyValues { sums[host]?.values ?? CopyValues(absent: .silent) }
}

/// Which past a roll-out wants: the 24 hours of blocks before its start.
package struct BaselineQuestion: Sendable, Equatable {
    package var startHour: Int
    package var old: [String]
    package var new: [String]
    /// By new host, what it held in the first hour.
    package var instances: [String: Set<String>]

    package init(startHour: Int, old: [String], new: [String], instances: [String: Set<String>]) {
        self.startHour = startHour
        self.old = old
        self.new = new
        self.instances = instances
    }

    package var blocks: Range<Int> {
        let end = startHour * BlockTime.blocksPerHour
        return end - UnpairedJudging.baselineHours * BlockTime.blocksPerHour..<end
    }
}

/// Hosts in the hours before the roll-out, −24 … −1. A new host's past is that of its instances where they ran then;
/// where it has none, the common past of the old hosts.
package struct HostBaseline: Sendable {
    private let question: BaselineQuestion
    private var old: [Int: [String: HostSum]] = [:]
    private var new: [Int: [String: HostSum]] = [:]

    private(set) var evidence: EvidenceBook

    package init(_ question: BaselineQuestion, blockSeconds: Int) {
        self.question = question
        evidence = EvidenceBook(old: question.old, new: [], blockSeconds: blockSeconds)
    }

    /// Takes an old host's block of the 24 hours.
    package mutating func add(_ frozen: FrozenBlock, _ context: JudgingContext) {
        evidence.add(frozen)
        let host = frozen.block.host
        guard let block = context.withoutInvalidated([host: frozen.block])[host] else { return }
        let hour = BlockTime.hour(ofBlock: block.index) - question.startHour
        old[hour, default: [:]][block.host, default: HostSum()].add(block, instances: nil)
        for (host, names) in question.instances where block.instances.contains(where: { names.contains($0.name) }) {
            new[hour, default: [:]][host, default: HostSum()].add(block, instances: names)
        }
    }

    package var hours: [Int: [HostHour]] {
        var result: [Int: [HostHour]] = [:]
        let withPast = Set(new.values.flatMap(\.keys))
        for (hour, sums) in old {
            let before = question.old.compactMap { host in
                sums[host].map { HostHour(host: host, side: .old, values: $0.values) }
            }
            let common = CopyValues(meanOf: before.map(\.values))
            result[hour] =
                before
                + question.new.map { host in
                    let own = withPast.contains(host) ? new[hour]?[host]?.values : common
                    return HostHour(host: host, side: .new, values: own ?? CopyValues(absent: .silent))
                }
        }
        return result
    }
}

extension CopyValues {
    /// Geometric means of what is there.
    fileprivate init(meanOf values: [CopyValues]) {
        self.init(absent: .coverage)
        for metric in Metric.allCases {
            let logarithms = values.compactMap { $0[metric].value }.filter { $0 > 0 }.map(Elementary.log)
            guard !logarithms.isEmpty else { continue }
            self[metric] = .value(Elementary.exp(logarithms.reduce(0, +) / Double(logarithms.count)))
        }
    }
}
