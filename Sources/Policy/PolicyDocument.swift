import Judge
import Shared

/// A policy as it is used: every default filled in, every value possible.
public struct PolicyDocument: Sendable, Equatable {
    public var name: String
    public var description: String
    public var judge: JudgePolicy
    public var rules: RulePolicy
    public var gates: GatePolicy
    public var silence: SilencePolicy

    public init(name: String) {
        self.name = name
        description = ""
        judge = JudgePolicy.default
        judge.ruleWeights = Dictionary(uniqueKeysWithValues: Rule.allCases.map { ($0.rawValue, $0.defaultWeight) })
        rules = RulePolicy()
        gates = GatePolicy()
        silence = SilencePolicy()
    }
}

/// The invariants that a policy can weigh.
public enum Rule: String, Sendable, CaseIterable {
    case portAllowlist = "port_allowlist"
    case portExpected = "port_expected"
    case rdbFreshness = "rdb_freshness"
    case aofFreshness = "aof_freshness"
    case processRestarts = "process_restarts"
    case packageVersion = "package_version"
    case packageOrigin = "package_origin"
    case configDigest = "config_digest"
    case sidesEqual = "sides_equal"
    case unapprovedLogin = "unapproved_login"
    case journalNew = "journal_new"
    case agentHealth = "agent_health"

    /// `agent_health` shows what the agents say of themselves and never fails; `package_origin` needs approved
    /// manifests, without which it would withhold every PASS.
    public var defaultWeight: Weight {
        switch self {
        case .agentHealth: .warn
        case .packageOrigin: .observe
        default: .fail
        }
    }
}

/// What the rules compare with.
public struct RulePolicy: Sendable, Equatable {
    /// `nil`: what the old hosts listen on, and Redis ports of Redis users, are allowed.
    public var allowedPorts: [AllowedPort]?
    /// UDP ports of this range are clients' and ignored unless listed.
    public var ephemeralPorts: ClosedRange<UInt16> = 32768...60999
    /// A save older than twice this, with changes waiting, fails.
    public var rdbInterval = Span(seconds: 3600)
    public var isRDBExpected = true
    public var aof = AOFExpectation.any
    /// Files that must be the same on all new hosts, and as the roll-out says where it says so.
    public var configFiles: [String] = []
    /// Stolen CPU time beyond which a comparison says little, in per mille of all CPU time.
    public var stealLimitPermille = 50
    /// Accounts of the deployment tool that may log in without a request.
    public var automation: [Automation] = []

    public enum AOFExpectation: String, Sendable, CaseIterable {
        /// Where it is on, it must work.
        case any
        case required
        /// Not looked at.
        case off
    }

    public init() {}
}

/// An account that logs in on its own business: only with one of its keys, from one of its addresses.
public struct Automation: Sendable, Equatable {
    public var user: String
    /// SHA256 fingerprints as sshd logs them.
    public var keys: [String]
    /// Addresses as sshd logs them.
    public var sources: [String]

    public static let most = 5

    public init(user: String, keys: [String], sources: [String]) {
        self.user = user
        self.keys = keys
        self.sources = sources
    }
}

/// `tcp/22`, `tcp/16379-16400`, `udp/123`; with `required: true` it must listen, with `user` it must be theirs.
public struct AllowedPort: Sendable, Equatable {
    public enum Transport: String, Sendable { case tcp, udp }
    public var transport: Transport
    public var ports: ClosedRange<UInt16>
    public var isRequired: Bool
    /// Numeric owner; `nil`: anybody.
    public var uid: UInt32?

    public init(transport: Transport, ports: ClosedRange<UInt16>, isRequired: Bool = false, uid: UInt32? = nil) {
        self.transport = transport
        self.ports = ports
        self.isRequired = isRequired
        self.uid = uid
    }

    /// - Returns: `nil` unless it is `tcp/PORT`, `tcp/LOW-HIGH` or the same with `udp`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let transport = Transport(rawValue: String(parts[0])) else { return nil }
        let bounds = parts[1].split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard (1...2).contains(bounds.count), let low = bounds[0], let high = bounds[bounds.count - 1], low > 0,
            low <= high
        else { return nil }
        self.init(transport: transport, ports: low...high)
    }
}

/// What each gate asks beside the verdict.
public struct GatePolicy: Sendable, Equatable {
    /// Age of the roll-out at which the gate may open, by the stage that it leads to.
    public var ages: [Stage: Span] = [
        .open: Span(seconds: 2 * 86_400), .migrating: Span(seconds: 3 * 86_400), .switched: Span(seconds: 7 * 86_400),
        .retired: Span(seconds: 10 * 86_400),
    ]
    public var minPairs = 5
    public var minHosts = 2
    /// How long the old servers must have been idle in their own reports before they may be shut down.
    public var idle = Span(seconds: 86_400)

    public init() {}
}

/// How long a silent host is waited for before its block is frozen without it.
public struct SilencePolicy: Sendable, Equatable {
    /// Blocks after the block's end, the host's last report or the collector's start, whichever is latest.
    public var waitBlocks = 3
    /// Blocks in all.
    public var longestWaitBlocks = 24

    public init() {}
}
