// The hourly values of a host from its instances' blocks, for the comparison without pairs: parts are summed before
// they are divided. Must never add a part whose counterpart is absent.

public struct HostSums: Equatable, Sendable {
    private struct Parts: Equatable, Sendable {
        var top: UInt64 = 0
        var bottom: UInt64 = 0
        var isPresent = false
        var overflows = false

        mutating func add(_ numerator: Measured<UInt64>, _ denominator: Measured<UInt64>) {
            guard let above = numerator.value, let below = denominator.value else { return }
            let tops = top.addingReportingOverflow(above)
            let bottoms = bottom.addingReportingOverflow(below)
            overflows = overflows || tops.overflow || bottoms.overflow
            top = tops.partialValue
            bottom = bottoms.partialValue
            isPresent = true
        }

        func quotient(atLeast: UInt64) -> Measured<Double> {
            if overflows { return .absent(.overflow) }
            if !isPresent { return .absent(.coverage) }
            return CopyBlock.quotient(.value(top), .value(bottom), atLeast: atLeast)
        }
    }

    private var cpu = Parts()
    private var service = Parts()
    private var net = Parts()
    private var memory = Parts()
    private var disk = Parts()
    private var ping: [UInt32: UInt64] = [:]
    private var pingOverflows = false

    public init() {}

    /// Adds one instance's block; one that is not covered adds nothing.
    public mutating func add(_ block: CopyBlock) {
        guard block.isCovered else { return }
        cpu.add(block.cpuMicroseconds, block.operations)
        service.add(block.commandMicroseconds, block.commandCalls)
        net.add(block.netBytes, block.operations)
        memory.add(block.memoryBytesSum, .value(block.memorySamples))
        guard let buckets = block.ping.value else { return }
        for bucket in buckets {
            let sum = ping[bucket.index, default: 0].addingReportingOverflow(bucket.count)
            pingOverflows = pingOverflows || sum.overflow
            ping[bucket.index] = sum.partialValue
        }
    }

    /// Adds the device's part once per host and block: instances that share it each carry the host's value.
    public mutating func addDisk(_ block: CopyBlock) {
        guard block.isCovered else { return }
        disk.add(block.diskMicroseconds, block.diskOperations)
    }

    /// Ratio metrics only; counts and operations stay absent.
    public func values() -> CopyValues {
        var values = CopyValues(absent: .coverage)
        values[.cpu] = cpu.quotient(atLeast: 1)
        values[.service] = service.quotient(atLeast: 1)
        values[.net] = net.quotient(atLeast: 1)
        values[.mem] = memory.quotient(atLeast: 1)
        values[.disk] = disk.quotient(atLeast: CopyBlock.minDiskOperations)
        let buckets: Measured<[CopyBlock.Bucket]> =
            pingOverflows
            ? .absent(.overflow) : .value(ping.map { CopyBlock.Bucket(index: $0.key, count: $0.value) })
        values[.p50] = PingQuantile(buckets, percent: 50).nanoseconds
        values[.p99] = PingQuantile(buckets, percent: 99).nanoseconds
        return values
    }
}
