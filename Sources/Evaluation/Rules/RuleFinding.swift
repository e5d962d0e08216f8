import Judge

/// A rule's state on a host with the fact behind it; of several, the worst counts.
struct RuleFinding: Sendable, Equatable {
    var state: RuleInput.State
    var fact: String

    static let pass = RuleFinding(state: .pass, fact: "")

    init(state: RuleInput.State, fact: String) {
        self.state = state
        self.fact = fact
    }

    private var rank: Int {
        switch state {
        case .withdrawn: 0
        case .pass: 1
        case .attention: 2
        case .unknown: 3
        case .fail: 4
        }
    }

    /// The worse one; the earlier of two that are equally bad.
    func worse(_ other: RuleFinding) -> RuleFinding { other.rank > rank ? other : self }
}

/// Consecutive samples in which named conditions held, across the blocks of one host.
struct RunBook<Key: Hashable & Sendable>: Sendable {
    private var open: [Key: UInt64] = [:]

    /// Longest run that this block completes or continues.
    mutating func add<Fact>(_ key: Key, _ fact: Fact, _ continued: (Fact, UInt64) -> (longest: UInt64, open: UInt64))
        -> UInt64
    {
        let result = continued(fact, open[key] ?? 0)
        open[key] = result.open == 0 ? nil : result.open
        return result.longest
    }

    /// Ends the runs of conditions that this block did not mention.
    mutating func keepOnly(_ keys: Set<Key>) { open = open.filter { keys.contains($0.key) } }
}
