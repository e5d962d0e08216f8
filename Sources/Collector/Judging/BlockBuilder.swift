import Evidence
import Judge
import Shared

/// Collects one host's deltas into blocks of one length. Blocks leave by `take`, once; what comes for a block that has
/// left is counted as late and not merged.
struct BlockBuilder {
    let host: String
    let blockSeconds: Int
    private var open: [Int: Accumulator] = [:]
    /// Blocks up to this one are frozen.
    private(set) var frozenThrough: Int
    private(set) var lateReports: UInt64 = 0
    /// Highest block of which a report has come.
    private(set) var newestBlock: Int?

    fileprivate struct Accumulator {
        var samples: UInt64 = 0
        var intervalMicroseconds: UInt64 = 0
        var skewMilliseconds: UInt64 = 0
        var machine = MachineFact()
        var agent = AgentFact()
        var load = LoadAccumulator()
        var facts = HostFactsAccumulator()
        var instances: [String: InstanceAccumulator] = [:]
    }

    init(host: String, blockSeconds: Int, frozenThrough: Int) {
        self.host = host
        self.blockSeconds = blockSeconds
        self.frozenThrough = frozenThrough
    }

    func blockIndex(ofMicroseconds time: UInt64) -> Int { Int(time / (UInt64(blockSeconds) * 1_000_000)) }

    /// Notes how far the host is, without taking anything in.
    mutating func note(_ delta: ReportDelta) {
        let index = blockIndex(ofMicroseconds: delta.timeMicroseconds)
        newestBlock = max(newestBlock ?? index, index)
    }

    mutating func add(_ delta: ReportDelta) {
        note(delta)
        let index = blockIndex(ofMicroseconds: delta.timeMicroseconds)
        guard index > frozenThrough else {
            lateReports += 1
            return
        }
        open[index, default: Accumulator()].add(delta)
    }

    /// Reports that were replayed after a start had been counted before, or belong to blocks that are frozen in order.
    mutating func forgetLate() { lateReports = 0 }

    /// The block's frozen form; everything up to it counts as frozen from now on.
    mutating func take(_ index: Int) -> HostBlock {
        frozenThrough = max(frozenThrough, index)
        let accumulator = open.removeValue(forKey: index)
        open = open.filter { $0.key > index }
        guard let accumulator else { return HostBlock(silent: host, index: index, blockSeconds: blockSeconds) }
        return accumulator.finished(host: host, index: index, blockSeconds: blockSeconds)
    }
}

extension BlockBuilder.Accumulator {
    fileprivate mutating func add(_ delta: ReportDelta) {
        samples += 1
        intervalMicroseconds = delta.intervalMicroseconds
        skewMilliseconds = max(skewMilliseconds, delta.skewMilliseconds)
        machine.cpuCount = delta.cpuCount ?? machine.cpuCount
        machine.memoryBytes = delta.memoryBytes ?? machine.memoryBytes
        machine.cpuModel = delta.cpuModel ?? machine.cpuModel
        machine.kernel = delta.kernel ?? machine.kernel
        load.add(delta.load)
        if let stolen = delta.stolenMicroseconds, let total = delta.totalCPUMicroseconds {
            machine.stolenMicroseconds = (machine.stolenMicroseconds ?? 0) + stolen
            machine.totalMicroseconds = (machine.totalMicroseconds ?? 0) + total
        }
        agent.dropped += delta.agentDropped
        agent.setAside += delta.agentSetAside
        agent.torn += delta.agentTorn
        facts.add(delta)
        for instance in delta.instances {
            instances[instance.name, default: InstanceAccumulator(name: instance.name)]
                .add(instance, timeMicroseconds: delta.timeMicroseconds)
        }
    }

    fileprivate func finished(host: String, index: Int, blockSeconds: Int) -> HostBlock {
        let expected = max(1, UInt64(blockSeconds) * 1_000_000 / max(1, intervalMicroseconds))
        var block = HostBlock(
            host: host, index: index, blockSeconds: blockSeconds, samplesSeen: samples, samplesExpected: expected)
        block.skewMilliseconds = skewMilliseconds
        block.machine = machine
        block.agent = agent
        block.ports = facts.ports
        block.journal = facts.journal
        block.load = load.fact
        block.packages = facts.packages
        block.files = facts.files
        block.instances = instances.values.map { $0.finished(samplesExpected: expected) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return block
    }
}
