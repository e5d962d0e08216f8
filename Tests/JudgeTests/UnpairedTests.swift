// The comparison of hosts without pairs: looks, wants, and what must not pass.
import Testing

@testable import Judge

struct UnpairedTests {
    private struct World {
        var old = 8
        var new = 3
        var factor = 1.0
        var noise = 0.02
        var until = Int.max
    }

    private func run(
        _ world: World, hours: Int, policy: JudgePolicy = .only(.cpu, .p99), rules: [Int: [RuleInput]] = [:]
    ) throws -> [Verdict] {
        var generator = Seeded(11)
        var judging = UnpairedJudging(policy: policy, startHour: 100)
        var verdicts: [Verdict] = []
        for hour in -24..<hours {
            var inputs: [HostHour] = []
            for host in 0..<(world.old + world.new) where hour < world.until {
                var values = CopyValues(absent: .coverage)
                let isNew = host >= world.old
                for metric in [Metric.cpu, .p99] {
                    let level = isNew && hour >= 0 && metric == .cpu ? world.factor : 1
                    values[metric] = .value(100 * level * Elementary.exp(world.noise * generator.normal()))
                }
                inputs.append(HostHour(host: "h\(host)", side: isNew ? .new : .old, values: values))
            }
            try judging.add(hour: hour, hosts: inputs, rules: rules[hour] ?? [])
            if hour >= 0 { verdicts.append(judging.finishHour()) }
        }
        return verdicts
    }

    @Test func equalHostsPassFromTheLookAtTheMinimumTime() throws {
        let verdicts = try run(World(), hours: 26)
        #expect(verdicts.prefix(23).allSatisfy { $0.state == .inconclusive })
        #expect(verdicts.suffix(3).allSatisfy { $0.state == .pass && $0.basis == .hosts })
        #expect(verdicts[2].etaHours == 21)
        #expect(verdicts[2].check("fleet.cpu.comparison")?.sentence.contains("first look after 6 hours") == true)
        #expect(verdicts[10].etaHours == 13)
        #expect(verdicts[25].window == BlockWindow(first: 1200, last: 1200 + 26 * 12 - 1, blockSeconds: 300))
    }

    @Test func aRegressionFailsAtALookAndLatches() throws {
        let verdicts = try run(World(factor: 1.5), hours: 8)
        #expect(
            verdicts.map(\.state) == [.inconclusive, .inconclusive, .inconclusive, .inconclusive, .inconclusive]
                + [.fail, .fail, .fail])
        #expect(verdicts[5].failure?.check.id == "fleet.cpu.comparison")
        #expect(verdicts[5].reason?.contains("% higher (at least") == true)
    }

    @Test func noisyHostsAreNotTakenForEqualOnes() throws {
        let last = try #require(try run(World(factor: 1.1, noise: 0.5), hours: 24).last)
        #expect(last.state == .inconclusive)
        #expect(last.missingIDs == ["fleet.cpu.comparison", "fleet.p99.comparison"])
        #expect(last.etaHours == 12)
    }

    @Test func tooFewHostsSayNothing() throws {
        for world in [World(old: 4, new: 3, factor: 2), World(old: 8, new: 1, factor: 2), World(old: 0, new: 0)] {
            let last = try #require(try run(world, hours: 24).last)
            #expect(last.state == .inconclusive)
            #expect(last.missingIDs.contains("fleet.cpu.comparison"))
            #expect(last.check("fleet.cpu.comparison")?.reason == .tooFewSamples)
        }
    }

    @Test func aPassDoesNotOutliveTheData() throws {
        let verdicts = try run(World(until: 25), hours: 50)
        #expect(verdicts[24].state == .pass)
        #expect(verdicts[25].missingIDs == ["fleet.all.stale"])
        #expect(verdicts[49].state == .inconclusive)
    }

    @Test func afterTheLastLookNoForecastIsMade() throws {
        let last = try #require(try run(World(noise: 0.5, until: 60), hours: 241).last)
        #expect(last.state == .inconclusive)
        #expect(last.etaHours == nil)
        #expect(last.missingIDs.contains("fleet.cpu.comparison"))
    }

    @Test func rulesCountHereToo() throws {
        let broken = [3: [RuleInput(host: "h9", rule: "r", state: .fail, fact: "")]]
        #expect(try run(World(), hours: 5, rules: broken)[3].failure?.check.id == "rule.r:h9")
        let doubtful = [3: [RuleInput(host: "h9", rule: "r", state: .unknown, fact: "")]]
        #expect(try run(World(), hours: 24, rules: doubtful).last?.missingIDs == ["rule.r:h9"])
    }

    @Test func countsAreNotCompared() throws {
        let last = try #require(try run(World(), hours: 24, policy: .only(.err)).last)
        #expect(last.missingIDs.contains("fleet.all.metrics"))
    }

    @Test func metricsBelowFailWeightOnlyShow() throws {
        var policy = JudgePolicy.only(.cpu, .p99)
        policy.metrics[0].weight = .warn
        let last = try #require(try run(World(factor: 2), hours: 24, policy: policy).last)
        #expect(last.state == .pass)
        #expect(last.check("fleet.cpu.comparison")?.state == .warn)
    }

    @Test func hoursComeInOrder() throws {
        var judging = UnpairedJudging(policy: .only(.cpu), startHour: 0)
        let host = HostHour(host: "a", side: .old, values: CopyValues(absent: .silent))
        try judging.add(hour: -30, hosts: [host])
        try judging.add(hour: -5, hosts: [host])
        #expect(throws: JudgingError.blockOutOfOrder(index: -5, expected: -4)) {
            try judging.add(hour: -5, hosts: [host])
        }
        #expect(throws: JudgingError.hourNotFinished(index: 1, hourEnds: 1)) { try judging.add(hour: 1, hosts: []) }
        _ = judging.finishHour()
        #expect(throws: JudgingError.blockOutOfOrder(index: -1, expected: 1)) { try judging.add(hour: -1, hosts: []) }
        #expect(throws: JudgingError.blockOutOfOrder(index: 0, expected: 1)) { try judging.add(hour: 0, hosts: []) }
    }
}
