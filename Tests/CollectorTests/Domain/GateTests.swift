import Evaluation
import Policy
import Shared
import Testing

@testable import Collector

@Suite struct GateTests {
    static let created: UInt64 = 1_700_000_000_000_000
    static let day: UInt64 = 86_400_000_000

    static func rollout() -> Rollout {
        Rollout(
            spec: RolloutSpec(
                id: "r", artifacts: [], policy: "default", old: ["o1"], new: ["n1", "n2"], pairs: .auto),
            policyText: "", policyDigest: "", createdBy: "tool", createdAtMicroseconds: created)
    }

    static func verdict(_ state: VerdictState, validFor: UInt64 = day) -> JudgedVerdict {
        JudgedVerdict(
            view: VerdictView(
                id: "v", rollout: "r", verdict: state, summary: "all is well",
                reason: state == .fail ? "cpu is high" : "",
                missing: state == .inconclusive ? ["fleet p99 is missing"] : [], etaHours: nil, hour: 48, judging: 1,
                evaluatedAt: "2023-11-16T22:13:20Z", windowFrom: "", windowTo: "", policy: "default",
                policyDigest: "", pairs: 6, checks: []),
            nextDueMicroseconds: created + validFor, validUntilMicroseconds: created + validFor)
    }

    static let mirrored = {
        var situation = Situation()
        situation.pairs = (1...6).map { RolloutSpec.Pair(name: "\($0)", old: "o1", new: $0 < 4 ? "n1" : "n2") }
        situation.newHosts = ["n1", "n2"]
        return situation
    }()

    private func ask(
        _ stage: Stage, _ verdict: JudgedVerdict?, of rollout: Rollout = rollout(), in situation: Situation = mirrored,
        afterDays days: UInt64
    ) -> GateAnswer {
        Gate(rollout: rollout, policy: PolicyDocument(name: "default"), situation: situation, verdict: verdict)
            .answer(stage, nowMicroseconds: Self.created + days * Self.day)
    }

    @Test func itOpensWhenNothingIsMissing() {
        let answer = ask(.open, Self.verdict(.pass, validFor: 3 * Self.day), afterDays: 2)
        #expect(answer.ok && answer.state == .open)
        #expect(answer.reasons.isEmpty)
        #expect(answer.summary == "all is well")
    }

    @Test func itWaitsBeforeTheFirstVerdict() {
        let answer = ask(.open, nil, afterDays: 3)
        #expect(!answer.ok && answer.state == .waiting && answer.verdict == .inconclusive)
        #expect(answer.verdictID.isEmpty && answer.evaluatedAt.isEmpty && answer.report.isEmpty)
    }

    @Test func itNamesEveryMissingCondition() {
        var few = Self.mirrored
        few.pairs = Array(few.pairs.prefix(2))
        few.newHosts = ["n1"]
        let answer = ask(.open, Self.verdict(.inconclusive, validFor: 3 * Self.day), in: few, afterDays: 1)
        #expect(answer.reasons.count == 4)
        #expect(answer.summary.contains("(and 3 more)"))
        #expect(answer.retryAfter > 0)
    }

    @Test func anUndecidedVerdictWithoutAListStillCloses() {
        var undecided = Self.verdict(.inconclusive, validFor: 3 * Self.day)
        undecided.view.missing = []
        #expect(ask(.open, undecided, afterDays: 2).reasons == ["all is well"])
    }

    @Test func pairsThatWereNeverSeenAreNamedAndDoNotCount() {
        var situation = Self.mirrored
        situation.unseen = ["5", "6"]
        let answer = ask(.open, Self.verdict(.pass, validFor: 3 * Self.day), in: situation, afterDays: 2)
        #expect(answer.reasons == ["4 pairs are mirrored, 5 are needed", "never reported from both sides: 5, 6"])
    }

    private static func check(_ id: String, _ outcome: String) -> CheckView {
        CheckView(
            id: id, level: "fleet", subject: "", metric: "", kind: "", outcome: outcome, reason: "", observed: nil,
            lower: nil, upper: nil, bound: nil, unit: "", samples: nil, effectiveSamples: nil, detectable: nil,
            sentence: "\(id) is \(outcome)")
    }

