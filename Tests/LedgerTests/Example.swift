// The audit example, made again from its seeds with our own code.
import Foundation

@testable import Ledger

struct Example {
    static let origin = "perch.example/log/2026"
    static let witnessName = "witness.example/auditor"
    static let rollout = "2026-11-redis-tls"
    static let hosts: [(side: Manifest.Side, host: String)] = [
        (.old, "db-1"), (.old, "db-22"), (.new, "db-3"), (.new, "db-44"),
    ]
    /// Elsewhere than on Linux signatures are randomised: there bytes cannot be compared.
    static let isDeterministic: Bool = {
        guard let key = try? SigningKey(seed: [UInt8](repeating: 9, count: 32)) else { return false }
        return (try? key.signature(over: [1]) == key.signature(over: [1])) ?? false
    }()

    let signer: SigningKey
    let logKey: SigningKey
    let witnessKey: SigningKey
    let log: NoteKey
    let witness: NoteKey

    init() throws {
        signer = try SigningKey(seed: [UInt8](repeating: 1, count: 32))
        logKey = try SigningKey(seed: [UInt8](repeating: 2, count: 32))
        witnessKey = try SigningKey(seed: [UInt8](repeating: 3, count: 32))
        log = try NoteKey(name: Self.origin, kind: .ed25519, key: logKey.verifyingKey)
        witness = try NoteKey(name: Self.witnessName, kind: .cosignature, key: witnessKey.verifyingKey)
    }

    var identity: LogWriter.Identity {
        get throws { try LogWriter.Identity(origin: Self.origin, key: logKey) }
    }

    var trusted: TrustedKeys {
        TrustedKeys(signers: [signer.verifyingKey], log: log, witnesses: [witness], requiredWitnesses: 1)
    }

    var window: UTCWindow {
        get throws {
            guard let from = UTCTime("2026-11-20T00:00:00Z"), let to = UTCTime("2026-11-20T12:00:00Z"),
                let window = UTCWindow(from: from, to: to)
            else { throw LedgerRefusal(.statement, "window") }
            return window
        }
    }

    let judge = JudgeName(name: "example-judge", version: "1")

    /// Twelve rows of one host.
    static func blocks(_ host: String, _ side: Manifest.Side) -> [UInt8] {
        (0..<12).flatMap { row -> [UInt8] in
            let isNew = side == .new
            let latency = 400 + (row * 7 + host.utf8.count) % 23 + (isNew ? 9 : 0)
            let hour = row < 10 ? "0\(row)" : "\(row)"
            return CanonicalJSON.object([
                "counters": .object([
                    "redis.errors": .integer(40 + (isNew ? row : 0) / 6),
                    "redis.net.input": .integer((1 << 63) as UInt64 + UInt64(1_000_003 * row)),
                ]),
                "gauges": .object(["redis.cmd.get.p99Us": .integer(latency)]),
                "ports": .array([.string("tcp/22"), .string("tcp/6379")]),
                "seq": .integer(row),
                "time": .string("2026-11-20T\(hour):00:00Z"),
            ]).bytes + [0x0A]
        }
    }

    func manifest(policy: [UInt8]) throws -> Manifest {
        Manifest(
            rollout: Self.rollout, window: try window,
            policy: ManifestFile(path: "policy.json", sha256: Digest(of: policy), size: UInt64(policy.count)),
            judge: judge,
            chunks: Self.hosts.map { side, host in
                let bytes = Self.blocks(host, side)
                let file = ManifestFile(path: "\(host).jsonl", sha256: Digest(of: bytes), size: UInt64(bytes.count))
                return Manifest.Chunk(side: side, host: host, file: file, records: 12)
            })
    }

    static let subject = ResourceDescriptor(
        name: "pkg:deb/debian/redis-server@7.0.15-1~deb12u5?arch=amd64",
        sha256: Digest(of: Array("stand-in for redis-server_7.0.15-1~deb12u5_amd64.deb".utf8)))

    /// The example's verdict, with the checks that the example's judge finds.
    func verdict() throws -> VerdictStatement {
        let policy = try Fixtures.bytes("evidence/policy.json")
        let manifest = try manifest(policy: policy)
        let again = try ExampleJudge.judge(policy: policy) { side in
            Self.hosts.filter { $0.side == side }.map { Self.blocks($0.host, side) }
        }
        guard let id = LedgerID("0198f1c2-3b5e-7d44-9a10-4f6f0c2b7e11"), let at = UTCTime("2026-11-20T12:05:00Z") else {
            throw LedgerRefusal(.statement, "example")
        }
        return VerdictStatement(
            subjects: [Self.subject],
            configuration: [ResourceDescriptor(name: "policy.json", sha256: Digest(of: policy))],
            url: "https://perch.example/v1/reports/\(id)", verdict: again.verdict, verdictID: id,
            rollout: Self.rollout, stage: .mirroring,
            look: VerdictStatement.Look(number: 2, basis: nil, judging: nil, planned: 7), window: try window,
            evaluatedAt: at, judge: judge,
            evidence: ResourceDescriptor(name: "manifest.json", sha256: Digest(of: try manifest.encoded())),
            checks: again.checks)
    }

    func envelope() throws -> Envelope { try Envelope(signing: verdict().encoded(), keys: [signer]) }

    /// An earlier or later verdict of another roll-out.
    func otherEntry(_ number: Int) throws -> LogEntry {
        let statement = try Statement(
            subjects: [Self.subject], predicateType: VerdictStatement.predicateType,
            predicate: .object([
                "configuration": .array([]), "result": .string("FAILED"),
                "url": .string("https://perch.example/\(number)"),
            ]))
        return try LogEntry(Envelope(signing: statement.bytes, keys: [signer]))
    }

    /// Seven entries; the verdict is number 5.
    func entries() throws -> [LogEntry] {
        try (0..<7).map { try $0 == 5 ? LogEntry(envelope()) : otherEntry($0) }
    }

    /// Read once: tests of every byte verify thousands of times.
    private static let files: [String: [UInt8]] = {
        let names = [
            "verdict.dsse.json", "verdict.tlog-proof", "log/checkpoint-4", "log/consistency-4-7",
            "evidence/manifest.json", "evidence/policy.json",
        ]
        let pairs = (names + hosts.map { "evidence/\($0.host).jsonl" }).map { ($0, (try? Fixtures.bytes($0)) ?? []) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }()

    /// The example's files as a verifier reads them, with some replaced.
    static func read(_ replaced: [String: [UInt8]] = [:]) -> ReadArchive {
        { name, _ in replaced[name] ?? files[name] }
    }
}
