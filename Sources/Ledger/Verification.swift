// Checks one verdict's archive from its signature to its evidence. Must never say more than was checked.

/// Verifies an archive against keys that the verifier holds.
public struct Verification {
    /// A checkpoint that the verifier kept from earlier, and the proof that the log only grew since.
    public struct Earlier: Sendable, Hashable {
        public let checkpoint: String
        public let consistency: String

        /// - Parameters: names of files in the archive.
        public init(checkpoint: String, consistency: String) {
            self.checkpoint = checkpoint
            self.consistency = consistency
        }
    }

    private let keys: TrustedKeys
    private let names: ArchiveNames
    private let earlier: Earlier?
    private let recompute: Recompute?

    public init(
        keys: TrustedKeys, names: ArchiveNames = ArchiveNames(), earlier: Earlier? = nil, recompute: Recompute? = nil
    ) {
        self.keys = keys
        self.names = names
        self.earlier = earlier
        self.recompute = recompute
    }

    /// Envelope, log, growth, evidence, recomputation: the first thing wrong ends it.
    /// - Throws: `VerificationError`, which names the file, the part that is wrong, and why.
    public func verify(read: @escaping ReadArchive) throws(VerificationError) -> VerificationReport {
        let archive = Archive(read: read)
        let (envelope, signers, verdict) = try openEnvelope(archive)
        var report = VerificationReport(verdict: verdict)
        report.add(
            .authentic, true,
            "\(verdict.verdict.rawValue) for \(LedgerRefusal.quoted(verdict.rollout)), stage \(verdict.stage.rawValue),"
                + " was signed by \(signers.map { "key \($0.keyID.prefix(12))" }.joined(separator: ", "))")
        let checkpoint = try checkLog(archive, envelope, &report)
        try checkGrowth(archive, checkpoint, &report)
        let evidence = try checkEvidence(archive, verdict, &report)
        try checkAgain(evidence, &report)
        return report
    }

    /// Known payload type, signature, canonical form, `_type`, `predicateType`, `v`, meaning: in this order.
    private func openEnvelope(
        _ archive: Archive
    ) throws(VerificationError) -> (Envelope, [VerifyingKey], VerdictStatement) {
        let bytes = try archive.file(names.envelope, limit: LedgerLimits.envelopeBytes)
        return try Archive.located(names.envelope) { () throws(LedgerRefusal) in
            let envelope = try Envelope(reading: bytes)
            let signers = try envelope.verify(trusted: keys.signers, required: keys.requiredSigners)
            return (envelope, signers, try VerdictStatement(reading: envelope.payload))
        }
    }

    private func checkLog(
        _ archive: Archive, _ envelope: Envelope, _ report: inout VerificationReport
    ) throws(VerificationError) -> Checkpoint {
        let bytes = try archive.file(names.proof, limit: LedgerLimits.proofBytes)
        let (proof, checkpoint, seen) = try Archive.located(names.proof) { () throws(LedgerRefusal) in
            let proof = try TlogProof(reading: bytes)
            let checkpoint = try proof.verify(leafHash: LogEntry(envelope).leafHash, log: keys.log)
            return (proof, checkpoint, try keys.seen(proof.note))
        }
        report.add(
            .logged, true, "it is entry \(proof.index) of the \(checkpoint.size) in the log \(checkpoint.origin)")
        if seen.isEmpty {
            report.add(.witnessed, false, "no known witness saw the log with it: nobody outside says since when")
        } else {
            let names = seen.map { "\($0.witness.name) (\($0.time))" }.joined(separator: ", ")
            let earliest = seen.map(\.time).min().map { "\($0)" } ?? ""
            report.add(.witnessed, true, "it was said no later than \(earliest): the log with it was seen by \(names)")
        }
        return checkpoint
    }

    private func checkGrowth(
        _ archive: Archive, _ checkpoint: Checkpoint, _ report: inout VerificationReport
    ) throws(VerificationError) {
        guard let earlier else {
            report.add(
                .onlyGrew, false, "no earlier checkpoint was compared: entries removed before are not noticed")
            return
        }
        let oldBytes = try archive.file(earlier.checkpoint, limit: LedgerLimits.noteBytes)
        let old = try Archive.located(earlier.checkpoint) { () throws(LedgerRefusal) in
            try Checkpoint(note: SignedNote(reading: oldBytes), log: keys.log)
        }
        let bytes = try archive.file(earlier.consistency, limit: LedgerLimits.proofBytes)
        try Archive.located(earlier.consistency) { () throws(LedgerRefusal) in
            let text = try ConsistencyText(reading: bytes)
            let new = try text.verify(old: old, log: keys.log)
            _ = try keys.seen(text.note)
            // Otherwise the log that grew would not be shown to be the log that holds the entry.
            guard new == checkpoint else {
                throw LedgerRefusal(.consistency, "leads to another checkpoint than the proof of the entry")
            }
        }
        report.add(
            .onlyGrew, true, "since the earlier checkpoint of \(old.size) entries the log only grew")
    }

