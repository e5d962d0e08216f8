/// Answer of `GET /v1/ledger/keys`: what verifies this collector's statements. Verifiers compare it with what they were
/// given through a channel of their own.
public struct LedgerKeys: Codable, Sendable, Equatable {
    /// Canonical JSON of keyid, keytype, keyval and scheme, as text.
    public var signer: String
    /// `NAME+ID+KEY` (C2SP signed-note).
    public var log: String

    public init(signer: String, log: String) {
        self.signer = signer
        self.log = log
    }
}

/// One entry of the log, for people.
public struct StatementView: Codable, Sendable, Equatable {
    public var id: String
    /// `verdict`, or the kind of the record.
    public var kind: String
    /// Empty where it concerns none.
    public var rollout: String
    public var by: String
    public var at: String
    public var summary: String
    /// In the log, from 0.
    public var index: String

    public init(id: String, kind: String, rollout: String, by: String, at: String, summary: String, index: String) {
        self.id = id
        self.kind = kind
        self.rollout = rollout
        self.by = by
        self.at = at
        self.summary = summary
        self.index = index
    }
}

/// Answer of `GET /v1/ledger/statements`, newest first.
public struct StatementPage: Codable, Sendable, Equatable {
    public var statements: [StatementView]
    /// Entries in the published log.
    public var size: String

    public init(statements: [StatementView], size: String) {
        self.statements = statements
        self.size = size
    }
}
