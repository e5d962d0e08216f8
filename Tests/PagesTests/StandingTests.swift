import Shared
import Testing

@testable import Pages

/// What a person sees first: what is wrong, and what to do.
@Suite struct StandingTests {
    private static func gate(
        _ state: GateAnswer.State, _ stage: Stage, reasons: [String] = [], override: GateOverride? = nil
    ) -> GateAnswer {
        GateAnswer(
            state: state, verdict: .pass, override: override, rollout: "r1", stage: stage, reasons: reasons,
            summary: reasons.first ?? "fine", verdictID: "v", evaluatedAt: Sample.now, validUntil: Sample.now,
            retryAfter: 0, checks: [], report: "")
    }

    private static func page(
        _ stage: Stage = .mirroring, gates: [GateAnswer], verdict: VerdictView? = Sample.verdict(),
        silent: [RolloutContent.Silence] = []
    ) -> String {
        RolloutDetailPage.html(
            RolloutContent(
                visitor: Sample.visitor, now: Sample.now, view: Sample.rollout(stage: stage), gates: gates,
                earliest: [:], verdict: verdict, history: [], silent: silent))
    }

    // MARK: A roll-out

    @Test func aBlockedRolloutSaysHowToGoBack() {
        let html = Self.page(
            gates: [Self.gate(.blocked, .open, reasons: ["it is slower"])], verdict: Sample.verdict(.fail))
        #expect(html.contains("banner bad") && html.contains("FAIL: open is blocked"))
        #expect(html.contains("perchctl rollout rollback r1 --reason"))
    }

    @Test func anOpenGateSaysHowToGoOn() {
        let html = Self.page(gates: [Self.gate(.open, .open)])
        #expect(html.contains("banner good") && html.contains("perchctl rollout advance r1 open"))
        let override = GateOverride(id: "o", by: "boss", until: Sample.now, checks: ["x"])
        #expect(Self.page(gates: [Self.gate(.open, .open, override: override)]).contains("open by override"))
    }

    @Test func waitingWithAPassIsCalmAndWithASilentHostItNamesTheHost() {
        let waiting = [Self.gate(.waiting, .open, reasons: ["too young"])]
        #expect(Self.page(gates: waiting).contains("banner good"))
        let thin = Self.page(gates: waiting, verdict: Sample.verdict(.inconclusive))
        #expect(thin.contains("banner wait") && thin.contains("perchctl gate r1 open --wait"))
        let silent = Self.page(
            gates: waiting, verdict: Sample.verdict(.inconclusive), silent: [.init(host: "db-42", seconds: 7200)])
        #expect(silent.contains("/hosts/db-42") && silent.contains("2 h") && !silent.contains("Nothing is wrong"))
    }

    @Test func laterGatesDoNotRepeatWhatTheNextOneSays() {
        let reasons = (1...12).map { "reason \($0)" }
        let html = Self.page(gates: [
            Self.gate(.waiting, .open, reasons: reasons),
            Self.gate(.waiting, .migrating, reasons: ["first things first"] + reasons),
            Self.gate(.waiting, .switched, reasons: reasons),
        ])
        #expect(html.ranges(of: "<li>reason 12</li>").count == 1 && html.contains("6 more"))
        #expect(html.contains("first things first") && html.contains("12 reasons of gate open"))
        #expect(html.contains("for the same reasons"))
    }

    @Test func whatIsOverHasNoGates() {
        let back = Self.page(.rolledBack, gates: [Self.gate(.blocked, .open, reasons: ["rolled back"])])
        #expect(!back.contains("class=\"gates\"") && back.contains("Instances go back"))
        let retired = Self.page(.retired, gates: Stage.gates.map { Self.gate(.open, $0) })
        #expect(retired.contains("may be shut down") && retired.ranges(of: "passed").count == 4)
    }

    @Test func theRowOfAMetricShowsTheWorstOfItsChecks() {
        let checks = [
            Sample.check("p50"), Sample.check("cpu", outcome: "INCONCLUSIVE"),
            Sample.check("cpu", kind: "guard", outcome: "FAIL", bound: nil),
            Sample.check("net", outcome: "OBSERVED"),
            Sample.check("net", kind: "guard", outcome: "PASS", bound: nil),
        ]
        let table = ChecksTable(checks: checks)
        #expect(table.metrics.map(\.metric) == ["cpu", "p50", "net"])
        let html = table.metricTable(caption: "x").markup
        #expect(html.contains("FAIL</span> <span class=\"muted small\">gross excess") && html.contains("OBSERVED"))
        #expect(!html.contains("INCONCLUSIVE"))
    }

    // MARK: The fleet

    private static func fleet(
        _ states: [GateAnswer.State], silent: Bool = false, undecided: Int = 0
    ) -> String {
        let host = FleetContent.Host(
            view: HostView(
                host: "db-9", state: .active, lastReportAt: Sample.now, lastSequence: "1", instances: 1,
                skewMilliseconds: 0, agentVersion: "1", troubles: []), ageSeconds: 3, isSilent: silent, rollouts: [])
        let rollouts = states.enumerated().map { index, state in
            FleetContent.Rollout(view: Sample.rollout("r\(index)"), gate: gate(state, .open))
        }
        return FleetPage.html(
            FleetContent(
                visitor: Sample.visitor, now: Sample.now, rollouts: rollouts, hosts: [host], waiting: [],
                undecided: undecided))
    }

    @Test func aCalmFleetSaysSoAndATroubledOneDoesNot() {
        #expect(Self.fleet([.open, .waiting]).contains("Nothing is blocked"))
        #expect(Self.fleet([]).contains("No roll-out is running."))
        for troubled in [Self.fleet([.blocked]), Self.fleet([.open], silent: true), Self.fleet([.open], undecided: 1)] {
            #expect(!troubled.contains("Nothing is blocked"))
        }
    }

    @Test func whatIsBlockedComesFirst() throws {
        let html = Self.fleet([.open, .waiting, .blocked])
        let table = try #require(html.firstRange(of: "<tbody>")).upperBound
        let order = ["r2", "r1", "r0"].compactMap { html[table...].firstRange(of: ">\($0)</a></th>")?.lowerBound }
        #expect(order.count == 3 && order == order.sorted())
    }
}
