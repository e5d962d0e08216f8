import Evidence
import Judge

/// Adds up what the host as a whole did in one block.
struct LoadAccumulator {
    private var observed: UInt64 = 0
    private var busy = SumAccumulator()
    private var memory = SumAccumulator()
    private var memorySamples: UInt64 = 0
    private var net = SumAccumulator()
    private var diskTime = SumAccumulator()
    private var diskOperations = SumAccumulator()

    mutating func add(_ delta: LoadDelta) {
        observed += delta.observedMicroseconds
        busy.add(delta.busyMicroseconds)
        memory.add(delta.memoryUsedBytes)
        if delta.memoryUsedBytes.value != nil { memorySamples += 1 }
        net.add(delta.netBytes)
        diskTime.add(delta.diskMicroseconds)
        diskOperations.add(delta.diskOperations)
    }

    var fact: LoadFact {
        var fact = LoadFact()
        fact.observedMicroseconds = observed
        fact.busyMicroseconds = busy.total
        fact.memoryBytesSum = memory.total
        fact.memorySamples = memorySamples
        fact.netBytes = net.total
        fact.diskMicroseconds = diskTime.total
        fact.diskOperations = diskOperations.total
        return fact
    }
}
