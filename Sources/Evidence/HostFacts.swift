import Judge

/// What the host as a whole did in a block: what servers without Redis are compared by. Sums over the block.
public struct LoadFact: Equatable, Sendable {
    /// Time that the differences cover.
    public var observedMicroseconds: UInt64 = 0
    /// CPU time that was neither idle nor waiting nor stolen; of all of it, see `MachineFact.totalMicroseconds`.
    public var busyMicroseconds = Measured<UInt64>.absent(.coverage)
    /// Memory in use (limit less available), summed over `memorySamples` samples.
    public var memoryBytesSum = Measured<UInt64>.absent(.coverage)
    public var memorySamples: UInt64 = 0
    /// Bytes in and out of all interfaces but loopback.
    public var netBytes = Measured<UInt64>.absent(.coverage)
    /// Time and number of I/O operations of all block devices.
    public var diskMicroseconds = Measured<UInt64>.absent(.coverage)
    public var diskOperations = Measured<UInt64>.absent(.coverage)

    public init() {}
}

public struct PackagesFact: Equatable, Sendable {
    /// Samples of the list of packages in this block; it is read every ten minutes.
    public var samples: UInt64 = 0
    public var cause: Absence?
    /// Watched packages, sorted.
    public var seen: [PackageFact] = []

    public init() {}
}

public struct PackageFact: Equatable, Sendable {
    public var name: String
    public var version: String
    public var architecture: String
    /// SHA-256 of the package's md5sums, hex; empty: it has none.
    public var digest: String
    /// Samples of the block that showed it.
    public var samples: UInt64

    public init(name: String, version: String, architecture: String, digest: String, samples: UInt64) {
        self.name = name
        self.version = version
        self.architecture = architecture
        self.digest = digest
        self.samples = samples
    }

    /// The same package in the same state, however often it was seen.
    public func isSame(as other: PackageFact) -> Bool {
        name == other.name && version == other.version && architecture == other.architecture && digest == other.digest
    }
}

public struct FilesFact: Equatable, Sendable {
    public var samples: UInt64 = 0
    /// Watched files in their last state, sorted by path.
    public var seen: [FileFact] = []

    public init() {}
}

public struct FileFact: Equatable, Sendable {
    public var path: String
    /// SHA-256 of the content, hex; empty where it could not be read.
    public var digest: String
    public var cause: Absence?
    /// Samples of the block that showed this content last, in a row.
    public var samples: UInt64

    public init(path: String, digest: String, cause: Absence?, samples: UInt64) {
        self.path = path
        self.digest = digest
        self.cause = cause
        self.samples = samples
    }
}

public struct LoginFact: Equatable, Sendable {
    public enum Kind: String, Sendable { case accepted, sessionStart, sessionEnd, elevation }

    public var kind: Kind
    /// The host's clock, corrected like the blocks' own times. Seconds since 1970.
    public var timeSeconds: UInt64
    /// Empty: the event named nobody.
    public var user: String
    /// Empty: at the machine itself.
    public var source: String
    public var method: String
    public var key: String
    public var session: String

    public init(
        kind: Kind, timeSeconds: UInt64, user: String, source: String = "", method: String = "", key: String = "",
        session: String = ""
    ) {
        self.kind = kind
        self.timeSeconds = timeSeconds
        self.user = user
        self.source = source
        self.method = method
        self.key = key
        self.session = session
    }
}
