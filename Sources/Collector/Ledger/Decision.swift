import Ledger
import Shared

/// What somebody decided, as it is signed and logged: who, when, what, about what, and why.
struct Decision: Sendable, Equatable {
    let kind: RecordStatement.Kind
    /// UUIDv7.
    let id: String
    /// What was done, such as `advanced`.
    let action: String
    /// Empty where it concerns none.
    var rollout = ""
    let by: String
    let atMicroseconds: UInt64
    /// What it concerns, by name and digest.
    let subject: String
    let subjectDigest: Digest
    /// One line for people.
    let summary: String
    /// The kind's own members; empty ones are left out.
    var details: [String: String] = [:]
    var lists: [String: [String]] = [:]

    var predicate: CanonicalJSON {
        var members: [String: CanonicalJSON] = [
            "v": .string("1"), "id": .string(id), "action": .string(action), "by": .string(by),
            "at": .string(Timestamp.text(microseconds: atMicroseconds)),
        ]
        if !rollout.isEmpty { members["rollout"] = .string(rollout) }
        for (name, value) in details where !value.isEmpty { members[name] = .string(value) }
        for (name, values) in lists where !values.isEmpty { members[name] = .array(values.map { .string($0) }) }
        return .object(members)
    }
}
