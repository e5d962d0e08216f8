import Evidence
import Judge
import Ledger
import Shared

/// Ports, journal, packages and watched files of one host over one block.
struct HostFactsAccumulator {
    private(set) var ports = PortsFact()
    private(set) var journal = JournalFact()
    private(set) var packages = PackagesFact()
    private(set) var files = FilesFact()

    mutating func add(_ delta: ReportDelta) {
        if let sample = delta.ports { addPorts(sample, names: delta.names) }
        if let sample = delta.journal { addJournal(sample, names: delta.names) }
        if let sample = delta.packages { addPackages(sample) }
        if !delta.digests.isEmpty { addFiles(delta.digests) }
        let room = max(0, Limits.logins - journal.logins.count)
        journal.logins += delta.logins.prefix(room)
        journal.loginsLeftOut += UInt64(max(0, delta.logins.count - room))
    }

    /// Empty for whatever is no SHA-256.
    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        Digest(bytes: Array(bytes))?.description ?? ""
    }

    private mutating func addPackages(_ sample: Perch_V1_Packages) {
        guard sample.cause == .unspecified else {
            if packages.samples == 0 { packages.cause = Absence(sample.cause) }
            return
        }
        packages.cause = nil
        packages.samples += 1
        for package in sample.installed {
            let fact = PackageFact(
                name: package.name, version: package.version, architecture: package.architecture,
                digest: Self.hex(package.md5SumsDigest), samples: 1)
            if let index = packages.seen.firstIndex(where: { $0.isSame(as: fact) }) {
                packages.seen[index].samples += 1
            } else {
                packages.seen.append(fact)
            }
        }
        packages.seen.sort {
            ($0.name, $0.version, $0.architecture, $0.digest) < ($1.name, $1.version, $1.architecture, $1.digest)
        }
    }

    private mutating func addFiles(_ digests: [Perch_V1_Digest]) {
        files.samples += 1
        for digest in digests {
            let fact = FileFact(
                path: digest.path, digest: Self.hex(digest.sha256),
                cause: digest.cause == .unspecified ? nil : Absence(digest.cause), samples: 1)
            guard let index = files.seen.firstIndex(where: { $0.path == fact.path }) else {
                files.seen.append(fact)
                continue
            }
            let known = files.seen[index]
            let isSame = known.digest == fact.digest && known.cause == fact.cause
            files.seen[index] = fact
            if isSame { files.seen[index].samples = known.samples + 1 }
        }
        files.seen.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private mutating func addPorts(_ sample: Perch_V1_Ports, names: [String]) {
        guard sample.cause == .unspecified else {
            if ports.samples == 0 { ports.cause = Absence(sample.cause) }
            return
        }
        ports.cause = nil
        var listening: Set<PortKey> = Set(sample.listening.map(PortKey.init))
        for index in ports.seen.indices {
            let holds = listening.remove(PortKey(ports.seen[index])) != nil
            ports.seen[index].listening.add(holds)
        }
        for key in listening {
            var fact = key.fact
            for _ in 0..<ports.samples { fact.listening.add(false) }
            fact.listening.add(true)
            ports.seen.append(fact)
        }
        ports.samples += 1
        ports.seen.sort { PortKey($0) < PortKey($1) }
    }

    private mutating func addJournal(_ sample: Perch_V1_Journal, names: [String]) {
        guard sample.cause == .unspecified else {
            if journal.samples == 0 { journal.cause = Absence(sample.cause) }
            return
        }
        journal.cause = nil
        journal.samples += 1
        journal.gaps += sample.gaps
        journal.suppressed += sample.suppressed
        journal.skipped += sample.skipped
        journal.oomKills += UInt64(sample.oomKills.count)
        for fingerprint in sample.fingerprints { addFingerprint(fingerprint, names: names) }
    }

    /// At most so many a block; the rest shows as `skipped`.
    private mutating func addFingerprint(_ fingerprint: Perch_V1_Fingerprint, names: [String]) {
        if let index = journal.fingerprints.firstIndex(where: {
            $0.id == fingerprint.id && $0.isHistory == fingerprint.history
        }) {
            journal.fingerprints[index].count += fingerprint.count
            if journal.fingerprints[index].sample.isEmpty { journal.fingerprints[index].sample = fingerprint.sample }
            return
        }
        guard journal.fingerprints.count < Limits.fingerprints else {
            journal.skipped += fingerprint.count
            return
        }
        let unit = fingerprint.unit > 0 && Int(fingerprint.unit) <= names.count ? names[Int(fingerprint.unit) - 1] : ""
        journal.fingerprints.append(
            FingerprintFact(
                id: fingerprint.id, unit: unit, count: fingerprint.count, sample: fingerprint.sample,
                isHistory: fingerprint.history))
        journal.fingerprints.sort { ($0.id, $0.isHistory ? 0 : 1) < ($1.id, $1.isHistory ? 0 : 1) }
    }
}

/// A listening socket as it is compared from sample to sample.
private struct PortKey: Hashable, Comparable {
    let transport: String
    let address: String
    let port: UInt16
    let uid: UInt32

    init(_ port: Perch_V1_Port) {
        transport = port.protocol == .udp ? "udp" : "tcp"
        address = AddressText.print(Array(port.address))
        self.port = UInt16(truncatingIfNeeded: port.port)
        uid = port.uid
    }

    init(_ fact: PortFact) {
        transport = fact.transport
        address = fact.address
        port = fact.port
        uid = fact.uid
    }

    var fact: PortFact { PortFact(transport: transport, address: address, port: port, uid: uid) }

    static func < (left: PortKey, right: PortKey) -> Bool {
        (left.transport, left.port, left.address, left.uid) < (right.transport, right.port, right.address, right.uid)
    }
}
