import Evidence
import Judge
import Testing

/// A host's hour as a sum of its blocks' integers.
@Suite struct HostSumTests {
    private func block(_ index: Int, cpu: UInt64, operations: UInt64, bucket: UInt32 = 10) -> HostBlock {
        var block = HostBlock(host: "h", index: index, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
        var copy = CopyBlock(
            samplesSeen: 30, samplesExpected: 30, observedMicroseconds: 300_000_000, absent: .unsupported)
        copy.cpuMicroseconds = .value(cpu)
        copy.operations = .value(operations)
        copy.memoryBytesSum = .value(300)
        copy.memorySamples = 30
        copy.ping = .value([CopyBlock.Bucket(index: bucket, count: 5)])
        block.instances = [InstanceBlock(name: "a", copy: copy), InstanceBlock(name: "b", copy: copy)]
        return block
    }

    @Test func valuesAreQuotientsOfSumsOverBlocksAndInstances() {
        var sum = HostSum()
        for index in 0..<6 { sum.add(block(index, cpu: index < 3 ? 100 : 300, operations: 10), instances: nil) }
        let values = sum.values
        #expect(values[.cpu] == .value(20))
        #expect(values[.mem] == .value(10))
        #expect(values[.p50] == .value(10))
        #expect(values[.net].value == nil)
    }

    @Test func onlyNamedInstancesCountAndHalfAnHourIsNeeded() {
        var sum = HostSum()
        for index in 0..<5 { sum.add(block(index, cpu: 100, operations: 10), instances: ["a"]) }
        #expect(sum.values[.cpu] == .absent(.coverage))
        sum.add(block(5, cpu: 700, operations: 10), instances: ["z"])
        #expect(sum.values[.cpu] == .absent(.coverage))
        sum.add(block(6, cpu: 100, operations: 10), instances: ["a"])
        #expect(sum.values[.cpu] == .value(10))
        sum.add(HostBlock(silent: "h", index: 7, blockSeconds: 300), instances: ["a"])
        #expect(sum.values[.cpu] == .value(10))
    }

    @Test func aHostWithoutRedisIsWhatItDidAsAWhole() {
        var sum = HostSum()
        for index in 0..<12 {
            var block = HostBlock(host: "w", index: index, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
            block.machine.totalMicroseconds = 1000
            block.load.busyMicroseconds = .value(250)
            block.load.observedMicroseconds = 100
            block.load.netBytes = .value(700)
            block.load.memoryBytesSum = .value(80)
            block.load.memorySamples = 2
            block.load.diskMicroseconds = .value(900)
            block.load.diskOperations = .value(3)
            sum.add(block, instances: nil)
        }
        let values = sum.values
        #expect(values[.cpu] == .value(0.25))
        #expect(values[.net] == .value(7))
        #expect(values[.mem] == .value(40))
        #expect(values[.disk] == .value(300))
        #expect(values[.p99].value == nil)
    }
}
