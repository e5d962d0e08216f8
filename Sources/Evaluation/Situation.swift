import Shared

/// What is known of a roll-out at the moment of the question, beside its verdict.
package struct Situation: Sendable, Equatable {
    /// Pairs that are owed, in the order of their names.
    package var pairs: [RolloutSpec.Pair] = []
    /// Of these, names that were never seen on one of the sides, the listed ones for instance.
    package var unseen: [String] = []
    /// New hosts that hold a pair.
    package var newHosts: Set<String> = []
    /// Instances that are reported from an old host and from no new one.
    package var unmoved: [String] = []
    /// For how long every old host has been idle: no client but the agent, no login.
    package var oldIdleSeconds = 0
    /// What the newest reports of the old hosts show that is not idle.
    package var oldActivity: [String] = []

    /// Logins that nobody approved, for alerts: the newest of them, oldest first.
    package var unapprovedLogins: [UnapprovedLogin] = []

    package init() {}
}

/// A finding of the rule `unapproved_login`, in the block in which it begins.
package struct UnapprovedLogin: Codable, Sendable, Hashable {
    /// So many are kept.
    package static let most = 100

    package var host: String
    package var block: Int
    package var fact: String

    package init(host: String, block: Int, fact: String) {
        self.host = host
        self.block = block
        self.fact = fact
    }
}
