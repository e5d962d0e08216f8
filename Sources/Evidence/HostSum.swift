import Judge

/// The integers of one host over one hour: the copies of some of its instances added up, or, on a host without Redis,
/// what the host as a whole did. One stated division of them each is what the comparison of hosts sees.
public struct HostSum: Equatable, Sendable {
    private var operations = Total()
    private var cpu = Total()
    private var commandTime = Total()
    private var commandCalls = Total()
    private var net = Total()
    /// Microseconds that bytes are divided by where there are no operations.
    private var netTime = Total()
    private var memory = Total()
    private var memorySamples: UInt64 = 0
    private var diskTime = Total()
    private var diskOperations = Total()
    private var ping: [UInt32: UInt64] = [:]
    private var blocks = 0

    /// A sum of what was there; absent if nothing was, or if it left its range.
    private struct Total: Equatable, Sendable {
        var sum: UInt64?
        var hasOverflowed = false

        mutating func add(_ value: Measured<UInt64>) {
            guard case .value(let value) = value else { return }
            let (total, overflow) = (sum ?? 0).addingReportingOverflow(value)
            sum = total
            hasOverflowed = hasOverflowed || overflow
        }

        var measured: Measured<UInt64> {
            if hasOverflowed { return .absent(.overflow) }
            return sum.map { .value($0) } ?? .absent(.coverage)
        }
    }

    public init() {}

    /// - Parameter instances: names that count; `nil`: all of them.
    public mutating func add(_ block: HostBlock, instances: Set<String>?) {
        guard block.absence == nil else { return }
        var hasInstance = false
        for instance in block.instances where instances?.contains(instance.name) ?? true {
            hasInstance = true
            if instance.copy.isCovered { add(instance.copy) }
        }
        if hasInstance {
            blocks += 1
        } else if instances == nil {
            add(block.load, of: block.machine)
        }
    }

    private mutating func add(_ copy: CopyBlock) {
        operations.add(copy.operations)
        cpu.add(copy.cpuMicroseconds)
        commandTime.add(copy.commandMicroseconds)
        commandCalls.add(copy.commandCalls)
        net.add(copy.netBytes)
        memory.add(copy.memoryBytesSum)
        memorySamples += copy.memorySamples
        diskTime.add(copy.diskMicroseconds)
        diskOperations.add(copy.diskOperations)
        for bucket in copy.ping.value ?? [] { ping[bucket.index, default: 0] += bucket.count }
    }

    /// Busy share of the CPU time, memory in use, bytes a second and time per I/O operation.
    private mutating func add(_ load: LoadFact, of machine: MachineFact) {
        blocks += 1
        cpu.add(load.busyMicroseconds)
        operations.add(machine.totalMicroseconds.map { .value($0) } ?? .absent(.coverage))
        net.add(load.netBytes)
        netTime.add(.value(load.observedMicroseconds))
        memory.add(load.memoryBytesSum)
        memorySamples += load.memorySamples
        diskTime.add(load.diskMicroseconds)
        diskOperations.add(load.diskOperations)
    }

    /// Absent throughout with less than half of the hour's blocks.
    public var values: CopyValues {
        guard 2 * blocks >= BlockTime.blocksPerHour else { return CopyValues(absent: .coverage) }
        var values = CopyValues(absent: .coverage)
        values[.cpu] = CopyBlock.quotient(cpu.measured, operations.measured, atLeast: 1)
        values[.service] = CopyBlock.quotient(commandTime.measured, commandCalls.measured, atLeast: 1)
        let per = netTime.sum == nil ? operations : netTime
        values[.net] = CopyBlock.quotient(net.measured, per.measured, atLeast: 1)
        if memorySamples > 0 { values[.mem] = CopyBlock.quotient(memory.measured, .value(memorySamples), atLeast: 1) }
        values[.disk] = CopyBlock.quotient(
            diskTime.measured, diskOperations.measured, atLeast: CopyBlock.minDiskOperations)
        if !ping.isEmpty {
            let buckets = ping.sorted { $0.key < $1.key }.map { CopyBlock.Bucket(index: $0.key, count: $0.value) }
            values[.p50] = PingQuantile(.value(buckets), percent: 50).nanoseconds
            values[.p99] = PingQuantile(.value(buckets), percent: 99).nanoseconds
        }
        return values
    }
}
