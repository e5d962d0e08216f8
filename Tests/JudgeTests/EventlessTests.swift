// A fleet without a single event passes by what was seen, however its load wanders; with events, or with too
// few operations, the interval alone decides.
import Testing

@testable import Judge

@Suite struct EventlessTests {
    /// A day of two pairs whose load wanders so slowly that its blocks are worth next to nothing.
    private func check(opsPerSecond: Double, newErrors: Double = 0) throws -> Check {
        var judging = Judging(policy: .only(.err), startBlock: 0)
        var last: Verdict?
        for index in 0..<(24 * 12) {
            let ops = opsPerSecond * (1 + Double(index) / 2000)
            let pairs = ["a", "b"].enumerated().map { number, name in
                var copy = CopyValues(absent: .unsupported)
                copy.ops = .value(ops)
                copy[.err] = .value(0)
                var new = copy
                if index == 100, number == 0 { new[.err] = .value(newErrors) }
                return PairInput(name: name, host: "n\(number)", old: copy, new: new)
            }
            try judging.add(BlockInput(index: index, pairs: pairs))
            if index % 12 == 11 { last = judging.finishHour() }
        }
        return try #require(last?.checks.first { $0.id == "fleet.err.interval" })
    }

    @Test func noEventAmongEnoughOperationsPasses() throws {
        let check = try check(opsPerSecond: 150)
        #expect(check.state == .pass, "\(check.sentence)")
        #expect(check.upper.map { $0 < 0 } == true)
    }

    /// The floor allows one in a million: below three million operations nothing is shown.
    @Test func tooFewOperationsShowNothing() throws {
        // 276 warm blocks of 300 s, two pairs: 166,000 operations at 1 a second.
        #expect(try check(opsPerSecond: 1).state == .missing)
        #expect(try check(opsPerSecond: 14).state == .missing)
        #expect(try check(opsPerSecond: 20).state == .pass)
    }

    @Test func withEventsTheIntervalAloneDecides() throws {
        #expect(try check(opsPerSecond: 150, newErrors: 400).state == .missing)
    }
}
