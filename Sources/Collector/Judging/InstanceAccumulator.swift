import Evidence
import Judge

/// Adds up one instance's deltas of one block.
struct InstanceAccumulator {
    private var block: InstanceBlock
    private var seen: UInt64 = 0
    private var operations = SumAccumulator()
    private var cpu = SumAccumulator()
    private var commandTime = SumAccumulator()
    private var commandCalls = SumAccumulator()
    private var net = SumAccumulator()
    private var errors = SumAccumulator()
    private var log = SumAccumulator()
    private var memory = SumAccumulator()
    private var memorySamples: UInt64 = 0
    private var diskTime = SumAccumulator()
    private var diskOperations = SumAccumulator()
    private var ping: [UInt32: UInt64] = [:]
    private var pingAbsence: Absence?
    private var latency: [UInt64]?
    private var latencyAbsence: Absence?
    private var observed: UInt64 = 0
    private var lastAbsence: Absence?

    init(name: String) {
        block = InstanceBlock(
            name: name,
            copy: CopyBlock(samplesSeen: 0, samplesExpected: 0, observedMicroseconds: 0, absent: .coverage))
    }

    mutating func add(_ delta: InstanceDelta, timeMicroseconds: UInt64) {
        block.port = delta.port
        block.uid = delta.uid
        if delta.hasRestarted { block.starts += 1 }
        block.oomKills += delta.oomKills
        addPing(delta.ping)
        if let absence = delta.absence {
            lastAbsence = absence
            return
        }
        seen += 1
        observed += delta.observedMicroseconds
        operations.add(delta.operations)
        cpu.add(delta.cpuMicroseconds)
        commandTime.add(delta.commandMicroseconds)
        commandCalls.add(delta.commandCalls)
        net.add(delta.netBytes)
        errors.add(delta.errors)
        log.add(delta.logErrorLines)
        memory.add(delta.memoryBytes)
        if delta.memoryBytes.value != nil { memorySamples += 1 }
        diskTime.add(delta.diskMicroseconds)
        diskOperations.add(delta.diskOperations)
        addLatency(delta.latency)
        addFacts(delta, timeMicroseconds: timeMicroseconds)
    }

    private mutating func addPing(_ histogram: Measured<[CopyBlock.Bucket]>) {
        switch histogram {
        case .absent(let cause): pingAbsence = cause
        case .value(let buckets):
            for bucket in buckets { ping[bucket.index, default: 0] += bucket.count }
        }
    }

    private mutating func addLatency(_ counts: Measured<[UInt64]>) {
        switch counts {
        case .absent(let cause):
            if latencyAbsence != .reset, cause != .coverage || latency == nil { latencyAbsence = cause }
        case .value(let counts):
            if latencyAbsence == .coverage { latencyAbsence = nil }
            latency = latency.map { zip($0, counts).map(+) } ?? counts
        }
    }

    private mutating func addFacts(_ delta: InstanceDelta, timeMicroseconds: UInt64) {
        if let clients = delta.clients { block.mostClients = max(block.mostClients, clients) }
        if let failed = delta.rdbFailed { block.rdb.failed.add(failed) }
        if let changes = delta.rdbChanges {
            block.rdb.fewestChanges = min(block.rdb.fewestChanges ?? changes, changes)
            block.rdb.sampledSeconds = timeMicroseconds / 1_000_000
        }
        if let saved = delta.rdbSavedSeconds { block.rdb.savedSeconds = max(block.rdb.savedSeconds ?? 0, saved) }
        if let off = delta.aofOff { block.aof.off.add(off) }
        if let failed = delta.aofFailed { block.aof.failed.add(failed) }
    }

    func finished(samplesExpected: UInt64) -> InstanceBlock {
        var result = block
        var copy = CopyBlock(
            samplesSeen: seen, samplesExpected: samplesExpected, observedMicroseconds: observed,
            absent: lastAbsence ?? .coverage)
        copy.operations = operations.total
        copy.cpuMicroseconds = cpu.total
        copy.commandMicroseconds = commandTime.total
        copy.commandCalls = commandCalls.total
        copy.netBytes = net.total
        copy.errors = errors.total
        copy.logErrorLines = log.total
        copy.memoryBytesSum = memory.total
        copy.memorySamples = memorySamples
        copy.diskMicroseconds = diskTime.total
        copy.diskOperations = diskOperations.total
        if ping.isEmpty {
            copy.ping = .absent(pingAbsence ?? .coverage)
        } else {
            copy.ping = .value(ping.sorted { $0.key < $1.key }.map { CopyBlock.Bucket(index: $0.key, count: $0.value) })
        }
        if let latencyAbsence {
            copy.latency = .absent(latencyAbsence)
        } else if let latency {
            copy.latency = .value(latency)
        }
        result.copy = copy
        return result
    }
}

/// A sum over a block. A reset anywhere makes it unknown; a first reading without a predecessor does not, and neither
/// do a few readings that failed, since the next difference covers their time.
struct SumAccumulator {
    private var sum: Measured<UInt64>?
    private var absence: Absence?

    mutating func add(_ value: Measured<UInt64>) {
        switch value {
        case .value: sum = (sum ?? .value(0)) + value
        case .absent(.reset): absence = .reset
        case .absent(let cause): if absence == nil || absence == .coverage { absence = cause }
        }
    }

    var total: Measured<UInt64> {
        if absence == .reset { return .absent(.reset) }
        return sum ?? .absent(absence ?? .coverage)
    }
}
