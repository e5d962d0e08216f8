// Measures the Judge: one block of 1,000 pairs, and ten days of 200 pairs replayed. Prints a table for people and one
// JSON object a line for the record. Must never judge by other code than the collector does.
//
// Glibc is imported for its linker flag alone: rounding and square roots are calls into libm in an optimised build, and
// the Judge imports nothing that would bring it.
import Glibc
import Judge

struct Result {
    let name: String
    let value: Double
    let unit: String
    /// The largest value that is good enough.
    let aim: Double

    var json: String { "{\"name\":\"\(name)\",\"value\":\(value),\"unit\":\"\(unit)\",\"aim\":\(aim)}" }
}

/// A fleet with made-up values: noise of a fixed seed, no regression.
struct Fleet {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    let names: [String]
    let hosts: [String]

    init(pairs: Int, hosts: Int) {
        names = (0..<pairs).map { String("redis-00000".dropLast("\($0)".count)) + "\($0)" }
        self.hosts = (0..<hosts).map { "new-\($0)" }
    }

    /// 0 ..< 1 (SplitMix64).
    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53
    }

    private mutating func values() -> CopyValues {
        var values = CopyValues(absent: .unsupported)
        values.ops = .value(100 + uniform())
        for metric in Metric.allCases {
            switch metric.kind {
            case .ratio, .level: values[metric] = .value(400 * (0.9 + 0.2 * uniform()))
            case .count: values[metric] = .value((3 * uniform()).rounded(.down))
            }
        }
        return values
    }

    mutating func block(_ index: Int) -> BlockInput {
        var pairs: [PairInput] = []
        pairs.reserveCapacity(names.count)
        for (number, name) in names.enumerated() {
            pairs.append(
                PairInput(name: name, host: hosts[number % hosts.count], old: values(), new: values()))
        }
        return BlockInput(index: index, pairs: pairs)
    }
}

func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// Median block and median evaluation of an hour, after the warm-up: the slowest one shows the neighbours.
func blockOfThousandPairs() throws -> (block: Double, hour: Double) {
    var fleet = Fleet(pairs: 1000, hosts: 20)
    var judging = MirroredJudging(policy: .default, startBlock: 0)
    let clock = ContinuousClock()
    var blocks: [Double] = []
    var hours: [Double] = []
    for index in 0..<120 {
        let block = fleet.block(index)
        let took = try clock.measure { try judging.add(block) }
        if index >= 24 { blocks.append(seconds(took)) }
        if index % 12 == 11 {
            let hour = clock.measure { _ = judging.finishHour() }
            if index >= 24 { hours.append(seconds(hour)) }
        }
    }
    return (median(blocks) * 1000, median(hours) * 1000)
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// Ten days; making the values is not counted.
func tenDays() throws -> Double {
    var fleet = Fleet(pairs: 200, hosts: 8)
    let blocks = (0..<60).map { fleet.block($0) }
    var judging = MirroredJudging(policy: .default, startBlock: 0)
    let clock = ContinuousClock()
    var last: Verdict?
    let took = try clock.measure {
        for index in 0..<2880 {
            var block = blocks[index % blocks.count]
            block.index = index
            try judging.add(block)
            if index % 12 == 11 { last = judging.finishHour() }
        }
    }
    guard last?.hour == 240 else { throw JudgingError.blockOutOfOrder(index: 0, expected: 0) }
    return seconds(took)
}

func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

let one = try blockOfThousandPairs()
let results = [
    Result(name: "judge.block_ms.1000", value: rounded(one.block), unit: "ms", aim: 20),
    Result(name: "judge.hour_ms.1000", value: rounded(one.hour), unit: "ms", aim: 100),
    Result(name: "judge.replay_s.200", value: rounded(try tenDays()), unit: "s", aim: 10),
    Result(
        name: "judge.stream_bytes", value: Double(MemoryLayout<StreamState>.stride), unit: "bytes", aim: 200),
]
for result in results {
    let name = result.name + String(repeating: " ", count: max(1, 22 - result.name.count))
    let value = "\(result.value) \(result.unit)"
    let padding = String(repeating: " ", count: max(1, 16 - value.count))
    print("\(name)\(value)\(padding)aim \(result.aim) or less, ratio \(rounded(result.value / result.aim))")
}
for result in results { print(result.json) }
