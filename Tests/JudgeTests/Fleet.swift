// A made-up fleet for tests: equal copies with independent noise, and a hook to spoil them. The same seed gives the
// same blocks.
@testable import Judge

struct Fleet {
    var pairs: Int
    var hosts: Int
    var metrics: [Metric] = [.cpu, .err]
    var noise = 0.03
    private var generator: Seeded

    init(pairs: Int = 6, hosts: Int = 3, metrics: [Metric] = [.cpu, .err], seed: UInt64 = 1) {
        self.pairs = pairs
        self.hosts = hosts
        self.metrics = metrics
        generator = Seeded(seed)
    }

    static func name(_ pair: Int) -> String { "p\(pair / 10)\(pair % 10)" }

    private mutating func copy() -> CopyValues {
        var values = CopyValues(absent: .unsupported)
        values.ops = .value(100)
        for metric in metrics {
            switch metric.kind {
            case .ratio, .level: values[metric] = .value(400 * Elementary.exp(noise * generator.normal()))
            case .count: values[metric] = .value(0)
            }
        }
        return values
    }

    mutating func block(_ index: Int, _ spoil: (inout PairInput) -> Void = { _ in }) -> BlockInput {
        var inputs: [PairInput] = []
        for pair in 0..<pairs {
            var input = PairInput(
                name: Fleet.name(pair), host: "n\(pair % hosts + 1)", old: copy(), new: copy())
            spoil(&input)
            inputs.append(input)
        }
        return BlockInput(index: index, pairs: inputs)
    }
}

extension PairInput {
    /// The new copy is this many times worse.
    mutating func worsen(_ metric: Metric, by factor: Double) {
        if let value = new[metric].value { new[metric] = .value(value * factor) }
    }
}

extension JudgePolicy {
    /// The default policy with these metrics alone.
    static func only(_ metrics: Metric..., weight: Weight = .fail) -> JudgePolicy {
        var policy = JudgePolicy()
        policy.metrics = MetricPolicy.defaults.filter { metrics.contains($0.metric) }.map {
            var metric = $0
            metric.weight = weight
            return metric
        }
        return policy
    }
}

extension Judging {
    /// Runs so many hours from where it stands; `block` is 0 at the start of the roll-out.
    mutating func run(
        hours: Int, _ fleet: inout Fleet, basis: Verdict.Basis = .pairs,
        _ spoil: (_ block: Int, inout PairInput) -> Void = { _, _ in }
    ) throws -> [Verdict] {
        var verdicts: [Verdict] = []
        for _ in 0..<hours {
            repeat {
                let block = nextBlock - startBlock
                try add(fleet.block(nextBlock) { spoil(block, &$0) })
            } while nextBlock % BlockTime.blocksPerHour != 0
            verdicts.append(finishHour(basis: basis))
        }
        return verdicts
    }
}

extension Verdict {
    func check(_ id: String) -> Check? { checks.first { $0.id == id } }
    var missingIDs: [String] { missing.map(\.id) }
}
