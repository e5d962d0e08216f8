import Ledger
import Logging
import Shared

/// Puts what the collector works by on record: signing keys, permissions, policies. Each new content once, whenever it
/// came into force.
struct FilesOnRecord: Sendable {
    /// Who changed a file is not known to the collector.
    static let by = "file"

    let store: any Store
    let clock: any WallClock
    let scribe: Scribe

    /// Something in force, by name and digest.
    struct Item: Sendable {
        var kind: RecordStatement.Kind
        var subject: String
        var digest: Digest
        var summary: String
    }

    /// - Throws: `Problem`, `StoreError`.
    func note(_ items: [Item]) async throws {
        guard scribe.isSigning else { return }
        for item in items where try await lastDigest(item.kind, item.subject) != item.digest {
            try await store.append(try scribe.statements(decision(item)))
        }
    }

    private func decision(_ item: Item) -> Decision {
        let now = clock.nowMicroseconds()
        return Decision(
            kind: item.kind, id: UUIDv7.make(nowMicroseconds: now), action: "inForce", by: Self.by,
            atMicroseconds: now, subject: item.subject, subjectDigest: item.digest, summary: Gate.oneLine(item.summary))
    }

    /// What was noted last of this name.
    func lastDigest(_ kind: RecordStatement.Kind, _ subject: String) async throws -> Digest? {
        for row in try await store.statements(kind: kind.rawValue, limit: Self.mostLookedAt) {
            let envelope = try Envelope(reading: row.envelope)
            let known = try RecordStatement(reading: envelope.payload).subjects.first { $0.name == subject }
            if let known { return known.sha256 }
        }
        return nil
    }

    private static let mostLookedAt = 1000

    /// The first key is noted by itself; a later one must be introduced by the one before it.
    /// - Parameter retiring: the key that signed until now.
    /// - Throws: `SigningKeyFile.Unusable` for a key that nobody introduces; `Problem`, `StoreError`.
    func note(key: SigningKey, retiring: SigningKey?) async throws {
        let digest = Digest(of: key.verifyingKey.bytes)
        let last = try await lastDigest(.key, Self.signer)
        guard last != digest else { return }
        var scribe = scribe
        if let last {
            guard let retiring, Digest(of: retiring.verifyingKey.bytes) == last else {
                throw SigningKeyFile.Unusable(
                    description: "the signing key is not the one that signed until now; name that one in [ledger] "
                        + "retiring_key for one start, so that it signs for its successor")
            }
            scribe = Scribe(key: retiring)
        }
        var decision = decision(
            Item(
                kind: .key, subject: Self.signer, digest: digest,
                summary: "verdicts are signed by key \(key.verifyingKey.keyID.prefix(12))"))
        decision.details = ["keyid": key.verifyingKey.keyID, "public": Hex.encode(key.verifyingKey.bytes)]
        try await store.append(try scribe.statements(decision))
    }

    private static let signer = "key:verdict-signer"
}
