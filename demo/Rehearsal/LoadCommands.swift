/// What the load sends: a fixed mix over a fixed set of keys, the same for every copy of an instance.
/// 45 % GET, 25 % SET of 100 bytes, 25 % HGET and HSET in halves, 5 % INCRBY.
struct LoadCommands {
    static let keys = 20_000
    private static let hashes = 5000
    private static let counters = 1000
    private static let strings = keys - hashes - counters
    private static let fields = 4
    private static let valueBytes = 100

    /// Ready-made commands, one after the other in `bytes`; command i ends at `ends[i]`.
    private(set) var bytes: [UInt8] = []
    private(set) var ends: [Int] = []

    /// A sequence of commands drawn by the seed.
    init(count: Int, seed: UInt64) {
        var random = SplitMix64(state: seed)
        bytes.reserveCapacity(count * 90)
        ends.reserveCapacity(count)
        for _ in 0..<count {
            bytes += RedisCommand.encode(Self.draw(&random))
            ends.append(bytes.count)
        }
    }

    private static func draw(_ random: inout SplitMix64) -> [String] {
        let key = Int(random.next() >> 33)
        switch random.next() % 200 {
        case 0..<90: return ["GET", "key:\(key % strings)"]
        case 90..<140: return ["SET", "key:\(key % strings)", value(&random)]
        case 140..<165: return ["HGET", "hash:\(key % hashes)", "field\(key % fields)"]
        case 165..<190:
            return ["HSET", "hash:\(key % hashes)", "field\(key % fields)", String(random.next() % 1_000_000)]
        default: return ["INCRBY", "counter:\(key % counters)", "3"]
        }
    }

    private static func value(_ random: inout SplitMix64) -> String {
        let word = String(random.next(), radix: 16) + "-"
        return String(String(repeating: word, count: valueBytes / word.utf8.count + 1).prefix(valueBytes))
    }

    /// Commands that create every key once.
    static func preload(seed: UInt64) -> (bytes: [UInt8], count: Int) {
        var random = SplitMix64(state: seed)
        var bytes: [UInt8] = []
        for key in 0..<strings { bytes += RedisCommand.encode(["SET", "key:\(key)", value(&random)]) }
        for key in 0..<hashes {
            var words = ["HSET", "hash:\(key)"]
            for field in 0..<fields { words += ["field\(field)", String(random.next() % 1_000_000)] }
            bytes += RedisCommand.encode(words)
        }
        for key in 0..<counters { bytes += RedisCommand.encode(["SET", "counter:\(key)", "0"]) }
        return (bytes, keys)
    }
}

/// Sebastiano Vigna's generator: the same sequence for the same seed everywhere.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
