// Log lines: one event, one line, and no flood.
import Testing

@testable import Agent

@Suite struct LogTests {
    @Test func aRepeatedEventIsPrintedOnceAMinuteWithTheNumberLeftOut() {
        let clock = HandClock()
        let lines = Collected<String>()
        let log = Log(clock: clock.clock, hasPrefix: true) { lines.add($0) }
        for number in 0..<100 {
            log.line(.warning, "delivery", "attempt \(number)")
            log.line(.info, "other", "once")
            clock.move(microseconds: 1_000_000)
        }
        #expect(
            lines.all == [
                "<4>attempt 0\n", "<6>once\n", "<4>attempt 60 (59 more like it since)\n",
                "<6>once (59 more like it since)\n",
            ])
    }

    @Test func textFromOutsideCannotForgeALine() {
        let lines = Collected<String>()
        let log = Log(clock: HandClock().clock, hasPrefix: true) { lines.add($0) }
        log.line(.error, "x", "a\n<0>b\rc")
        #expect(lines.all == ["<3>a <0>b c\n"])
        log.line(.error, "y", String(repeating: "x", count: 10_000))
        #expect(lines.all[1].utf8.count < 2100)
    }
}
