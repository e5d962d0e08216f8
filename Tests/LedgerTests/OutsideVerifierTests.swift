import Foundation
import Testing

@testable import Ledger

/// The verifier that shares no code with us reads what we write.
@Suite struct OutsideVerifierTests {
    static let isThere = (try? run(["-c", "import cryptography"]).status) == 0

    /// Python's answer: exit status and what it printed.
    private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-B"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    private static let verifier = Fixtures.ledger.appending(path: "verify.py").path

    @Test(.enabled(if: isThere, "needs python3 with the package cryptography"))
    func thePublishedExampleIsAcceptedAndItsNegativesAreNot() throws {
        let (status, output) = try Self.run([Self.verifier, Fixtures.ledger.path, "--negative"])
        #expect(status == 0, "\(output)")
        #expect(output.contains("authentic; verdict PASS"))
    }

    /// Other keys, another log, other entries: nothing that lies in the example already.
    @Test(.enabled(if: isThere, "needs python3 with the package cryptography"))
    func anArchiveOfOursIsAcceptedFromOutside() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "perch-ledger-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var files = try await Self.archive()
        try Self.write(files, to: folder)
        let (status, output) = try Self.run([Self.verifier, folder.path])
        #expect(status == 0, "\(output)")
        #expect(output == "authentic; verdict FAIL\n")

        files["evidence/db-3.jsonl"]?[40] ^= 1
        try Self.write(files, to: folder)
        #expect(try Self.run([Self.verifier, folder.path]).status == 1)
    }

    private static func write(_ files: [String: [UInt8]], to folder: URL) throws {
        for (name, bytes) in files {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
    }

    private static func archive() async throws -> [String: [UInt8]] {
        let example = try Example()
        let signer = try SigningKey(seed: [UInt8](repeating: 41, count: 32))
        let logKey = try SigningKey(seed: [UInt8](repeating: 42, count: 32))
        let identity = try LogWriter.Identity(origin: "outside.example/log", key: logKey)
        var files: [String: [UInt8]] = [:]
        files["keys/verdict-signer.json"] = signer.verifyingKey.text
        files["keys/log.vkey"] = identity.log.text.bytes
        files["keys/witness.vkey"] = example.witness.text.bytes

        // A policy so strict that the same measurements fail.
        let policy = try Fixtures.text("evidence/policy.json").with("1100000", "1000000").bytes
        files["evidence/policy.json"] = policy
        let manifest = try example.manifest(policy: policy)
        files["evidence/manifest.json"] = try manifest.encoded()
        for (side, host) in Example.hosts { files["evidence/\(host).jsonl"] = Example.blocks(host, side) }

        let again = try ExampleJudge.judge(policy: policy) { side in
            Example.hosts.filter { $0.side == side }.map { Example.blocks($0.host, side) }
        }
        var verdict = try example.verdict()
        verdict.verdict = again.verdict
        verdict.checks = again.checks
        verdict.configuration = [ResourceDescriptor(name: "policy.json", sha256: Digest(of: policy))]
        verdict.evidence = ResourceDescriptor(name: "manifest.json", sha256: Digest(of: try manifest.encoded()))
        let envelope = try Envelope(signing: verdict.encoded(), keys: [example.logKey, signer])
        files["verdict.dsse.json"] = envelope.bytes

        let stores = MemoryStores()
        try await LogWriter.initialise(identity, storage: stores.storage, checkpoints: stores.checkpoints)
        let writer = try await stores.open(identity)
        let first = try await writer.append(try (0..<90).map { try example.otherEntry($0) })
        files["log/checkpoint-4"] = first.checkpoint
        _ = try await writer.append([try LogEntry(envelope)])
        let last = try await writer.append(try (90..<150).map { try example.otherEntry($0) })

        var note = try SignedNote(reading: last.checkpoint)
        try note.cosign(with: example.witnessKey, as: example.witness, unixSeconds: 1_800_000_000)
        let inclusion = try await InclusionProof.make(index: 90, size: last.size, tiles: stores.storage)
        files["verdict.tlog-proof"] = TlogProof(index: 90, hashes: inclusion.hashes, note: note).bytes
        let growth = try await ConsistencyProof.make(oldSize: 90, newSize: last.size, tiles: stores.storage)
        files["log/consistency-4-7"] = ConsistencyText(oldSize: 90, hashes: growth.hashes, note: note).bytes
        let bundle = try #require(EntryBundle(index: 0, size: last.size))
        files["log/\(bundle.path)"] = try EntryBundle.encode(await stores.storage.entries(bundle.range))
        return files
    }
}
