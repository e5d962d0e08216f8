import Shared

// Rows as they are stored: plain values with the bytes of their bodies. What the bodies mean is known to those who
// write them; the store never looks inside.

struct ReportRow: Sendable, Equatable {
    var host: String
    var runID: [UInt8]
    var sequence: UInt64
    /// The host's own wall clock.
    var timeMicroseconds: UInt64
    var receivedMicroseconds: UInt64
    /// The host's wall clock less the collector's, as known at receipt.
    var skewMicroseconds: Int64
    /// SHA-256 of the report's own bytes, not of the compressed ones.
    var digest: [UInt8]
    /// The report's own bytes, compressed (ReportRow+Report.swift).
    var body: [UInt8]
}

struct HostRow: Sendable, Equatable {
    var host: String
    var state: HostView.State
    /// SHA-256 of /etc/machine-id: registered, or learnt from the report that activated the host.
    var machineIDDigest: [UInt8]?
    /// CIDR that the activating report must come from.
    var addresses: String?
    /// Set while two places report in turns and no operator has looked.
    var duplicateAtMicroseconds: UInt64?
    /// No report may activate it until an operator registers it again.
    var awaitsOperator: Bool
    /// The SPIFFE ID of who changed it, or the host's own.
    var changedBy: String
    var changedAtMicroseconds: UInt64
    /// Why it was banned or retired; empty otherwise.
    var reason: String
}

struct WaitingRow: Sendable, Equatable {
    var host: String
    var address: String
    /// As the host says of itself; empty when its report could not be read.
    var machineIDDigest: [UInt8]
    var firstSeenMicroseconds: UInt64
    var lastSeenMicroseconds: UInt64
}

struct BlockRow: Sendable, Equatable {
    var host: String
    var blockSeconds: Int
    var index: Int64
    var frozenAtMicroseconds: UInt64
    var digest: [UInt8]
    var body: [UInt8]
}

struct RolloutRow: Sendable, Equatable {
    var id: String
    var version: Int
    var createdBy: String
    /// JSON.
    var body: [UInt8]
}

struct VerdictRow: Sendable, Equatable {
    var id: String
    var rollout: String
    var judging: Int
    var hour: Int
    var evaluatedAtMicroseconds: UInt64
    var state: String
    var body: [UInt8]
}

/// A signed statement with what a list of them shows.
struct StatementRow: Sendable, Equatable {
    /// Of the verdict or the record: UUIDv7.
    var id: String
    /// `verdict`, or the kind of the record.
    var kind: String
    /// Empty where it concerns none.
    var rollout: String
    var by: String
    var atMicroseconds: UInt64
    /// One line for people.
    var summary: String
    /// RFC 6962 leaf hash of its log entry.
    var leaf: [UInt8]
    /// The DSSE envelope.
    var envelope: [UInt8]
}

struct LoggedStatement: Sendable, Equatable {
    var statement: StatementRow
    /// In the log; `nil`: not yet.
    var index: UInt64?
}

/// A file that a statement names by its digest.
struct EvidenceFileRow: Sendable, Equatable {
    /// SHA-256 of the bytes.
    var digest: [UInt8]
    var bytes: [UInt8]
}

/// The answer that a caller got for a request with an idempotency key.
struct StoredAnswer: Sendable, Equatable {
    /// How long a key is remembered.
    static let keptMicroseconds: UInt64 = 48 * 3600 * 1_000_000

    var key: String
    var caller: String
    /// SHA-256 over method, path and body.
    var requestDigest: [UInt8]
    var status: Int
    /// Answer headers that must be repeated, such as `Location` and `ETag`.
    var headers: [String: String]
    var body: [UInt8]
    var storedMicroseconds: UInt64
}

/// A decision and what became of it.
struct RecordRow: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable { case access, origin, policy }

    var kind: Kind
    var id: String
    var version: Int
    /// JSON.
    var body: [UInt8]
}

/// Something at the door that a person should look at.
struct SecurityEvent: Sendable, Equatable {
    /// Older ones go.
    static let kept = 100_000

    enum Kind: String, Sendable, CaseIterable {
        case wrongHost = "wrong-host"
        case sequenceConflict = "sequence-conflict"
        case hostDuplicate = "host-duplicate"
        /// An active host came with another machine-id, or none.
        case machineChanged = "machine-changed"
        /// A registered host did not match its registration.
        case registrationMismatch = "registration-mismatch"
    }

    var kind: Kind
    var atMicroseconds: UInt64
    var host: String
    /// SPIFFE ID of the certificate.
    var caller: String
    var address: String
    var detail: String
}
