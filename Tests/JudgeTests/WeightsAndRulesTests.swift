// What the policy's weights, the rules and a moving fleet do to a verdict.
import Testing

@testable import Judge

struct WeightsAndRulesTests {
    private func verdicts(
        _ policy: JudgePolicy, hours: Int = 25, rules: [Int: [RuleInput]] = [:], fleet: Fleet = Fleet(),
        _ spoil: (inout PairInput) -> Void = { _ in }
    ) throws -> [Verdict] {
        var fleet = fleet
        var judging = Judging(policy: policy, startBlock: 0)
        var verdicts: [Verdict] = []
        for block in 0..<(hours * 12) {
            var input = fleet.block(block, spoil)
            input.rules = rules[block] ?? []
            try judging.add(input)
            if block % 12 == 11 { verdicts.append(judging.finishHour()) }
        }
        return verdicts
    }

    private func rule(_ state: RuleInput.State, _ fact: String = "", rule: String = "port_allowlist") -> RuleInput {
        RuleInput(host: "n1", rule: rule, state: state, fact: fact)
    }

    @Test(arguments: [Weight.warn, .observe])
    func aMetricBelowFailWeightNeitherFailsNorIsAskedFor(_ weight: Weight) throws {
        var policy = JudgePolicy.only(.cpu, .err)
        policy.metrics[0].weight = weight
        let last = try #require(try verdicts(policy) { $0.worsen(.cpu, by: 3) }.last)
        #expect(last.state == .pass)
        #expect(last.judgedMetrics == 1)
        let check = try #require(last.check("fleet.cpu.interval"))
        #expect(check.state == (weight == .warn ? .warn : .observe))
        #expect(check.reason == .boundExceeded)
        #expect(last.checks.filter { $0.name == "cpu" }.allSatisfy { $0.state == .warn || $0.state == .observe })
    }

    @Test func aMarginOfNothingOnlyWarns() throws {
        var policy = JudgePolicy.only(.cpu, .err)
        policy.metrics[0].marginRatio = 1
        let last = try #require(try verdicts(policy) { $0.worsen(.cpu, by: 2) }.last)
        #expect(last.state == .pass)
        #expect(last.check("fleet.cpu.interval")?.state == .warn)
    }

    @Test func nothingJudgedNeverPasses() throws {
        let last = try #require(try verdicts(.only(.cpu, .err, weight: .observe)).last)
        #expect(last.state == .inconclusive)
        #expect(last.missingIDs == ["fleet.all.metrics"])
        let empty = try #require(try verdicts(.only()).last)
        #expect(empty.missingIDs == ["fleet.all.metrics"])
    }

    @Test func aBrokenRuleFailsAndLatchesEvenIfItHealsWithinTheHour() throws {
        let all = try verdicts(
            .only(.cpu), hours: 30, rules: [100: [rule(.fail, "tcp 6666 by uid 0")], 101: [rule(.pass)]])
        #expect(all[7].state == .inconclusive)
        #expect(all[8].state == .fail)
        #expect(all[8].failure?.check.id == "rule.port_allowlist:n1")
        #expect(all[8].reason == "Rule port_allowlist on n1 is broken: tcp 6666 by uid 0.")
        #expect(all[9].check("rule.port_allowlist:n1")?.state == .pass)
        #expect(all[29].state == .fail)
    }

    @Test(arguments: [RuleInput.State.unknown, .attention])
    func aRuleInDoubtWithholdsPassUntilItHolds(_ state: RuleInput.State) throws {
        let all = try verdicts(
            .only(.cpu), hours: 30, rules: [0: [rule(state, "no right to read")], 320: [rule(.pass)]])
        #expect(all[25].missingIDs == ["rule.port_allowlist:n1"])
        #expect(all[25].missing.first?.sentence.contains("no right to read") == true)
        #expect(all[26].state == .pass)
    }

