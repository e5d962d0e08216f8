import Judge
import Shared
import Testing

@testable import Collector

@Suite struct HostFeedTests {
    static let start: UInt64 = 6_000_000
    private func feed(startedAt: UInt64 = HostFeedTests.start) -> HostFeed {
        var feed = HostFeed(host: "db-1", startMicroseconds: startedAt * 1_000_000)
        feed.want(
            blockSeconds: 300, frozenThrough: 19_999,
            patience: HostFeed.Patience(waitBlocks: 3, longestWaitBlocks: 24))
        return feed
    }

    private func report(_ feed: inout HostFeed, from: UInt64, count: Int) {
        var host = SyntheticHost("db-1", instances: ["a"], startSeconds: from)
        for _ in 0..<count {
            let report = host.next()
            feed.add(report, skewMicroseconds: 0, receivedMicroseconds: report.timeUs)
        }
    }

    private func due(_ feed: inout HostFeed, _ seconds: UInt64) -> [Int] {
        feed.takeDue(nowMicroseconds: seconds * 1_000_000).map(\.index)
    }

    @Test func aBlockFreezesOnceALaterReportIsThereAndTwoFifthsHavePassed() {
        var feed = feed()
        report(&feed, from: Self.start, count: 31)
        #expect(due(&feed, Self.start + 419) == [])
        #expect(due(&feed, Self.start + 420) == [20_000])
        #expect(due(&feed, Self.start + 420) == [])
    }

    @Test func aSilentHostIsWaitedForAndThenFrozenAsSilent() {
        var feed = feed()
        report(&feed, from: Self.start, count: 29)
        #expect(due(&feed, Self.start + 300 + 899) == [])
        #expect(due(&feed, Self.start + 300 + 900) == [20_000])
        let next = feed.takeDue(nowMicroseconds: (Self.start + 600 + 900) * 1_000_000)
        #expect(next.map(\.absence) == [.silent])
    }

    @Test func anOutageOfTheCollectorIsNotTheHostsSilence() {
        var feed = feed(startedAt: Self.start + 7200)
        #expect(due(&feed, Self.start + 7200 + 100) == [])
        #expect(due(&feed, Self.start + 7200 + 900).first == 20_000)
    }

    @Test func nobodyIsWaitedForLongerThanTheLongestWait() {
        var feed = feed(startedAt: Self.start + 24 * 300 + 200)
        #expect(due(&feed, Self.start + 300 + 24 * 300) == [20_000])
    }
}
