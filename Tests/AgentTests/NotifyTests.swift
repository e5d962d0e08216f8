// What systemd is told, and when it is not told that all is well.
import Foundation
import Testing

@testable import Agent

@Suite struct NotifyTests {
    @Test func theWatchdogIsFedAtHalfItsTimeAndOnlyWhileReportsAreMade() {
        let sent = Collected<String>()
        let environment = ["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": String(getpid())]
        var notify = Notify(environment: { environment[$0] }, send: { sent.add($0) })
        #expect(notify.watchdogMicroseconds == 30_000_000)
        for second in 0..<120 as Range<UInt64> {
            notify.beat(nowMicroseconds: 1_000_000_000 + second * 1_000_000, isAlive: second < 70)
        }
        #expect(sent.all == ["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"])
    }

    @Test func withoutAWatchdogOrForAnotherProcessNothingIsSent() {
        for environment in [[:], ["WATCHDOG_USEC": "x"], ["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"]] {
            let sent = Collected<String>()
            var notify = Notify(environment: { environment[$0] }, send: { sent.add($0) })
            notify.beat(nowMicroseconds: 1, isAlive: true)
            #expect(notify.wakeMicroseconds == nil)
            #expect(sent.all.isEmpty)
        }
    }
}
