// What the log of verdicts costs at a million entries: appending, proving, verifying, and how long a verdict waits for
// its proof. Beside it, in the same run, the same bytes appended to a plain file with the same flushes.
import Foundation
import Glibc
import Ledger

@main
enum LedgerBench {
    static let entries = 1_000_000
    static let batch = 1000
    static let proofs = 2000
    static let burst = 100

    static func main() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/perch-ledger-\(getpid())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let log = try FileLog(directory: directory)
        let checkpoints = FileCheckpoint(path: directory + "/checkpoint")
        let signer = try SigningKey(seed: Array(repeating: 1, count: 32))
        let identity = try LogWriter.Identity(
            origin: "bench.example/log", key: SigningKey(seed: Array(repeating: 2, count: 32)))
        try await LogWriter.initialise(identity, storage: log, checkpoints: checkpoints)
        let writer = try await LogWriter.open(identity, storage: log, checkpoints: checkpoints) { _ in }

        let appended = try await fill(writer)
        let plain = try appendPlainly(directory)
        row("entries", "\(entries)", "in batches of \(batch), each flushed to disk, checkpoint signed and swapped")
        row("append", "\(Int(appended)) entries/s", "")
        row("plain file", "\(Int(plain)) entries/s", "the same bytes, one flush a batch")
        result("ledger.append_per_s", appended, "1/s")
        result("ledger.append_ratio.plain_file", appended / plain, "ratio")

        try await prove(writer, log, identity)
        try await burst(writer, log, identity, signer)
    }

    private static func entry(_ number: Int) throws -> LogEntry {
        let digest = Digest(of: "\(number)".utf8)
        let signature = Base64.encode(digest.bytes + digest.bytes)
        let text =
            "{\"payloadSha256\":\"\(digest)\",\"payloadType\":\"\(Envelope.statementType)\",\"signatures\":"
            + "[{\"keyid\":\"\(digest)\",\"sig\":\"\(signature)\"}],\"v\":\"1\"}"
        return try LogEntry(reading: Array(text.utf8))
    }

    private static func fill(_ writer: LogWriter) async throws -> Double {
        var spent = Duration.zero
        for first in stride(from: 0, to: entries, by: batch) {
            let items = try (first..<(first + batch)).map { try entry($0) }
            let clock = ContinuousClock.now
            _ = try await writer.append(items)
            spent += clock.duration(to: .now)
        }
        return Double(entries) / spent.seconds
    }

    private static func appendPlainly(_ directory: String) throws -> Double {
        let descriptor = open(directory + "/plain", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileLog.Failed() }
        defer { close(descriptor) }
        let bytes = try (0..<batch).flatMap { try entry($0).bytes }
        let clock = ContinuousClock.now
        for _ in 0..<(entries / batch) {
            guard write(descriptor, bytes, bytes.count) == bytes.count, fdatasync(descriptor) == 0 else {
                throw FileLog.Failed()
            }
        }
        return Double(entries) / clock.duration(to: .now).seconds
    }

    private static func prove(_ writer: LogWriter, _ log: FileLog, _ identity: LogWriter.Identity) async throws {
        let note = try SignedNote(reading: try await writer.checkpoint)
        let checkpoint = try Checkpoint(note: note, log: identity.log)
        var making: [Double] = []
        var verifying: [Double] = []
        var longest = 0
        var random = SystemRandomNumberGenerator()
        for _ in 0..<proofs {
            let index = UInt64.random(in: 0..<checkpoint.size, using: &random)
            var clock = ContinuousClock.now
            let inclusion = try await InclusionProof.make(index: index, size: checkpoint.size, tiles: log)
            making.append(clock.duration(to: .now).seconds)
            let leaf = Merkle.leaf(try await log.entries(index..<(index + 1))[0])
            clock = .now
            try TlogProof(index: index, hashes: inclusion.hashes, note: note).verify(leafHash: leaf, log: identity.log)
            verifying.append(clock.duration(to: .now).seconds)
            longest = max(longest, inclusion.hashes.count)
        }
        let bound = Int(ceil(log2(Double(checkpoint.size))))
        row("proof", micro(making), "of inclusion, p50 / p99")
        row("verification", micro(verifying), "with the checkpoint's signature")
        row("proof's size", "\(longest) hashes", "at most; log2 of \(checkpoint.size) is \(bound)")
        result("ledger.proof_p99_ms", percentile(making, 0.99) * 1000, "ms")
        result("ledger.proof_hashes_ratio.log2", Double(longest) / Double(bound), "ratio")
    }

    /// So many verdicts at once, from statement to verified proof.
    private static func burst(
        _ writer: LogWriter, _ log: FileLog, _ identity: LogWriter.Identity, _ signer: SigningKey
    ) async throws {
        let clock = ContinuousClock.now
        let envelopes = try (0..<burst).map { number in
            try Envelope(signing: Array(repeating: UInt8(number), count: 40_000), keys: [signer])
        }
        let appended = try await writer.append(try envelopes.map { try LogEntry($0) })
        let note = try SignedNote(reading: appended.checkpoint)
        for (offset, envelope) in envelopes.enumerated() {
            let index = appended.first + UInt64(offset)
            let proof = try await InclusionProof.make(index: index, size: appended.size, tiles: log)
            try TlogProof(index: index, hashes: proof.hashes, note: note)
                .verify(leafHash: LogEntry(envelope).leafHash, log: identity.log)
        }
        let seconds = clock.duration(to: .now).seconds
        row("\(burst) verdicts", String(format: "%.3f s", seconds), "of 40 kB, signed, logged and proved")
        result("ledger.verdict_to_proof_s", seconds, "s", aim: 5)
    }

    // MARK: Printing

    private static func percentile(_ values: [Double], _ share: Double) -> Double {
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    private static func micro(_ values: [Double]) -> String {
        String(format: "%.0f / %.0f us", percentile(values, 0.5) * 1e6, percentile(values, 0.99) * 1e6)
    }

    private static func row(_ name: String, _ value: String, _ note: String) {
        let columns =
            [name.padding(toLength: 14, withPad: " ", startingAt: 0)]
            + [value.padding(toLength: 22, withPad: " ", startingAt: 0), note]
        print(columns.joined(separator: "  "))
    }

    private static func result(_ name: String, _ value: Double, _ unit: String, aim: Double? = nil) {
        let aimText = aim.map { ",\"aim\":\($0)" } ?? ""
        print("{\"name\":\"\(name)\",\"value\":\(value),\"unit\":\"\(unit)\"\(aimText)}")
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
