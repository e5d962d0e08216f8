// Names to numbers: pairs and new hosts are known by index inside the Judge, and their order is what splits the
// permitted error. Must never depend on the order in which a block lists its pairs.

/// A listed pair in a block; `input` is its place in the block's list, nil where the block has none.
struct Row: Equatable, Sendable {
    let pair: Int
    let host: Int
    let input: Int?
}

struct Roster: Equatable, Sendable {
    private var pairIndex: [String: Int] = [:]
    private var hostIndex: [String: Int] = [:]
    /// In the order of first block, then of names.
    private(set) var pairs: [String] = []
    /// In the order of first block, then of their pairs.
    private(set) var hosts: [String] = []

    /// The rows of a block in the order of the pairs' names. A name that is listed twice is listed once, without
    /// values: neither line can be believed.
    mutating func rows(_ inputs: [PairInput]) -> [Row] {
        var rows: [Row] = []
        rows.reserveCapacity(inputs.count)
        for position in Roster.sorted(inputs) {
            let pair = intern(pair: inputs[position].name)
            if let last = rows.last, last.pair == pair {
                rows[rows.count - 1] = Row(pair: pair, host: last.host, input: nil)
                continue
            }
            rows.append(Row(pair: pair, host: intern(host: inputs[position].host), input: position))
        }
        return rows
    }

    /// By bytes, not by the standard library's Unicode order, which may change with its tables; then by host, so that
    /// even a doubled name has one order.
    private static func sorted(_ inputs: [PairInput]) -> [Int] {
        func precedes(_ a: PairInput, _ b: PairInput) -> Bool {
            if a.name == b.name { return a.host.utf8.lexicographicallyPrecedes(b.host.utf8) }
            return a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
        }
        let isSorted = inputs.indices.dropFirst().allSatisfy { !precedes(inputs[$0], inputs[$0 - 1]) }
        if isSorted { return Array(inputs.indices) }
        return inputs.indices.sorted { precedes(inputs[$0], inputs[$1]) }
    }

    private mutating func intern(pair name: String) -> Int {
        if let known = pairIndex[name] { return known }
        pairIndex[name] = pairs.count
        pairs.append(name)
        return pairs.count - 1
    }

    private mutating func intern(host name: String) -> Int {
        if let known = hostIndex[name] { return known }
        hostIndex[name] = hosts.count
        hosts.append(name)
        return hosts.count - 1
    }

    func index(ofHost name: String) -> Int? { hostIndex[name] }
    func index(ofPair name: String) -> Int? { pairIndex[name] }
}
