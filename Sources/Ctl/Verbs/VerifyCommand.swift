// `perchctl verify`: one verdict from its signature to its evidence, with or without a server. Must never call proved
// what was not checked, and ends with 1 at the first thing wrong.
import ArgumentParser
import Evaluation
import Foundation
import Ledger

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verify a verdict: signature, log, evidence, and judge it again.",
        discussion: """
            Example: perchctl verify https://collector:8443/v1/reports/0198f1c2-….tar --keys keys --checkpoint seen
            Example: perchctl verify 0198f1c2-….tar --keys keys --recompute

            A file or directory needs no server. The keys are those that you were given through a channel of your own; \
            those that travel with a verdict prove nothing.

            Exits 0 when everything that was checked is right, whatever the verdict says; 1 when something is not \
            authentic; 3 when a file cannot be read.
            """)

    @Argument(help: ArgumentHelp("A .tar, its directory, an address, or a verdict's id.", valueName: "source"))
    var source: String
    @Option(
        name: .customLong("keys"),
        help: ArgumentHelp("Directory of the keys that you trust.", valueName: "directory"), completion: .directory)
    var keyDirectory: String
    @Option(
        help: ArgumentHelp(
            "A log's checkpoint, kept from before; replaced by the newer one once the log is shown to have only grown.",
            valueName: "file"), completion: .file())
    var checkpoint: String?
    @Option(
        help: ArgumentHelp("For a verdict from a file: the proof of growth since --checkpoint.", valueName: "file"),
        completion: .file())
    var consistency: String?
    @Flag(help: "Judge the evidence again and compare.")
    var recompute = false
    @Option(help: ArgumentHelp("Witnesses that must have seen the log.", valueName: "number"))
    var witnesses = 0
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        if witnesses < 0 || witnesses > 16 { throw ValidationError("--witnesses takes 0 to 16") }
        if consistency != nil, checkpoint == nil { throw ValidationError("--consistency needs --checkpoint") }
    }

    func run() async throws {
        let keys = try KeyDirectory.read(keyDirectory, witnesses: witnesses)
        var proof = GrowthProof(earlier: try earlierCheckpoint())
        if let remote = RemoteVerdict(source) {
            var settings = connection
            settings.server = remote.server ?? connection.server
            try await Client.with(try settings.settings()) { client in
                let file = try await remote.fetch(client)
                defer { file.remove() }
                var proof = proof
                try await remote.completeGrowth(&proof, keys: keys, client)
                try check(VerdictSource(path: file.path), keys, proof)
            }
        } else {
            if let consistency {
                proof.consistency = try InputFile.read(
                    consistency, mostBytes: LedgerLimits.proofBytes, what: "the proof of growth")
            }
            try check(try VerdictSource(path: source), keys, proof)
        }
    }

    private func earlierCheckpoint() throws(Failure) -> [UInt8]? {
        guard let checkpoint, FileManager.default.fileExists(atPath: checkpoint) else { return nil }
        return try InputFile.read(checkpoint, mostBytes: LedgerLimits.noteBytes, what: "the checkpoint")
    }

    private func check(_ source: VerdictSource, _ keys: TrustedKeys, _ growth: GrowthProof) throws {
        if growth.earlier != nil, growth.consistency == nil {
            throw Failure.usage(
                "the log's growth since the checkpoint is not proved by a file alone",
                mend: "add --consistency, or verify by the collector's address")
        }
        let verification = Verification(
            keys: keys, names: source.names, earlier: growth.names,
            recompute: recompute ? { try Recomputation.run($0) } : nil)
        let report: VerificationReport
        do {
            report = try verification.verify { name, limit in
                try growth.file(name) ?? (name == source.names.proof ? growth.inclusion : nil)
                    ?? source.read(name, limit)
            }
        } catch {
            throw Failure(
                status: error.refusal.area == .file ? .usage : .closed, problem: "NOT AUTHENTIC: \(error)",
                mend: error.refusal.area == .file ? "complete the archive" : "do not rely on this verdict")
        }
        if let checkpoint { try keep(try growth.inclusion ?? source.read(source.names.proof, 1 << 20), at: checkpoint) }
        show(report)
    }

    /// The checkpoint of the proof that was verified, for the next time.
    private func keep(_ proof: [UInt8]?, at path: String) throws {
        guard let proof, let note = try? TlogProof(reading: proof).note else { return }
        do {
            try Data(note.bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Failure.usage("\(path) cannot be written", mend: "the checkpoint of this time is not kept")
        }
    }

    private func show(_ report: VerificationReport) {
        if connection.json {
            let findings = report.findings.map { finding in
                [
                    "claim": finding.claim.rawValue, "proved": finding.isProved ? "true" : "false",
                    "sentence": finding.sentence,
                ]
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Console.standard.json(Array((try? encoder.encode(findings)) ?? Data()))
        }
        let verdict = report.verdict
        Console.standard.line(
            "\(verdict.verdict.rawValue) for \(verdict.rollout), hour \(verdict.look.number), \(verdict.evaluatedAt)")
        Console.standard.line("Proved:")
        for sentence in report.proved { Console.standard.line("  + \(sentence)") }
        if !report.notProved.isEmpty {
            Console.standard.line("Not proved:")
            for sentence in report.notProved { Console.standard.line("  - \(sentence)") }
        }
    }
}

/// What shows that the log only grew since a checkpoint that the verifier kept.
struct GrowthProof {
    /// A signed note.
    var earlier: [UInt8]?
    /// From there to the checkpoint of `inclusion`.
    var consistency: [UInt8]?
    /// The verdict's proof at the same checkpoint; `nil`: that of the archive.
    var inclusion: [UInt8]?

    private static let earlierName = "earlier-checkpoint"
    private static let consistencyName = "consistency"

    var names: Verification.Earlier? {
        earlier.map { _ in Verification.Earlier(checkpoint: Self.earlierName, consistency: Self.consistencyName) }
    }

    func file(_ name: String) -> [UInt8]? {
        switch name {
        case Self.earlierName: earlier
        case Self.consistencyName: consistency
        default: nil
        }
    }
}
