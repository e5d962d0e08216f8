// Every formula of the method against numbers that another implementation computed. Must cover each check of the file.
import Foundation
import Testing

@testable import Judge

struct VectorsTests {
    static let groups: [JSON] = {
        guard let data = try? Data(contentsOf: Fixtures.judge.appending(path: "vectors.json")),
            let any = try? JSONSerialization.jsonObject(with: data)
        else { return [] }
        return JSON(any)["groups"].list
    }()

    @Test func allVectorsAreThere() {
        #expect(Self.groups.count == 22)
        #expect(Self.groups.reduce(0) { $0 + $1["checks"].list.count } == 385)
    }

    @Test(arguments: groups.compactMap(\.["name"].text))
    func everyNumberOfTheGroupIsReproduced(_ name: String) throws {
        let group = try #require(Self.groups.first { $0["name"].text == name })
        let relative = try #require(group["rel_tol"].number)
        let absolute = try #require(group["abs_tol"].number)
        for (position, check) in group["checks"].list.enumerated() {
            let result = try #require(answer(name, check["i"]), "no formula for group \(name)")
            #expect(
                result.agrees(with: check["o"], relative: relative, absolute: absolute),
                "\(name) \(position): \(result) instead of \(check["o"])")
        }
    }

    private func answer(_ name: String, _ input: JSON) -> JSON? {
        blockAnswer(name, input) ?? stateAnswer(name, input) ?? guardAnswer(name, input)
            ?? comparisonAnswer(name, input)
    }

    private func blockAnswer(_ name: String, _ input: JSON) -> JSON? {
        switch name {
        case "pair_block":
            return PairAbsence.of(oldOps: input[0].number, newOps: input[1].number).map { .text($0.rawValue) } ?? .null
        case "ratio_value": return .optional(JudgedMetric.ratio(old: input[0].number, new: input[1].number))
        case "count_value":
            guard let policy = MetricPolicy.defaults.first(where: { $0.metric.rawValue == input[0].text }) else {
                return nil
            }
            let metric = JudgedMetric(policy, blockSeconds: 300)
            return .optional(
                metric.value(old: input[1].number, new: input[2].number, newOps: input[3].number ?? .nan))
        case "trimmed_mean": return .optional(Trimmed.mean(input.list.compactMap(\.number)))
        case "host_alpha":
            return .number(
                Levels.ordered(total: input[0].number ?? .nan, metrics: input[1].int, order: input[2].int))
        case "decision":
            return .text(Verdict.State(hasFailed: input[0].truth, isMissing: input[1].truth).rawValue)
        default: return nil
        }
    }

    private func stateAnswer(_ name: String, _ input: JSON) -> JSON? {
        switch name {
        case "scale": return json(Vectors.scale(input))
        case "state": return json(Vectors.state(input))
        case "merge": return json(StreamState.merge(Vectors.state(input["a"]), Vectors.state(input["b"])))
        case "inflation":
            let inflation = Inflation(Vectors.given(input))
            return .list([.number(inflation.r), .number(inflation.fromBlocks), .number(inflation.fromHours)])
        case "half_width":
            let width = Interval.halfWidth(
                n: input[0].int, hours: input[1].int, variance: input[2].number ?? .nan,
                inflation: input[3].number ?? .nan, alpha: input[4].number ?? .nan, mixture: input[5].number ?? .nan)
            return .optional(width.isFinite ? width : nil)
        case "interval":
            let interval = Interval(
                Vectors.given(input["state"]), alpha: input["alpha"].number ?? .nan,
                mixture: input["g"].number ?? .nan)
            return .object([
                "mean": .number(interval.mean),
                "half_width": .optional(interval.halfWidth.isFinite ? interval.halfWidth : nil),
                "R": .number(interval.inflation), "n_eff": .number(interval.effectiveCount),
            ])
        case "restarts": return restarts(input)
        case "with_floor": return floored(Vectors.state(input))
        case "hours_to_pass":
            let hours = Interval.hoursToPass(
                Vectors.given(input["state"]), alpha: input["alpha"].number ?? .nan,
                margin: input["margin"].number ?? .nan)
            return .optional(hours.map(Double.init))
        case "level_upper":
            let limit = LevelLimit(hourMeans: input.list.map(\.number), margin: Elementary.log(1.1))
            return .object(["upper": .optional(limit.upper), "hours": .number(Double(limit.hoursUntilBelow))])
        default: return nil
        }
    }

    private func guardAnswer(_ name: String, _ input: JSON) -> JSON? {
        switch name {
        case "hot_block":
            return .bool(Guards.isHot(fleet: input[0].number, hosts: input[1].list.map(\.number)))
        case "share_guard":
            var flags = Flags()
            for flag in input[0].list { flags.push(flag.truth) }
            return .bool(ShareGuard(window: input[1].int, share: input[2].number ?? .nan).fires(flags))
        case "guard_count":
            let blocks: [CountSum?] = zip(input[0].list, input[1].list).map { new, old in
                guard let new = new.number, let old = old.number else { return nil }
                return CountSum(old: old, new: new, excess: 0)
            }
            return .bool(Guards.countsFire(blocks))
        case "drift":
            let drift = Drift(segmentMeans: input[0].list.compactMap(\.number), margin: input[1].number ?? .nan)
            return .object(["drift": .bool(drift.isRising), "slope": .number(drift.slope), "t": .number(drift.t)])
        default: return nil
        }
    }

    private func comparisonAnswer(_ name: String, _ input: JSON) -> JSON? {
        switch name {
        case "t_quantile":
            return .number(
                Elementary.studentQuantile(input[0].number ?? .nan, degreesOfFreedom: input[1].number ?? .nan))
        case "did":
            let comparison = Comparison(
                new: input["new"].list.compactMap(\.number), old: input["old"].list.compactMap(\.number),
                placebo: input["placebo"].number ?? .nan, alpha: input["alpha"].number ?? .nan)
            return .object([
                "estimate": .number(comparison.estimate), "half_width": .number(comparison.halfWidth),
                "df": .number(comparison.degreesOfFreedom),
            ])
        default: return nil
        }
    }

    /// The fleet's stream itself, fed block by block, gives the states from each segment on.
    private func restarts(_ input: JSON) -> JSON {
        let blocks = input.list.map { (index: $0[0].int, value: $0[1].number ?? .nan) }
        guard let first = blocks.first?.index, let last = blocks.last?.index else { return .null }
        let values = Dictionary(uniqueKeysWithValues: blocks.map { ($0.index, $0.value) })
        var stream = FleetStream()
        for block in first...last {
            stream.add(block: block, value: values[block], isHot: false, counts: nil)
            if (block + 1) % BlockTime.blocksPerHour == 0 {
                stream.closeHour(BlockTime.hour(ofBlock: block), sustainedAbove: nil)
            }
        }
        if (last + 1) % BlockTime.blocksPerHour != 0 {
            stream.closeHour(BlockTime.hour(ofBlock: last), sustainedAbove: nil)
        }
        let levels = Levels(judgedMetrics: 4)
        let states = stream.suffixes.filter { $0.blocks.n > 0 }
        return .list(
            states.enumerated().map { position, state in
                let alpha = position == 0 ? levels.fleet : levels.restart
                let interval = Interval(state, alpha: alpha, mixture: Levels.failMixture)
                return .object([
                    "segment": .number(Double(first / BlockTime.blocksPerSegment + position)),
                    "n": .number(Double(state.blocks.n)), "mean": .number(state.blocks.mean),
                    "lower": .optional(interval.lower.isFinite ? interval.lower : nil),
                ])
            })
    }

    private func floored(_ state: StreamState) -> JSON {
        let floored = Interval.withFloor(state)
        let limit = Interval(floored, alpha: Levels.pass, mixture: Levels.passMixture)
        let plain = Interval(state, alpha: Levels.pass, mixture: Levels.passMixture)
        return .object([
            "b_m2": .number(floored.blocks.m2), "b_d": .number(floored.blocks.d), "h_m2": .number(floored.hours.m2),
            "h_d": .number(floored.hours.d), "R": .number(limit.inflation), "n_eff": .number(limit.effectiveCount),
            "upper": .optional(limit.upper.isFinite ? limit.upper : nil), "R_without": .number(plain.inflation),
            "upper_without": .optional(plain.upper.isFinite ? plain.upper : nil),
        ])
    }

    private func json(_ state: StreamState) -> JSON { .object(["b": json(state.blocks), "h": json(state.hours)]) }

    private func json(_ scale: Scale) -> JSON {
        .object([
            "n": .number(Double(scale.n)), "mean": .number(scale.mean), "m2": .number(scale.m2),
            "nd": .number(Double(scale.nd)), "d": .number(scale.d), "first": .number(scale.first),
            "last": .number(scale.last), "i0": .number(Double(scale.i0)), "i1": .number(Double(scale.i1)),
        ])
    }
}

