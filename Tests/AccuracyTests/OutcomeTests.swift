import Judge
import Testing

@testable import perch_accuracy

@Suite struct OutcomeTests {
    private func outcome(_ truth: Truth, onset: Int = 0, _ letters: String) -> Outcome {
        let states: [Character: Verdict.State] = ["P": .pass, "F": .fail, "i": .inconclusive]
        return Outcome(truth: truth, onsetHour: onset, timeline: letters.compactMap { states[$0] })
    }

    @Test func hoursToFailCountFromTheOnset() {
        let late = outcome(.regressed, onset: 3, "iPPPiFF")
        #expect(late.hoursToFail == 3)
        #expect(!late.isFailBeforeOnset)
        #expect(late.firstPass == 2)
    }

    /// Hour 3 was over when the regression began.
    @Test func aFailAtTheOnsetIsAFalseOne() {
        let early = outcome(.regressed, onset: 3, "iiFFF")
        #expect(early.isFailBeforeOnset)
        #expect(early.hoursToFail == nil)
    }

    @Test func aCleanCaseDetectsNothing() {
        #expect(outcome(.clean, "iiF").hoursToFail == nil)
        #expect(outcome(.clean, "iiF").firstFail == 3)
    }

    @Test func hoursAfterTheFirstPassThatAreNoPassAreCounted() {
        #expect(outcome(.clean, "iPiiP").hoursTakenBack == 2)
        #expect(outcome(.clean, "iiP").hoursTakenBack == 0)
        #expect(outcome(.clean, "iii").hoursTakenBack == 0)
    }

    @Test func passesAreFoundWhereTheyAreWrong() {
        let passing = outcome(.regressed, onset: 1, "iiPiii")
        #expect(passing.hasPass(fromHour: 3))
        #expect(!passing.hasPass(fromHour: 4))
        #expect(!passing.hasPass(inLastHours: 3))
        #expect(passing.hasPass(inLastHours: 4))
    }
}
