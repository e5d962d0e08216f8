// What must hold for any data: order, units, grouping and removal. Every test prints its seed when it fails.
import Testing

@testable import Judge

struct PropertyTests {
    private func series(_ seed: UInt64, hours: Int) -> [(hour: Int, values: [(block: Int, x: Double)])] {
        var generator = Seeded(seed)
        var level = 0.0
        return (0..<hours).map { hour in
            var values: [(block: Int, x: Double)] = []
            for block in (hour * 12)..<(hour * 12 + 12) {
                level = 0.8 * level + 0.05 * generator.normal()
                if Double.random(in: 0..<1, using: &generator) > 0.2 { values.append((block, level)) }
            }
            return (hour, values)
        }
    }

    private func state(_ hours: some Sequence<(hour: Int, values: [(block: Int, x: Double)])>) -> StreamState {
        var state = StreamState()
        for hour in hours { state.addHour(hour.hour, hour.values) }
        return state
    }

    private func isClose(_ a: Scale, _ b: Scale) -> Bool {
        func near(_ x: Double, _ y: Double) -> Bool { (x - y).magnitude <= 1e-12 + 1e-9 * y.magnitude }
        return a.n == b.n && a.nd == b.nd && a.i0 == b.i0 && a.i1 == b.i1 && a.first == b.first && a.last == b.last
            && near(a.mean, b.mean) && near(a.m2, b.m2) && near(a.d, b.d)
    }

    @Test(arguments: 1...20)
    func mergingInAnyGroupingGivesTheSameState(_ seed: Int) {
        var generator = Seeded(UInt64(seed))
        let hours = series(UInt64(seed), hours: 40)
        let whole = state(hours)
        var parts: [StreamState] = []
        var start = 0
        while start < hours.count {
            let end = min(hours.count, start + Int.random(in: 1...9, using: &generator))
            parts.append(state(hours[start..<end]))
            start = end
        }
        // Neighbours merge in a random order until one is left.
        while parts.count > 1 {
            let left = Int.random(in: 0..<(parts.count - 1), using: &generator)
            parts[left] = StreamState.merge(parts[left], parts.remove(at: left + 1))
        }
        #expect(isClose(parts[0].blocks, whole.blocks), "seed \(seed)")
        #expect(isClose(parts[0].hours, whole.hours), "seed \(seed)")
    }

    private func run(
        _ seed: UInt64, hours: Int, _ change: (inout BlockInput, inout Seeded) -> Void
    ) throws -> [Verdict] {
        var fleet = Fleet(pairs: 7, hosts: 3, metrics: [.cpu, .p99, .mem, .err], seed: seed)
        var generator = Seeded(seed + 1000)
        var judging = Judging(policy: .only(.cpu, .p99, .mem, .err), startBlock: 72 * 100)
        var verdicts: [Verdict] = []
        for block in 0..<(hours * 12) {
            var input = fleet.block(judging.startBlock + block) {
                if block > 150, seed % 3 == 0 { $0.worsen(.cpu, by: 1.3) }
                if seed % 4 == 1 { $0.new[.err] = .value(block % 5 == 0 ? 1 : 0) }
            }
            change(&input, &generator)
            try judging.add(input)
            if block % 12 == 11 { verdicts.append(judging.finishHour()) }
        }
        return verdicts
    }

    @Test(arguments: 1...3)
    func theOrderOfPairsInTheInputChangesNotOneBit(_ seed: Int) throws {
        let plain = try run(UInt64(seed), hours: 26) { _, _ in }
        let shuffled = try run(UInt64(seed), hours: 26) { $0.pairs.shuffle(using: &$1) }
        #expect(plain == shuffled, "seed \(seed)")
    }

    @Test func doubledNamesHaveOneOrderToo() throws {
        func judged(_ isReversed: Bool) throws -> [Verdict] {
            try run(2, hours: 3) { input, _ in
                var other = input.pairs[2]
                other.host = "n1"
                input.pairs.append(other)
                if isReversed { input.pairs.reverse() }
            }
        }
        #expect(try judged(false) == judged(true))
    }