/// States as the vectors describe them: by their blocks, or by their numbers.
enum Vectors {
    static func scale(_ input: JSON) -> Scale {
        var scale = Scale()
        for pair in input.list { scale.add(index: pair[0].int, pair[1].number ?? .nan) }
        return scale
    }

    static func state(_ input: JSON) -> StreamState {
        var state = StreamState()
        var hour: [(block: Int, x: Double)] = []
        for pair in input.list {
            let block = pair[0].int
            if let last = hour.last, BlockTime.hour(ofBlock: last.block) != BlockTime.hour(ofBlock: block) {
                state.addHour(BlockTime.hour(ofBlock: last.block), hour)
                hour = []
            }
            hour.append((block, pair[1].number ?? .nan))
        }
        if let last = hour.last { state.addHour(BlockTime.hour(ofBlock: last.block), hour) }
        return state
    }

    static func given(_ input: JSON) -> StreamState {
        var state = StreamState()
        state.blocks = given(scale: input["b"])
        state.hours = given(scale: input["h"])
        return state
    }

    private static func given(scale input: JSON) -> Scale {
        var scale = Scale()
        scale.n = input["n"].int
        guard scale.n > 0 else { return scale }
        scale.mean = input["mean"].number ?? .nan
        scale.m2 = input["m2"].number ?? .nan
        scale.nd = input["nd"].int
        scale.d = input["d"].number ?? .nan
        scale.first = input["first"].number ?? .nan
        scale.last = input["last"].number ?? .nan
        scale.i0 = input["i0"].int
        scale.i1 = input["i1"].int
        return scale
    }
}
