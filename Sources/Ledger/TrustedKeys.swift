// Whom a verifier believes. Must never be filled from the archive that is verified.

/// Keys, and how many of them must agree.
public struct TrustedKeys: Sendable, Hashable {
    /// Keys of which `requiredSigners` must have signed the verdict.
    public var signers: [VerifyingKey]
    /// At least 1.
    public var requiredSigners: Int
    /// The log's name and key.
    public var log: NoteKey
    /// Witnesses of which `requiredWitnesses` must have seen the checkpoint.
    public var witnesses: [NoteKey]
    /// 0 where no witness is asked for: then nobody outside says when.
    public var requiredWitnesses: Int

    public init(
        signers: [VerifyingKey], requiredSigners: Int = 1, log: NoteKey, witnesses: [NoteKey] = [],
        requiredWitnesses: Int = 0
    ) {
        self.signers = signers
        self.requiredSigners = requiredSigners
        self.log = log
        self.witnesses = witnesses
        self.requiredWitnesses = requiredWitnesses
    }

    /// Witnesses that saw the note, each with its time.
    /// - Throws: `checkpoint` if too few did, or a known one's signature fails.
    func seen(_ note: SignedNote) throws(LedgerRefusal) -> [(witness: NoteKey, time: UTCTime)] {
        var seen: [(witness: NoteKey, time: UTCTime)] = []
        var keys: Set<VerifyingKey> = []
        for witness in witnesses {
            guard witness.kind == .cosignature else {
                throw LedgerRefusal(.key, "\(witness.name) is no witness's key but a log's")
            }
            // What a witness signs does not hold its name: one key under two names is one witness.
            guard let seconds = try note.cosigned(by: witness), keys.insert(witness.key).inserted else { continue }
            guard let time = UTCTime(unixSeconds: seconds) else {
                throw LedgerRefusal(.checkpoint, "the time of \(witness.name)'s cosignature is after the year 9999")
            }
            seen.append((witness, time))
        }
        guard seen.count >= requiredWitnesses else {
            throw LedgerRefusal(
                .checkpoint, "\(seen.count) known witnesses saw it, \(requiredWitnesses) must have")
        }
        return seen
    }
}
