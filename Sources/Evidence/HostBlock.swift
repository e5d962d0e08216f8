import Judge

/// Everything that is kept of one host in one block: integers and facts, no policy. What is signed as evidence, and
/// the only thing that a verdict is computed from. Immutable once frozen.
public struct HostBlock: Equatable, Sendable {
    public var host: String
    /// floor(unix seconds / blockSeconds).
    public var index: Int
    public var blockSeconds: Int
    /// Reports of the host in this block, of how many.
    public var samplesSeen: UInt64
    public var samplesExpected: UInt64
    /// Set: nothing is known of the host in this block.
    public var absence: Absence?
    /// Largest distance of the host's clock from the collector's.
    public var skewMilliseconds: UInt64 = 0
    public var machine = MachineFact()
    public var agent = AgentFact()
    public var ports = PortsFact()
    public var journal = JournalFact()
    public var load = LoadFact()
    public var packages = PackagesFact()
    public var files = FilesFact()
    /// By name.
    public var instances: [InstanceBlock] = []

    public init(host: String, index: Int, blockSeconds: Int, samplesSeen: UInt64, samplesExpected: UInt64) {
        self.host = host
        self.index = index
        self.blockSeconds = blockSeconds
        self.samplesSeen = samplesSeen
        self.samplesExpected = samplesExpected
    }

    /// A host of which no report came in time.
    public init(silent host: String, index: Int, blockSeconds: Int) {
        self.init(host: host, index: index, blockSeconds: blockSeconds, samplesSeen: 0, samplesExpected: 0)
        absence = .silent
    }

    public func instance(_ name: String) -> InstanceBlock? { instances.first { $0.name == name } }
}

/// One Redis instance in one block.
public struct InstanceBlock: Equatable, Sendable {
    public var name: String
    public var copy: CopyBlock
    /// 0: reached by a unix socket only.
    public var port: UInt16 = 0
    public var uid: UInt32 = 0
    /// New run ids, or a fall of the uptime.
    public var starts: UInt64 = 0
    public var oomKills: UInt64 = 0
    /// Most clients connected at a sample, the agent's own connection included.
    public var mostClients: UInt64 = 0
    public var rdb = RDBFact()
    public var aof = AOFFact()

    public init(name: String, copy: CopyBlock) {
        self.name = name
        self.copy = copy
    }
}

/// How a yes-or-no condition stood over the samples of a block, so that runs can be followed across blocks.
public struct RunFact: Equatable, Sendable {
    /// Samples that could tell.
    public var samples: UInt64 = 0
    /// Consecutive samples at the start, at the end, and at most, in which the condition held.
    public var first: UInt64 = 0
    public var last: UInt64 = 0
    public var longest: UInt64 = 0

    public init() {}

    public mutating func add(_ holds: Bool) {
        if holds {
            if first == samples { first += 1 }
            last += 1
            longest = max(longest, last)
        } else {
            last = 0
        }
        samples += 1
    }

    /// The longest run when `before` samples held just before this block, and the run that goes on after it.
    public func continued(from before: UInt64) -> (longest: UInt64, open: UInt64) {
        let throughout = samples > 0 && first == samples
        let joined = samples == 0 ? before : before + first
        return (max(longest, joined), throughout ? joined : samples == 0 ? before : last)
    }
}

public struct RDBFact: Equatable, Sendable {
    /// The last background save failed.
    public var failed = RunFact()
    /// Fewest changes waiting for a save at any sample; absent when no sample said.
    public var fewestChanges: UInt64?
    /// Newest save that is known: Redis' own word if it is a true save, else the file's time. Seconds since 1970.
    public var savedSeconds: UInt64?
    /// Time of the last sample that said so.
    public var sampledSeconds: UInt64?

    public init() {}
}

public struct AOFFact: Equatable, Sendable {
    public var off = RunFact()
    /// On, and the last write or rewrite failed.
    public var failed = RunFact()

    public init() {}
}

/// What differs between machines and confounds a comparison.
public struct MachineFact: Equatable, Sendable {
    public var cpuCount: UInt64?
    public var memoryBytes: UInt64?
    /// As the kernel names them; absent in blocks in which the agent did not look.
    public var cpuModel: String?
    public var kernel: String?
    /// CPU time stolen by the hypervisor, of all CPU time in the block.
    public var stolenMicroseconds: UInt64?
    public var totalMicroseconds: UInt64?

    public init() {}
}

/// What the agent says of itself.
public struct AgentFact: Equatable, Sendable {
    /// Reports that never came, since the previous block.
    public var dropped: UInt64 = 0
    public var setAside: UInt64 = 0
    public var torn: UInt64 = 0

    public init() {}
}

public struct PortsFact: Equatable, Sendable {
    /// Samples of the port list in this block.
    public var samples: UInt64 = 0
    public var cause: Absence?
    /// Sorted by text.
    public var seen: [PortFact] = []

    public init() {}
}

public struct PortFact: Equatable, Sendable {
    /// `tcp` or `udp`.
    public var transport: String
    /// Printed address, such as `0.0.0.0` or `::`.
    public var address: String
    public var port: UInt16
    public var uid: UInt32
    public var listening: RunFact

    public init(transport: String, address: String, port: UInt16, uid: UInt32, listening: RunFact = RunFact()) {
        self.transport = transport
        self.address = address
        self.port = port
        self.uid = uid
        self.listening = listening
    }

    public var isLoopback: Bool { address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.") }
    /// Transport, port and whether it is for everybody: what two hosts can be compared by.
    public var service: String { "\(transport)/\(port)" }
}

public struct JournalFact: Equatable, Sendable {
    /// Samples in which the journal could be read.
    public var samples: UInt64 = 0
    /// Why it could not, if it never could.
    public var cause: Absence?
    public var gaps: UInt64 = 0
    public var suppressed: UInt64 = 0
    public var skipped: UInt64 = 0
    /// In the order of their arrival.
    public var logins: [LoginFact] = []
    /// Logins beyond what a block holds: never in silence.
    public var loginsLeftOut: UInt64 = 0
    public var oomKills: UInt64 = 0
    /// Error lines by fingerprint, rising.
    public var fingerprints: [FingerprintFact] = []

    public init() {}
}

public struct FingerprintFact: Equatable, Sendable {
    public var id: UInt64
    public var unit: String
    public var count: UInt64
    /// Redacted by the agent.
    public var sample: String
    /// Read back from before the agent's first start: known, not new.
    public var isHistory: Bool

    public init(id: UInt64, unit: String, count: UInt64, sample: String, isHistory: Bool) {
        self.id = id
        self.unit = unit
        self.count = count
        self.sample = sample
        self.isHistory = isHistory
    }
}
