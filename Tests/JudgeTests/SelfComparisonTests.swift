// Old against old: quiet on equal halves, loud where the old copies themselves vary in step, and never part of the
// verdict.
import Testing

@testable import Judge

@Suite struct SelfComparisonTests {
    private func run(_ spoil: (Int, inout PairInput) -> Void) throws -> (check: Check, verdict: Verdict) {
        var fleet = Fleet(metrics: [.cpu], seed: 7)
        var judging = MirroredJudging(policy: .only(.cpu), startBlock: 0)
        var last: Verdict?
        for block in 0..<(48 * 12) {
            try judging.add(fleet.block(block) { spoil(block, &$0) })
            if block % 12 == 11 { last = judging.finishHour() }
        }
        let verdict = try #require(last)
        return (try #require(verdict.checks.first { $0.kind == .selfComparison }), verdict)
    }

    @Test func equalHalvesRaiseNoAlarm() throws {
        let (check, verdict) = try run { _, _ in }
        #expect(check.state == .observe && check.id == "fleet.all.aa")
        #expect(check.value == 48)
        #expect(check.sentence.hasSuffix("over 48 hours: no false alarm."))
        #expect(verdict.state == .pass)
    }

    @Test func aWorseNewSideIsNoneOfItsBusiness() throws {
        let (check, verdict) = try run { _, pair in pair.worsen(.cpu, by: 2) }
        #expect(check.state == .observe)
        #expect(verdict.state == .fail)
    }

    @Test func oldCopiesThatVaryInStepRaiseAnAlarmAndDecideNothing() throws {
        // Two of four blocks cost double on both sides: the pairs are equal, the halves of the old copies are not.
        let (check, verdict) = try run { block, pair in
            guard [1, 2].contains(block % 4) else { return }
            for copy in [\PairInput.old, \PairInput.new] {
                if let value = pair[keyPath: copy][.cpu].value { pair[keyPath: copy][.cpu] = .value(value * 2) }
            }
        }
        #expect(check.state == .warn)
        #expect(check.sentence.contains("false alarm (fleet.cpu."))
        #expect(verdict.state == .pass)
    }
}
