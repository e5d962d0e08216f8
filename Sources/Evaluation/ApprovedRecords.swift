/// What people approved that rules compare with. Each record counts from its own time on, so that judging the same
/// blocks again meets the same records.
package struct ApprovedRecords: Codable, Sendable, Equatable {
    package var accesses: [ApprovedAccess] = []
    package var manifests: [ApprovedManifest] = []

    package init(accesses: [ApprovedAccess] = [], manifests: [ApprovedManifest] = []) {
        self.accesses = accesses
        self.manifests = manifests
    }

    /// Those that were there at a time.
    func known(atSeconds time: UInt64) -> ApprovedRecords {
        ApprovedRecords(
            accesses: accesses.filter { $0.approvedSeconds <= time },
            manifests: manifests.filter { $0.approvedSeconds <= time })
    }

    /// Without packages that no host was seen to have: no rule asks for them.
    func concerning(packages names: Set<String>) -> ApprovedRecords {
        var records = self
        for index in records.manifests.indices {
            records.manifests[index].packages.removeAll { !names.contains($0.name) }
        }
        return records
    }
}

/// An approved request of one person for access to named hosts.
package struct ApprovedAccess: Codable, Sendable, Equatable {
    package var id: String
    package var user: String
    package var hosts: [String]
    /// Seconds since 1970.
    package var fromSeconds: UInt64
    /// Its end, or when it was ended before.
    package var toSeconds: UInt64
    package var approvedSeconds: UInt64
    /// Empty: any.
    package var sources: [String]
    package var keys: [String]

    package init(
        id: String, user: String, hosts: [String], fromSeconds: UInt64, toSeconds: UInt64, approvedSeconds: UInt64,
        sources: [String] = [], keys: [String] = []
    ) {
        self.id = id
        self.user = user
        self.hosts = hosts
        self.fromSeconds = fromSeconds
        self.toSeconds = toSeconds
        self.approvedSeconds = approvedSeconds
        self.sources = sources
        self.keys = keys
    }
}

/// The packages of an approved repository, as verified when it was imported.
package struct ApprovedManifest: Codable, Sendable, Equatable {
    package struct Package: Codable, Sendable, Equatable {
        package var name: String
        package var version: String
        package var architecture: String
        /// SHA-256 of the .deb, and of its md5sums; hex.
        package var sha256: String
        package var md5sums: String

        package init(name: String, version: String, architecture: String, sha256: String, md5sums: String) {
            self.name = name
            self.version = version
            self.architecture = architecture
            self.sha256 = sha256
            self.md5sums = md5sums
        }
    }

    package var origin: String
    package var suite: String
    /// Seconds since 1970; `nil`: the repository names none.
    package var validUntilSeconds: UInt64?
    package var approvedSeconds: UInt64
    package var packages: [Package]

    package init(
        origin: String, suite: String, validUntilSeconds: UInt64?, approvedSeconds: UInt64, packages: [Package]
    ) {
        self.origin = origin
        self.suite = suite
        self.validUntilSeconds = validUntilSeconds
        self.approvedSeconds = approvedSeconds
        self.packages = packages
    }
}
