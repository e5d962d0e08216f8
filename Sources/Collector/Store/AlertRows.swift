/// What was announced of one subject last: `rollout/ID`, `host/NAME`, `access/ID`, `policy/ID`.
struct AnnouncedRow: Sendable, Equatable {
    var subject: String
    /// JSON.
    var body: [UInt8]
}

/// One alert on its way to one receiver.
struct DeliveryRow: Sendable, Equatable {
    enum State: String, Sendable { case waiting, dead }

    /// As in `webhook-id`: the same at each attempt.
    var id: String
    var receiver: String
    var type: String
    var createdMicroseconds: UInt64
    /// The body of the POST.
    var body: [UInt8]
    var state = State.waiting
    var attempts = 0
    var nextMicroseconds: UInt64
    /// What the last attempt met; empty before the first.
    var fault = ""
}

struct DeliveryCount: Sendable, Equatable {
    var receiver: String
    var waiting: Int
    var dead: Int
}

/// A token of the second listener. The token itself is stored nowhere.
struct TokenRow: Sendable, Equatable {
    var id: String
    var rollout: String
    /// SHA-256 of the secret.
    var digest: [UInt8]
    var note: String
    var createdBy: String
    var createdMicroseconds: UInt64
    var expiresMicroseconds: UInt64
    /// 0: it is not revoked.
    var revokedMicroseconds: UInt64 = 0
    var revokedBy = ""
    var uses = 0
    /// 0: never.
    var lastUsedMicroseconds: UInt64 = 0
}
