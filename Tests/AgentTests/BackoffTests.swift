import Testing

@testable import Agent

struct BackoffTests {
    private static func waits(_ count: Int, isRefusal: Bool) -> [Int64] {
        var random = HostRandom.seeded("backoff")
        var backoff = Backoff()
        return (0..<count).map { _ in backoff.nextMilliseconds(isRefusal: isRefusal, using: &random) }
    }

    @Test func waitsDoubleUpToTenSeconds() {
        for (index, wait) in Self.waits(40, isRefusal: false).enumerated() {
            let middle: Int64 = min(100 << Int64(min(index, 20)), 10_000)
            #expect(wait >= middle * 80 / 100)
            #expect(wait <= middle * 120 / 100)
        }
    }

    @Test func aRefusalIsNotRepeatedForAMinute() {
        let waits = Self.waits(40, isRefusal: true)
        #expect(waits.allSatisfy { (48_000...720_000).contains($0) })
        #expect((waits.last ?? 0) >= 480_000)
    }

    @Test func successForgetsTheFailures() {
        var random = HostRandom.seeded("successForgets")
        var backoff = Backoff()
        for _ in 0..<10 { _ = backoff.nextMilliseconds(isRefusal: false, using: &random) }
        backoff.reset()
        #expect(backoff.nextMilliseconds(isRefusal: false, using: &random) <= 120)
    }
}
