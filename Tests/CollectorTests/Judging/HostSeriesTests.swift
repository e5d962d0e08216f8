import Judge
import Shared
import Testing

@testable import Collector

@Suite struct HostSeriesTests {
    private func deltas(
        _ count: Int, _ change: (inout SyntheticHost, Int) -> Void = { _, _ in }
    ) -> [InstanceDelta] {
        var host = SyntheticHost("db-1", instances: ["a"], startSeconds: 6_000_000)
        var series = HostSeries()
        return (0..<count).map { step in
            change(&host, step)
            return series.add(host.next(), skewMicroseconds: 0).instances[0]
        }
    }

    @Test func theFirstReadingHasNoDifference() {
        let first = deltas(1)[0]
        #expect(first.operations == .absent(.coverage))
        #expect(first.memoryBytes == .value(100 << 20))
    }

    @Test func theAgentsOwnCallsAndBytesAreTakenOut() {
        let second = deltas(2)[1]
        #expect(second.operations == .value(1000))
        #expect(second.netBytes == .value(2 * 100_000 - 260))
        #expect(second.cpuMicroseconds == .value(20_000))
        #expect(second.observedMicroseconds == 10_000_000)
        #expect(second.latency.value?[3] == 1000)
    }

    @Test func durationsOfAllCommandsAreAddedEdgeByEdge() {
        var host = SyntheticHost("db-1", instances: ["a"], startSeconds: 6_000_000)
        var series = HostSeries()
        _ = series.add(host.next(), skewMicroseconds: 0)
        var report = host.next()
        report.instances[0].commands.durations.buckets = [3, 20, 21 + 3, 2 * 21]
        report.instances[0].commands.durations.count = [5, 6, 7, 8]
        let sums = series.add(report, skewMicroseconds: 0).instances[0].latency.value
        #expect(sums?[3] == 12 && sums?[20] == 6 && sums?[0] == 8 && sums?.reduce(0, +) == 26)
        report = host.next()
        report.instances[0].commands.reset = [0]
        #expect(series.add(report, skewMicroseconds: 0).instances[0].latency == .absent(.reset))
    }

    @Test func refusedCallsCountAsOperations() {
        let second = deltas(2) { host, step in if step == 1 { host.instances[0].rejected += 50 } }[1]
        #expect(second.operations == .value(1050))
    }

    @Test func aRestartOfRedisEndsTheEpochAndIsNoted() {
        let all = deltas(4) { host, step in
            guard step == 2 else { return }
            host.instances[0].runID = [UInt8](repeating: 9, count: 20)
            host.instances[0].operations = 0
            host.instances[0].uptimeSeconds = 0
        }
        #expect(all[2].operations == .absent(.reset))
        #expect(all[2].hasRestarted)
        #expect(all[3].operations == .value(1000))
        #expect(!all[3].hasRestarted)
    }

    @Test func aRestartOfTheAgentEndsTheEpochWithoutBlamingRedis() {
        let all = deltas(3) { host, step in
            guard step == 1 else { return }
            host.runID = [UInt8](repeating: 2, count: 16)
            host.instances[0].own = 0
        }
        #expect(all[1].operations == .absent(.reset))
        #expect(!all[1].hasRestarted)
        #expect(all[2].operations == .value(1000))
    }

    @Test func aFallenCounterIsAResetOfThatMetricOnly() {
        let all = deltas(3) { host, step in if step == 2 { host.instances[0].errors = 0 } }
        #expect(all[2].errors == .value(0))
        let fallen = deltas(3) { host, step in
            host.instances[0].errorsPerReport = 5
            if step == 2 { host.instances[0].errors = 0 }
        }
        #expect(fallen[1].errors == .value(5))
        #expect(fallen[2].errors == .absent(.reset))
        #expect(fallen[2].operations == .value(1000))
    }

    @Test func aTimeoutIsAbsentAndTheNextDifferenceCoversIt() {
        let all = deltas(3) { host, step in host.instances[0].cause = step == 1 ? .timeout : .unspecified }
        #expect(all[1].absence == .timeout)
        #expect(all[1].ping.value?.first?.count == 10)
        #expect(all[2].operations == .value(2000))
        #expect(all[2].observedMicroseconds == 20_000_000)
    }

    @Test func whatIsReadWhileLoadingIsNotJudged() {
        let all = deltas(3) { host, step in host.instances[0].isLoading = step == 1 }
        #expect(all[1].absence == .loading)
        #expect(all[2].operations == .absent(.coverage))
    }

    @Test func aLongGapIsNotBilledToTheBlockInWhichItEnds() {
        let all = deltas(2) { host, step in if step == 1 { host.timeMicroseconds += 600_000_000 } }
        #expect(all[1].operations == .absent(.coverage))
    }

    @Test func aClockFarOffIsCorrected() {
        var host = SyntheticHost("db-1", instances: [], startSeconds: 6_000_000)
        var series = HostSeries()
        let near = series.add(host.next(), skewMicroseconds: 29_000_000)
        #expect(near.timeMicroseconds == 6_000_010_000_000)
        let far = series.add(host.next(), skewMicroseconds: 100_000_000)
        #expect(far.timeMicroseconds == 6_000_020_000_000 - 100_000_000)
        #expect(far.skewMilliseconds == 100_000)
    }

    @Test(arguments: [
        (UInt64(5), UInt64(9), false, Measured<UInt64>.value(4)), (9, 5, false, .absent(.reset)),
        (4_294_967_290, 10, true, .value(16)), (4_294_967_290, 10, false, .absent(.reset)),
        (1 << 33, 10, true, .absent(.reset)),
    ])
    func countersAreComparedWithinTheirRange(_ old: UInt64, _ new: UInt64, wraps: Bool, is expected: Measured<UInt64>) {
        #expect(Counter.difference(from: .value(old), to: .value(new), wraps: wraps) == expected)
    }
}
