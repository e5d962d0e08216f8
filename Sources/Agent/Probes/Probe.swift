/// What every blocking probe offers. Probes run one after the other on the agent's worker thread and must never be
/// touched from elsewhere; what they keep between samples (file positions, earlier lists) is theirs alone.
protocol Probe: AnyObject {
    /// As in the report and in messages: `cpu`, `journal`, ...
    var name: String { get }
    /// Seconds between samples; 0 means with every report.
    var periodSeconds: UInt64 { get }
    /// The schedule gives up on a sample after this long and reports `timeout`.
    var deadlineMilliseconds: Int { get }
    /// Reads the world once. Never throws: what cannot be read is absent with its cause.
    func sample(_ moment: Moment) -> Sample
    /// The agent ends in order, and every sample is in a report: a place in a source may be saved for the next start.
    func finish()
}

extension Probe {
    var periodSeconds: UInt64 { 0 }
    var deadlineMilliseconds: Int { 2000 }
    func finish() {}
}

/// The tick that a sample belongs to.
struct Moment: Sendable {
    /// Microseconds since 1970.
    var wallMicroseconds: UInt64
    /// CLOCK_BOOTTIME in microseconds.
    var bootMicroseconds: UInt64
}

/// Where the probes find the kernel's files; tests hand in a captured tree.
struct Root: Sendable {
    var path: String
    static let host = Root(path: "")
    func file(_ absolute: String) -> String { path + absolute }
}
