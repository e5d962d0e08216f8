/// Body of `POST /v1/rollouts/{id}/tokens`.
public struct TokenRequest: Codable, Sendable, Equatable {
    /// Whose it is: words for the list, such as `argo in cluster a`.
    public var note: String?
    /// 1 to 30; 30 when left out.
    public var days: Int?
    public init(note: String? = nil, days: Int? = nil) {
        self.note = note
        self.days = days
    }
}

/// Answer of the same call: the only time that the token itself is shown.
public struct NewToken: Codable, Sendable, Equatable {
    public var token: String
    public var view: TokenView
    public init(token: String, view: TokenView) {
        self.token = token
        self.view = view
    }
}

/// A token without its secret.
public struct TokenView: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable, CaseIterable { case active, expired, revoked }

    public var id: String
    public var rollout: String
    public var state: State
    public var note: String
    public var createdBy: String
    public var createdAt: String
    public var expiresAt: String
    /// Empty unless it was revoked.
    public var revokedBy: String
    /// Questions that it answered, and the last time; empty before the first.
    public var uses: Int
    public var lastUsedAt: String

    public init(
        id: String, rollout: String, state: State, note: String, createdBy: String, createdAt: String,
        expiresAt: String, revokedBy: String, uses: Int, lastUsedAt: String
    ) {
        self.id = id
        self.rollout = rollout
        self.state = state
        self.note = note
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedBy = revokedBy
        self.uses = uses
        self.lastUsedAt = lastUsedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, rollout, state, note, uses
        case createdBy = "created_by"
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case revokedBy = "revoked_by"
        case lastUsedAt = "last_used_at"
    }
}

/// Newest first.
public struct TokenPage: Codable, Sendable, Equatable {
    public var tokens: [TokenView]
    public init(tokens: [TokenView]) { self.tokens = tokens }
}
