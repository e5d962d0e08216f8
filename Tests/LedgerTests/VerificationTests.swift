import Foundation
import Testing

@testable import Ledger

@Suite struct VerificationTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let replace: [String: String]
        let why: String
        var testDescription: String { name }
    }

    static let cases: [Case] =
        (try? JSONDecoder().decode([Case].self, from: Data(Fixtures.bytes("negative/cases.json")))) ?? []

    static let earlier = Verification.Earlier(checkpoint: "log/checkpoint-4", consistency: "log/consistency-4-7")

    private func verification(_ keys: TrustedKeys) -> Verification {
        Verification(keys: keys, earlier: Self.earlier, recompute: ExampleJudge.recompute)
    }

    @Test func theExampleProvesEverything() throws {
        let report = try verification(Example().trusted).verify(read: Example.read())
        #expect(report.findings.map(\.claim) == VerificationReport.Claim.allCases)
        #expect(report.notProved.isEmpty)
        #expect(report.verdict.verdict == .pass)
        #expect(
            report.proved == [
                "PASS for \"2026-11-redis-tls\", stage mirroring, was signed by key 7ab6b86cb2c9",
                "it is entry 5 of the 7 in the log perch.example/log/2026",
                "it was said no later than 2026-11-20T12:25:00Z: the log with it was seen by witness.example/auditor"
                    + " (2026-11-20T12:25:00Z)",
                "since the earlier checkpoint of 4 entries the log only grew",
                "it was said of exactly these 4 files of measurements, under exactly this policy",
                "judged again by example-judge 1 the evidence gives the same checks and verdict",
            ])
    }

    @Test func whatWasNotCheckedIsSaid() throws {
        let example = try Example()
        let keys = TrustedKeys(signers: [example.signer.verifyingKey], log: example.log)
        let report = try Verification(keys: keys).verify(read: Example.read())
        #expect(report.findings.filter { !$0.isProved }.map(\.claim) == [.witnessed, .onlyGrew, .recomputed])
        let unknown = try Verification(keys: keys, recompute: { _ in nil }).verify(read: Example.read())
        #expect(
            unknown.notProved.last == "the evidence was not judged again: the judge example-judge 1 is not known here")
    }

    @Test func everyNegativeFileIsThere() { #expect(Self.cases.count == 15) }

    @Test(arguments: cases)
    func everyNegativeIsRefusedForItsReason(_ negative: Case) throws {
        let replaced = try negative.replace.mapValues { try Fixtures.bytes("negative/" + $0) }
        do {
            _ = try verification(Example().trusted).verify(read: Example.read(replaced))
            Issue.record("\(negative.name) was accepted")
        } catch let error as VerificationError {
            #expect("\(error)".contains(negative.why), "\(error)")
            let isNamed = negative.replace.keys.contains(error.file) || negative.name == "signed-not-logged.json"
            #expect(isNamed, "the message names the file: \(error)")
        }
    }

    /// A lie that was signed and logged is found by judging again alone.
    @Test func onlyJudgingAgainFindsALoggedLie() throws {
        let lie = try #require(Self.cases.first { $0.name == "logged-lie" })
        let replaced = try lie.replace.mapValues { try Fixtures.bytes("negative/" + $0) }
        let verification = Verification(keys: try Example().trusted, earlier: Self.earlier)
        let report = try verification.verify(read: Example.read(replaced))
        #expect(report.findings.filter { !$0.isProved }.map(\.claim) == [.recomputed])
    }

    @Test(arguments: ["verdict.dsse.json", "verdict.tlog-proof", "log/consistency-4-7", "log/checkpoint-4"])
    func everyChangedByteIsRefused(_ name: String) throws {
        let keys = try Example().trusted
        let original = try Fixtures.bytes(name)
        let verification = Verification(keys: keys, earlier: Self.earlier)
        var random = Seeded(3)
        for index in original.indices {
            var changed = original
            // Low bits most often: a neighbouring letter or digit still reads well.
            let bits = [Int.random(in: 0..<8, using: &random), Int.random(in: 0..<8, using: &random)]
            changed[index] ^= (1 as UInt8) << (bits.min() ?? 0)
            let error = refusal { _ = try verification.verify(read: Example.read([name: changed])) }
            #expect(error != nil, "\(name) byte \(index)")
        }
    }

    @Test(arguments: ["verdict.dsse.json", "verdict.tlog-proof", "log/consistency-4-7", "log/checkpoint-4"])
    func everyTruncationAndEveryByteMoreIsRefused(_ name: String) throws {
        let verification = Verification(keys: try Example().trusted, earlier: Self.earlier)
        let original = try Fixtures.bytes(name)
        for length in original.indices {
            let error = refusal {
                _ = try verification.verify(read: Example.read([name: Array(original[..<length])]))
            }
            #expect(error != nil, "\(name) cut to \(length)")
        }
        for more in [0x00, 0x0A, 0x20, 0x7D] as [UInt8] {
            #expect(refusal { _ = try verification.verify(read: Example.read([name: original + [more]])) } != nil)
        }
    }

    @Test(arguments: ["evidence/manifest.json", "evidence/policy.json", "evidence/db-44.jsonl"])
    func everyChangedByteOfEvidenceIsRefused(_ name: String) throws {
        let verification = Verification(keys: try Example().trusted)
        let original = try Fixtures.bytes(name)
        for index in stride(from: 0, to: original.count, by: 7) {
            var changed = original
            changed[index] ^= 1
            #expect(refusal { _ = try verification.verify(read: Example.read([name: changed])) }?.area == .evidence)
        }
    }

    @Test func aMissingFileIsNamed() throws {
        let verification = Verification(keys: try Example().trusted)
        for name in ["verdict.dsse.json", "verdict.tlog-proof", "evidence/manifest.json", "evidence/db-22.jsonl"] {
            do {
                _ = try verification.verify(read: { file, _ in try file == name ? nil : Fixtures.bytes(file) })
                Issue.record("accepted without \(name)")
            } catch {
                #expect(error.file == name && error.refusal.area == .file)
            }
        }
        let broken: ReadArchive = { _, _ in throw Broken() }
        #expect(refusal { _ = try verification.verify(read: broken) }?.area == .file)
        let long: ReadArchive = { _, limit in [UInt8](repeating: 0x20, count: limit + 1) }
        #expect(refusal { _ = try verification.verify(read: long) }?.area == .file)
    }

    @Test func strangersProveNothing() throws {
        let example = try Example()
        var keys = example.trusted
        keys.signers = [example.witnessKey.verifyingKey]
        #expect(refusal { _ = try verification(keys).verify(read: Example.read()) }?.area == .signature)
        keys = example.trusted
        keys.requiredSigners = 2
        #expect(refusal { _ = try verification(keys).verify(read: Example.read()) }?.area == .signature)
        keys.requiredSigners = 0
        #expect(refusal { _ = try verification(keys).verify(read: Example.read()) }?.area == .signature)
        keys = example.trusted
        keys.requiredWitnesses = 2
        #expect(refusal { _ = try verification(keys).verify(read: Example.read()) }?.area == .checkpoint)
        keys = example.trusted
        keys.log = try NoteKey(name: Example.origin, kind: .ed25519, key: example.witnessKey.verifyingKey)
        #expect(refusal { _ = try verification(keys).verify(read: Example.read()) }?.area == .checkpoint)
        keys.log = example.witness
        #expect(refusal { _ = try verification(keys).verify(read: Example.read()) }?.area == .checkpoint)
        keys = example.trusted
        keys.witnesses = [example.log]
        #expect(refusal { _ = try verification(keys).verify(read: Example.read()) }?.area == .key)
    }

    /// The log that grew must be the log that holds the entry, at the same size.
    @Test func growthToAnotherCheckpointProvesNothing() throws {
        let example = try Example()
        let tree = NaiveTree(try example.entries().map(\.leafHash))
        let six = try Checkpoint(origin: Example.origin, size: 6, root: tree.root(6))
        var note = try six.signed(with: example.logKey, as: example.log)
        try note.cosign(with: example.witnessKey, as: example.witness, unixSeconds: 1_795_177_400)
        let text = ConsistencyText(oldSize: 4, hashes: tree.consistency(4, 6), note: note)
        let old = try Checkpoint(note: SignedNote(reading: Fixtures.bytes("log/checkpoint-4")), log: example.log)
        try text.verify(old: old, log: example.log)
        let read = Example.read(["log/consistency-4-7": text.bytes])
        let error = refusal { _ = try verification(example.trusted).verify(read: read) }
        #expect(error?.description == "consistency: leads to another checkpoint than the proof of the entry")
    }

    @Test func oneWitnessUnderTwoNamesIsOneWitness() throws {
        let example = try Example()
        let alias = try NoteKey(name: "a.example", kind: .cosignature, key: example.witnessKey.verifyingKey)
        let second = try SigningKey(seed: [UInt8](repeating: 4, count: 32))
        let other = try NoteKey(name: "other.example", kind: .cosignature, key: second.verifyingKey)
        var note = try SignedNote(reading: Fixtures.bytes("log/checkpoint"))
        var keys = example.trusted
        keys.witnesses = [alias, example.witness, other]
        #expect(try keys.seen(note).map(\.witness) == [example.witness])
        try note.cosign(with: example.witnessKey, as: alias, unixSeconds: 5)
        keys.requiredWitnesses = 2
        #expect(refusal { _ = try keys.seen(note) }?.area == .checkpoint)
        try note.cosign(with: second, as: other, unixSeconds: 6)
        #expect(try keys.seen(note).map(\.witness) == [alias, other])
        try note.cosign(with: second, as: other, unixSeconds: .max)
        #expect(refusal { _ = try keys.seen(note) }?.why.contains("after the year 9999") == true)
    }

    @Test func aManifestOfAnotherRollOutIsRefused() throws {
        let example = try Example()
        let verdict = try example.verdict()
        let manifest = try Manifest(reading: Fixtures.bytes("evidence/manifest.json"))
        try manifest.checkFits(verdict)
        var other = manifest
        other.rollout = "another"
        #expect(refusal { try other.checkFits(verdict) }?.area == .evidence)
        other = manifest
        other.judge = JudgeName(name: "example-judge", version: "2")
        #expect(refusal { try other.checkFits(verdict) }?.area == .evidence)
        other = manifest
        other.policy = manifest.chunks[0].file
        #expect(refusal { try other.checkFits(verdict) }?.area == .evidence)
        other = manifest
        other.window = try #require(UTCWindow(from: manifest.window.from, to: verdict.evaluatedAt))
        #expect(refusal { try other.checkFits(verdict) }?.area == .evidence)
    }

    @Test func anAnswerThatDiffersAnywhereIsRefused() throws {
        let verdict = try Example().verdict()
        let answers: [Recomputed] = [
            Recomputed(verdict: .fail, checks: verdict.checks),
            Recomputed(verdict: .pass, checks: Array(verdict.checks.dropLast())),
            Recomputed(verdict: .pass, checks: verdict.checks.reversed()),
            Recomputed(verdict: .pass, checks: []),
        ]
        for answer in answers {
            let verification = Verification(keys: try Example().trusted, recompute: { _ in answer })
            #expect(refusal { _ = try verification.verify(read: Example.read()) }?.area == .recompute)
        }
        let failing = Verification(keys: try Example().trusted, recompute: { _ in throw Broken() })
        #expect(refusal { _ = try failing.verify(read: Example.read()) }?.area == .recompute)
    }
}