    @Test func aWithdrawnRuleIsGone() throws {
        let last = try #require(
            try verdicts(.only(.cpu), rules: [0: [rule(.unknown)], 50: [rule(.withdrawn)]]).last)
        #expect(last.state == .pass)
        #expect(!last.checks.contains { $0.level == .rule })
    }

    @Test func rulesBelowFailWeightOnlyShow() throws {
        var policy = JudgePolicy.only(.cpu)
        policy.ruleWeights = ["a": .warn, "b": .observe]
        let last = try #require(
            try verdicts(policy, rules: [0: [rule(.fail, rule: "a"), rule(.unknown, rule: "b")]]).last)
        #expect(last.state == .pass)
        #expect(last.check("rule.a:n1")?.state == .warn)
        #expect(last.check("rule.b:n1")?.state == .observe)
        #expect(JudgePolicy.default.weight(ofRule: "agent_health") == .warn)
        #expect(JudgePolicy.default.weight(ofRule: "anything") == .fail)
    }

    @Test func passingRulesFoldIntoOneRow() throws {
        let rules = (1...3).map { RuleInput(host: "n\($0)", rule: "b", state: .pass, fact: "") }
        let other = RuleInput(host: "n1", rule: "a", state: .unknown, fact: "")
        let last = try #require(try verdicts(.only(.cpu), rules: [0: rules + [other]]).last)
        let rows = last.checks.filter { $0.level == .rule }
        #expect(rows.map(\.id) == ["rule.a:n1", "rule.b"])
        #expect(rows[1].folded == 3)
    }

    // MARK: Once instances move

    /// Twenty-five hours of pairs, then so many hours in which only some are left.
    private func moved(
        left: Int, policy: JudgePolicy = .only(.cpu, .err), comparison: Verdict? = nil, reported: Bool = true,
        lists: Bool = true, _ spoil: (inout PairInput) -> Void = { _ in }
    ) throws -> Verdict {
        var fleet = Fleet(pairs: 8, hosts: 2)
        var judging = Judging(policy: policy, startBlock: 0)
        _ = try judging.run(hours: 25, &fleet)
        var last: Verdict?
        for block in (25 * 12)..<(60 * 12) {
            var input = fleet.block(block, spoil)
            input.pairs = Array(input.pairs.prefix(left))
            if lists { input.hosts = ["n1", "n2"].map { HostInput(host: $0, isReported: reported || $0 == "n1") } }
            try judging.add(input)
            if block % 12 == 11 { last = judging.finishHour(basis: .moved, comparison: comparison) }
        }
        return try #require(last)
    }

    @Test func pairsMayVanishOnceInstancesMove() throws {
        #expect(try moved(left: 0).state == .pass)
        #expect(try moved(left: 0).basis == .moved)
        #expect(try moved(left: 4) { $0.new = CopyValues(absent: .silent) }.state == .pass)
        let asked = try moved(left: 6) { $0.new = CopyValues(absent: .silent) }
        #expect(asked.missingIDs.contains("pair.all.silence:p00"))
        #expect(asked.missingIDs.contains("fleet.all.stale"))
        #expect(asked.missingIDs.contains("fleet.cpu.recent"))
        #expect(!asked.missingIDs.contains("fleet.all.coverage"))
    }

    @Test func newHostsMustReportOnceInstancesMove() throws {
        #expect(try moved(left: 0, reported: false).missingIDs == ["host.all.reports:n2"])
        #expect(try moved(left: 0, lists: false).missingIDs == ["fleet.all.reports"])
    }

    @Test func whatIsLeftIsStillJudgedOnceInstancesMove() throws {
        let verdict = try moved(left: 2) { $0.worsen(.cpu, by: 2) }
        #expect(verdict.state == .fail)
    }

    @Test func theComparisonOfHostsFailsAndIsWantedOnlyByPolicy() throws {
        func comparison(_ hosts: Int, factor: Double) throws -> Verdict {
            var judging = UnpairedJudging(policy: .only(.cpu), startHour: 0)
            var generator = Seeded(5)
            var last: Verdict?
            for hour in -24..<24 {
                let inputs = (0..<(2 * hosts)).map { number in
                    var values = CopyValues(absent: .coverage)
                    let isNew = number >= hosts
                    let level = isNew && hour >= 0 ? factor : 1
                    values[.cpu] = .value(level * Elementary.exp(0.01 * generator.normal()))
                    return HostHour(host: "h\(number)", side: isNew ? .new : .old, values: values)
                }
                try judging.add(hour: hour, hosts: inputs)
                if hour >= 0 { last = judging.finishHour() }
            }
            return try #require(last)
        }
        var strict = JudgePolicy.only(.cpu, .err)
        strict.afterMigration = .pass
        let failing = try moved(left: 0, comparison: try comparison(8, factor: 1.5))
        #expect(failing.failure?.check.id == "fleet.all.comparison")
        #expect(try moved(left: 0, comparison: try comparison(3, factor: 1)).state == .pass)
        let wanted = try moved(left: 0, policy: strict, comparison: try comparison(3, factor: 1))
        #expect(wanted.missingIDs == ["fleet.all.comparison"])
        #expect(try moved(left: 0, policy: strict, comparison: try comparison(8, factor: 1)).state == .pass)
        #expect(try moved(left: 0, policy: strict).missingIDs == ["fleet.all.comparison"])
    }
}
