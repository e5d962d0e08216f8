import Synchronization

/// The collector's counters of itself. Kept in memory; a restart begins at zero, as Prometheus expects.
final class Metrics: Sendable {
    /// Why a connection got no further than its handshake.
    enum Refusal: String, Sendable, CaseIterable {
        /// The peer left in the middle of it: a port scan looks like this.
        case closed
        /// No certificate, a foreign one, an old protocol: BoringSSL said no.
        case tls
        case deadline
        /// The certificate names no identity of ours.
        case identity
        /// The certificate may not be used so: a CA, another key type.
        case certificate
        /// Our own set of key and certificates has expired.
        case expired
    }

    struct Values: Sendable {
        var connections: UInt64 = 0
        var refusals: [Refusal: UInt64] = [:]
        var reportsCommitted: UInt64 = 0
        var duplicates: UInt64 = 0
        var conflicts: UInt64 = 0
        var overloads: UInt64 = 0
        var storeErrors: UInt64 = 0
        /// Refused posts by problem code.
        var refusedPosts: [String: UInt64] = [:]
        /// Questions at the second listener.
        var tokensRefused: UInt64 = 0
        var commits = TimeHistogram()
        var reloadFailures: UInt64 = 0
        var lastStoreErrorMicroseconds: UInt64 = 0
        var lastCommitMicroseconds: UInt64 = 0
    }

    private let values = Mutex(Values())

    var snapshot: Values { values.withLock { $0 } }
    func count(_ change: (inout sending Values) -> Void) { values.withLock { change(&$0) } }
    func refused(_ reason: Refusal) { values.withLock { $0.refusals[reason, default: 0] += 1 } }
}

/// Durations in the buckets that a commit falls into.
struct TimeHistogram: Sendable {
    static let edgesMicroseconds: [UInt64] = [
        500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    ]
    /// Cumulative, as Prometheus wants them.
    private(set) var counts = [UInt64](repeating: 0, count: TimeHistogram.edgesMicroseconds.count)
    private(set) var count: UInt64 = 0
    private(set) var sumMicroseconds: UInt64 = 0

    mutating func add(microseconds: UInt64) {
        for (index, edge) in Self.edgesMicroseconds.enumerated() where microseconds <= edge { counts[index] += 1 }
        count += 1
        sumMicroseconds += microseconds
    }
}