    @Test(arguments: [5, 6])
    func theUnitOfAMetricChangesNoVerdict(_ seed: Int) throws {
        func scaled(_ factor: Double) throws -> [Verdict] {
            try run(UInt64(seed), hours: 26) { input, _ in
                for index in input.pairs.indices {
                    for metric in [Metric.cpu, .p99, .mem] {
                        if let old = input.pairs[index].old[metric].value {
                            input.pairs[index].old[metric] = .value(old * factor)
                        }
                        if let new = input.pairs[index].new[metric].value {
                            input.pairs[index].new[metric] = .value(new * factor)
                        }
                    }
                }
            }
        }
        let plain = try scaled(1)
        // A power of two leaves every ratio as it was, to the bit; other units may move the last one.
        #expect(try scaled(1024) == plain, "seed \(seed)")
        for factor in [1e-6, 3.7] {
            let other = try scaled(factor)
            #expect(other.map(\.state) == plain.map(\.state), "seed \(seed), factor \(factor)")
            #expect(other.map(\.missingIDs) == plain.map(\.missingIDs), "seed \(seed), factor \(factor)")
        }
    }

    @Test(arguments: 1...3)
    func removingDataOfARegressedFleetNeverYieldsPass(_ seed: Int) throws {
        for share in [0.1, 0.6] {
            let verdicts = try run(UInt64(3 * seed), hours: 30) { input, generator in
                for index in input.pairs.indices {
                    let chance = Double.random(in: 0..<1, using: &generator)
                    if chance < share / 2 { input.pairs[index].new = CopyValues(absent: .silent) }
                    if chance > 1 - share / 2 { input.pairs[index].old = CopyValues(absent: .silent) }
                }
            }
            #expect(verdicts.suffix(9).allSatisfy { $0.state != .pass }, "seed \(3 * seed), share \(share)")
        }
    }

    @Test func theSameInputGivesTheSameBits() throws {
        #expect(try run(9, hours: 26) { _, _ in } == run(9, hours: 26) { _, _ in })
    }

    @Test func randomBlocksNeverTakeBackAFailNorPassWithSomethingMissing() throws {
        for seed in 1...12 as ClosedRange<UInt64> {
            var generator = Seeded(seed)
            var judging = Judging(policy: .only(.cpu, .disk, .log, .mem), startBlock: Int(seed) * 5)
            var hasFailed = false
            for _ in 0..<20 {
                try addRandomBlocks(&judging, &generator)
                let verdict = judging.finishHour(basis: Bool.random(using: &generator) ? .pairs : .moved)
                if hasFailed { #expect(verdict.state == .fail, "seed \(seed)") }
                hasFailed = hasFailed || verdict.state == .fail
                if verdict.state == .pass { #expect(verdict.missing.isEmpty, "seed \(seed)") }
                #expect(Set(verdict.checks.map(\.id)).count == verdict.checks.count, "seed \(seed): an id twice")
                #expect(verdict.checks.allSatisfy { !$0.sentence.isEmpty }, "seed \(seed)")
            }
        }
    }

    /// Some blocks of the running hour, with anything in them.
    private func addRandomBlocks(_ judging: inout Judging, _ generator: inout Seeded) throws {
        let end = (judging.nextBlock / 12 + 1) * 12
        for index in judging.nextBlock..<end where Double.random(in: 0..<1, using: &generator) > 0.1 {
            var pairs: [PairInput] = []
            for pair in 0..<Int.random(in: 0...6, using: &generator) {
                pairs.append(
                    PairInput(
                        name: "p\(Int.random(in: 0...7, using: &generator))", host: "n\(pair % 3)",
                        old: randomCopy(&generator), new: randomCopy(&generator)))
            }
            let rule = RuleInput(
                host: "n0", rule: "r", state: Double.random(in: 0..<1, using: &generator) < 0.01 ? .fail : .pass,
                fact: "")
            try judging.add(
                BlockInput(
                    index: index, pairs: pairs, rules: [rule], hosts: [HostInput(host: "n0", isReported: true)]))
        }
    }

    private func randomCopy(_ generator: inout Seeded) -> CopyValues {
        let extremes = [0, -1, 1e-300, 1e300, .infinity, .nan, .leastNonzeroMagnitude, 1, 100, 101, 99]
        func reading() -> Measured<Double> {
            if Double.random(in: 0..<1, using: &generator) < 0.2 {
                return .absent(Absence.allCases.randomElement(using: &generator) ?? .silent)
            }
            return .value(extremes.randomElement(using: &generator) ?? 1)
        }
        var values = CopyValues(absent: .silent)
        values.ops = .value(100)
        if Double.random(in: 0..<1, using: &generator) < 0.2 { values.ops = reading() }
        for metric in Metric.allCases { values[metric] = reading() }
        return values
    }
}