    private static func override(_ checks: [String], days: UInt64, by: String = "boss") -> Override {
        Override(
            id: "o", verdictID: "v", judging: 1, checks: checks, reason: "agreed",
            untilMicroseconds: created + days * day,
            by: by, atMicroseconds: created + day)
    }

    @Test func anOverrideLeavesItsChecksOutUntilItEnds() throws {
        var failed = Self.verdict(.fail, validFor: 9 * Self.day)
        failed.view.failedCheck = "a"
        failed.view.checks = [Self.check("a", "FAIL"), Self.check("b", "PASS")]
        var rollout = Self.rollout()
        try rollout.accept(Self.override(["a"], days: 4))
        let open = ask(.open, failed, of: rollout, afterDays: 3)
        #expect(open.ok && open.verdict == .fail && open.override?.by == "boss" && open.override?.checks == ["a"])
        #expect(open.summary.contains("by override of boss until"))
        // It has ended.
        let ended = ask(.open, failed, of: rollout, afterDays: 4)
        #expect(ended.state == .blocked && ended.override == nil)
        // Another check fails, or is missing.
        failed.view.checks.append(Self.check("c", "FAIL"))
        #expect(ask(.open, failed, of: rollout, afterDays: 3).reasons == ["c is FAIL"])
        failed.view.checks[2] = Self.check("c", "INCONCLUSIVE")
        let waiting = ask(.open, failed, of: rollout, afterDays: 3)
        #expect(waiting.state == .waiting && waiting.reasons == ["c is INCONCLUSIVE"])
    }

    @Test func whatAnOverrideDoesNotNameStillBlocks() throws {
        var failed = Self.verdict(.fail, validFor: 9 * Self.day)
        failed.view.failedCheck = "a"
        failed.view.checks = [Self.check("b", "INCONCLUSIVE")]
        var rollout = Self.rollout()
        try rollout.accept(Self.override(["b"], days: 4))
        #expect(ask(.open, failed, of: rollout, afterDays: 3).state == .blocked)
        // Nor does it outlive the artefacts that it was given for.
        failed.view.failedCheck = "b"
        #expect(ask(.open, failed, of: rollout, afterDays: 3).ok)
        _ = try rollout.replaceArtifacts([], files: [], by: "tool", atMicroseconds: Self.created + 2 * Self.day)
        #expect(ask(.open, failed, of: rollout, afterDays: 3).state == .blocked)
    }