    private func checkEvidence(
        _ archive: Archive, _ verdict: VerdictStatement, _ report: inout VerificationReport
    ) throws(VerificationError) -> VerifiedEvidence {
        let bytes = try archive.file(names.manifest, limit: LedgerLimits.manifestBytes)
        let manifest = try Archive.located(names.manifest) { () throws(LedgerRefusal) in
            guard Digest(of: bytes) == verdict.evidence.sha256 else {
                throw LedgerRefusal(.evidence, "is not the manifest that the verdict names: its digest is another")
            }
            let manifest = try Manifest(reading: bytes)
            try manifest.checkFits(verdict)
            return manifest
        }
        let policyName = names.evidence + manifest.policy.path
        let policy = try archive.file(policyName, limit: Int(LedgerLimits.policyBytes))
        try Archive.located(policyName) { () throws(LedgerRefusal) in try manifest.policy.check(policy) }
        var context: [UInt8]?
        if let file = manifest.context {
            let name = names.evidence + file.path
            let bytes = try archive.file(name, limit: Int(LedgerLimits.contextBytes))
            try Archive.located(name) { () throws(LedgerRefusal) in try file.check(bytes) }
            context = bytes
        }
        let evidence = VerifiedEvidence(
            verdict: verdict, manifest: manifest, policy: policy, context: context, archive: archive,
            folder: names.evidence)
        for chunk in manifest.chunks { _ = try evidence.bytes(of: chunk) }
        report.add(
            .evidence, true,
            "it was said of exactly these \(manifest.chunks.count) files of measurements, under exactly this policy")
        return evidence
    }

    private func checkAgain(
        _ evidence: VerifiedEvidence, _ report: inout VerificationReport
    ) throws(VerificationError) {
        let judge = evidence.verdict.judge
        guard let recompute else {
            report.add(.recomputed, false, "nobody judged the evidence again")
            return
        }
        let again: Recomputed?
        do {
            again = try recompute(evidence)
        } catch let error as VerificationError {
            throw error
        } catch {
            throw VerificationError(
                file: names.manifest, refusal: LedgerRefusal(.recompute, "judging again failed: \(error)"))
        }
        guard let again else {
            report.add(.recomputed, false, "the evidence was not judged again: the judge \(judge) is not known here")
            return
        }
        try Archive.located(names.envelope) { () throws(LedgerRefusal) in try again.checkSays(evidence.verdict) }
        report.add(.recomputed, true, "judged again by \(judge) the evidence gives the same checks and verdict")
    }
}

extension Manifest {
    /// - Throws: `evidence` if the manifest speaks of something else than the verdict that names it.
    func checkFits(_ verdict: VerdictStatement) throws(LedgerRefusal) {
        guard rollout.utf8.elementsEqual(verdict.rollout.utf8) else {
            throw LedgerRefusal(.evidence, "the manifest is of another roll-out than the verdict")
        }
        guard window == verdict.window else {
            throw LedgerRefusal(.evidence, "the manifest's window is not the verdict's")
        }
        guard judge == verdict.judge else {
            throw LedgerRefusal(.evidence, "the manifest's judge is not the verdict's")
        }
        guard verdict.configuration.contains(where: { $0.sha256 == policy.sha256 }) else {
            throw LedgerRefusal(.evidence, "the manifest's policy is not one that the verdict names")
        }
    }
}

extension Recomputed {
    /// Compared as they are signed, byte for byte.
    fileprivate func checkSays(_ signed: VerdictStatement) throws(LedgerRefusal) {
        for (index, pair) in zip(checks, signed.checks).enumerated() where pair.0.json.bytes != pair.1.json.bytes {
            throw LedgerRefusal(
                .recompute, "check \(index), \(LedgerRefusal.quoted(pair.1.id)): the evidence gives another result")
        }
        guard checks.count == signed.checks.count else {
            throw LedgerRefusal(
                .recompute, "the evidence gives \(checks.count) checks, \(signed.checks.count) were signed")
        }
        guard verdict == signed.verdict else {
            throw LedgerRefusal(.recompute, "the evidence gives \(verdict.rawValue), not \(signed.verdict.rawValue)")
        }
    }
}
