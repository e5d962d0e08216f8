import Testing

@testable import Ctl

struct BackoffTests {
    @Test func pausesDoubleUpToTheLongestWithJitter() {
        var random = SeededRandom(seed: 1)
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(30))
        var full = Duration.milliseconds(500)
        for _ in 0..<40 {
            let pause = backoff.next(using: &random)
            #expect(pause >= full / 2 && pause <= full)
            full = min(full * 2, .seconds(30))
        }
        backoff.reset()
        #expect(backoff.next(using: &random) <= .milliseconds(500))
    }

    @Test func theServersWishIsHeardWithinReason() {
        var random = SeededRandom(seed: 2)
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(30))
        let wished = backoff.next(retryAfterSeconds: 7, using: &random)
        #expect(wished >= .seconds(7) && wished < .seconds(8))
        #expect(backoff.next(retryAfterSeconds: 86_400, using: &random) <= .seconds(33))
    }
}
