import Shared

/// An approver's acceptance of named checks of a verdict, with an end. The Judge never sees it: the verdict stays, the
/// gate leaves these checks out.
struct Override: Codable, Sendable, Equatable {
    static let longestMicroseconds: UInt64 = 7 * 86_400 * 1_000_000

    var id: String
    /// The verdict that the approver had before their eyes.
    var verdictID: String
    /// The evaluation that it belongs to: other artefacts end it.
    var judging: Int
    var checks: [String]
    var reason: String
    var untilMicroseconds: UInt64
    var by: String
    var atMicroseconds: UInt64
    /// SHA-256 of its log entry, hex.
    var entry: String?

    var answer: GateOverride {
        GateOverride(id: id, by: by, until: Timestamp.text(microseconds: untilMicroseconds), checks: checks)
    }
}

extension Rollout {
    /// Overrides in force, oldest first.
    func overrides(atMicroseconds now: UInt64) -> [Override] {
        overrides.filter { $0.untilMicroseconds > now && $0.judging == judging.number }
    }

    /// - Throws: `approval-own` for who created the roll-out; `conflict` for an end that is past or too far away.
    mutating func accept(_ override: Override) throws(Problem) {
        guard override.by != createdBy else {
            throw Problem(.approvalOwn, "who created a roll-out overrides none of its verdicts")
        }
        let now = override.atMicroseconds
        guard override.untilMicroseconds > now, override.untilMicroseconds <= now + Override.longestMicroseconds else {
            throw Problem(.conflict, "an override ends after now and within 7 days")
        }
        record(override)
    }
}
