import Evidence
import Judge
import Shared
import Testing

@testable import Collector

@Suite struct BlockBuilderTests {
    /// 6_000_000 s is the begin of block 20_000.
    private func block(
        reports: Int = 31, _ change: (inout SyntheticHost, Int) -> Void = { _, _ in }
    ) -> HostBlock {
        var host = SyntheticHost("db-1", instances: ["b", "a"], startSeconds: 5_999_980)
        var series = HostSeries()
        var builder = BlockBuilder(host: "db-1", blockSeconds: 300, frozenThrough: 19_998)
        for step in 0..<reports {
            change(&host, step)
            builder.add(series.add(host.next(), skewMicroseconds: 0))
        }
        _ = builder.take(19_999)
        return builder.take(20_000)
    }

    @Test func aFullBlockHoldsItsIntegers() throws {
        let block = block()
        #expect(block.samplesSeen == 30)
        #expect(block.samplesExpected == 30)
        #expect(block.instances.map(\.name) == ["a", "b"])
        let copy = block.instances[0].copy
        #expect(copy.samplesSeen == 30)
        #expect(copy.operations == .value(30_000))
        #expect(copy.observedMicroseconds == 300_000_000)
        #expect(copy.ping.value?.map(\.count) == [300])
        #expect(copy.values(.default).ops == .value(100))
        #expect(copy.values(.default)[.cpu] == .value(20))
    }

    @Test func aResetInsideABlockMakesItsDifferencesUnknown() {
        let copy = block { host, step in
            if step == 10 { host.instances[1].runID = [UInt8](repeating: 4, count: 20) }
        }.instances[0]
        #expect(copy.copy.operations == .absent(.reset))
        #expect(copy.copy.memorySamples == 30)
        #expect(copy.starts == 1)
    }

    @Test func aBlockWithTooFewSamplesIsNotCovered() {
        let block = block { host, step in
            host.instances[1].cause = (5...12).contains(step) ? .timeout : .unspecified
        }
        #expect(block.instances[0].copy.samplesSeen == 22)
        #expect(block.instances[0].copy.values(.default).ops == .absent(.coverage))
        #expect(block.instances[1].copy.values(.default).ops == .value(100))
    }

    @Test func lateReportsAreCountedAndNotMerged() {
        var host = SyntheticHost("db-1", instances: ["a"], startSeconds: 6_000_000)
        var series = HostSeries()
        var builder = BlockBuilder(host: "db-1", blockSeconds: 300, frozenThrough: 20_000)
        builder.add(series.add(host.next(), skewMicroseconds: 0))
        #expect(builder.lateReports == 1)
        #expect(builder.take(20_001).absence == .silent)
    }

    @Test func theFrozenRowReadsBackAsItWas() throws {
        let block = block { host, step in
            host.listening = step % 6 == 0 ? [(22, 0), (6379, 110)] : []
            host.instances[0].cause = step > 20 ? .denied : .unspecified
            host.instances[1].rdbOK = step % 2 == 0 ? 1 : 0
        }
        let bytes = FrozenBlock(block).text
        #expect(try EvidenceRow.read(bytes) == block)
        #expect(block.ports.seen.map(\.service) == ["tcp/22", "tcp/6379"])
        #expect(block.ports.samples == 5)
    }

    @Test func everyChangedByteOfARowIsRefusedOrReadsDifferently() throws {
        let block = block()
        let bytes = FrozenBlock(block).text
        for offset in stride(from: 0, to: bytes.count, by: 7) {
            var changed = bytes
            changed[offset] ^= 0x01
            let result = try? EvidenceRow.read(changed)
            #expect(result != block, "offset \(offset)")
        }
    }
}

@Suite struct RunFactTests {
    private func fact(_ holds: [Bool]) -> RunFact {
        var fact = RunFact()
        for value in holds { fact.add(value) }
        return fact
    }

    @Test func runsGoOnAcrossBlocks() {
        let first = fact([false, true, true]).continued(from: 0)
        #expect(first.open == 2)
        let second = fact([true, true]).continued(from: first.open)
        #expect(second.longest == 4)
        #expect(second.open == 4)
        let third = fact([true, false]).continued(from: second.open)
        #expect(third.longest == 5)
        #expect(third.open == 0)
    }

    @Test func aBlockWithoutSamplesKeepsTheRunOpen() {
        #expect(fact([]).continued(from: 3).open == 3)
    }
}