    @Test func nobodyOverridesTheirOwnRolloutOrForLong() {
        var rollout = Self.rollout()
        for override in [
            Self.override(["a"], days: 3, by: "tool"), Self.override(["a"], days: 9), Self.override(["a"], days: 1),
        ] { #expect(throws: Problem.self) { try rollout.accept(override) } }
        #expect(rollout.overrides.isEmpty && rollout.version == 1)
    }

    @Test func staleEvidenceNeverOpens() {
        let answer = ask(.open, Self.verdict(.pass, validFor: Self.day), afterDays: 2)
        #expect(answer.state == .waiting)
        #expect(answer.reasons[0].contains("stale"))
    }

    @Test func aFailBlocksEvenAGateThatWasPassed() throws {
        var rollout = Self.rollout()
        let open = ask(.open, Self.verdict(.pass, validFor: 9 * Self.day), afterDays: 2)
        #expect(try rollout.advance(to: .open, gate: open, by: "tool", reason: "", atMicroseconds: 1))
        let failed = Self.verdict(.fail, validFor: 9 * Self.day)
        for stage in Stage.gates {
            let answer = ask(stage, failed, of: rollout, afterDays: 8)
            #expect(answer.state == .blocked)
            #expect(answer.summary == "cpu is high")
        }
    }

    @Test func laterGatesWaitForTheEarlierOnes() {
        let answer = ask(.migrating, Self.verdict(.pass, validFor: 9 * Self.day), afterDays: 4)
        #expect(answer.state == .waiting)
        #expect(answer.reasons.contains { $0.contains("come first") })
    }

    @Test func whatWasMetAtAnAdvanceStaysMet() throws {
        var rollout = Self.rollout()
        let pass = Self.verdict(.pass, validFor: 9 * Self.day)
        _ = try rollout.advance(
            to: .open, gate: ask(.open, pass, afterDays: 2), by: "tool", reason: "", atMicroseconds: 1)
        var few = Self.mirrored
        few.pairs = []
        #expect(ask(.open, pass, of: rollout, in: few, afterDays: 3).state == .open)
    }

    @Test func oldServersAreRetiredOnlyWhenIdleAndEmpty() throws {
        var rollout = Self.rollout()
        let pass = Self.verdict(.pass, validFor: 20 * Self.day)
        for (stage, days) in [(Stage.open, UInt64(2)), (.migrating, 3), (.switched, 7)] {
            let answer = ask(stage, pass, of: rollout, afterDays: days)
            #expect(try rollout.advance(to: stage, gate: answer, by: "tool", reason: "", atMicroseconds: days))
        }
        var situation = Self.mirrored
        situation.unmoved = ["7"]
        situation.oldActivity = ["o1: 7 has 3 clients"]
        let closed = ask(.retired, pass, of: rollout, in: situation, afterDays: 10)
        #expect(closed.reasons.count == 3)
        situation.unmoved = []
        situation.oldActivity = []
        situation.oldIdleSeconds = 86_400
        #expect(ask(.retired, pass, of: rollout, in: situation, afterDays: 10).ok)
    }

    @Test func aRollBackBlocksEverything() throws {
        var rollout = Self.rollout()
        #expect(try rollout.rollBack(by: "ops", reason: "bad disk", atMicroseconds: 5))
        let answer = ask(.open, Self.verdict(.pass), of: rollout, afterDays: 2)
        #expect(answer.state == .blocked)
        #expect(answer.summary.contains("bad disk"))
    }

    @Test func theSummaryIsOneShortLine() {
        let text = String(repeating: "é\n", count: 600)
        let line = Gate.oneLine(text)
        #expect(line.utf8.count <= 500)
        #expect(!line.contains("\n"))
    }
}

@Suite struct RolloutStateTests {
    private func gate(_ state: GateAnswer.State) -> GateAnswer {
        GateAnswer(
            state: state, verdict: .pass, rollout: "r", stage: .open, reasons: state == .open ? [] : ["not yet"],
            summary: "not yet", verdictID: "", evaluatedAt: "", validUntil: "", retryAfter: 0, checks: [], report: "")
    }

    @Test func aClosedGateRefusesWithEveryReason() {
        var rollout = GateTests.rollout()
        let error = #expect(throws: Problem.self) {
            try rollout.advance(to: .open, gate: gate(.waiting), by: "t", reason: "", atMicroseconds: 1)
        }
        #expect(error?.code == .gateClosed)
        #expect(error?.reasons == ["not yet"])
        #expect(rollout.stage == .mirroring && rollout.version == 1)
    }

    @Test func repeatingAnAdvanceIsHarmless() throws {
        var rollout = GateTests.rollout()
        #expect(try rollout.advance(to: .open, gate: gate(.open), by: "t", reason: "", atMicroseconds: 1))
        #expect(try !rollout.advance(to: .open, gate: gate(.waiting), by: "t", reason: "", atMicroseconds: 2))
        #expect(rollout.version == 2)
    }

    @Test func stagesGoOneAtATime() {
        var rollout = GateTests.rollout()
        let error = #expect(throws: Problem.self) {
            try rollout.advance(to: .switched, gate: gate(.open), by: "t", reason: "", atMicroseconds: 1)
        }
        #expect(error?.code == .conflict)
    }

    @Test func aRollBackIsFinal() throws {
        var rollout = GateTests.rollout()
        #expect(try rollout.rollBack(by: "t", reason: "x", atMicroseconds: 1))
        #expect(try !rollout.rollBack(by: "t", reason: "x", atMicroseconds: 2))
        #expect(throws: Problem.self) {
            try rollout.advance(to: .open, gate: gate(.open), by: "t", reason: "", atMicroseconds: 1)
        }
    }

    @Test func theJudgingKnowsWhenInstancesBeganToMove() throws {
        var rollout = GateTests.rollout()
        let later = GateTests.created + 50
        _ = try rollout.advance(to: .open, gate: gate(.open), by: "t", reason: "", atMicroseconds: later - 1)
        _ = try rollout.advance(to: .migrating, gate: gate(.open), by: "t", reason: "", atMicroseconds: later)
        let context = rollout.context(ApprovedRecords())
        #expect(context.basis(atMicroseconds: later - 1) == .pairs)
        #expect(context.basis(atMicroseconds: later) == .moved)
    }
}
