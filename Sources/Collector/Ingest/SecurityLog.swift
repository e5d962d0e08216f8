import Logging
import Synchronization

/// Writes what a person should look at into the store and the log. A sender that repeats itself is written once per
/// pause and counted in between, so that it cannot fill the store.
final class SecurityLog: Sendable {
    static let pauseMicroseconds: UInt64 = 60_000_000
    private static let mostKeys = 4096

    private struct Key: Hashable {
        var kind: SecurityEvent.Kind
        var host: String
    }
    private struct Seen {
        var atMicroseconds: UInt64
        var suppressed: UInt64 = 0
    }
    private struct State {
        var seen: [Key: Seen] = [:]
        var counts: [SecurityEvent.Kind: UInt64] = [:]
    }

    private let store: any EventStore
    private let logger: Logger
    private let state = Mutex(State())

    init(store: any EventStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    var counts: [SecurityEvent.Kind: UInt64] { state.withLock { $0.counts } }

    func note(_ event: SecurityEvent) async {
        guard let suppressed = begin(event) else { return }
        var event = event
        if suppressed > 0 { event.detail += " (and \(suppressed) times before)" }
        logger.critical(
            "\(event.kind.rawValue): \(event.host) from \(event.address) as \(event.caller): \(event.detail)")
        do {
            try await store.append(event)
        } catch {
            logger.error("the security event \(event.kind.rawValue) of \(event.host) could not be stored: \(error)")
        }
    }

    /// - Returns: how many were left out since the last one; `nil` leaves this one out, too.
    private func begin(_ event: SecurityEvent) -> UInt64? {
        state.withLock { state in
            state.counts[event.kind, default: 0] += 1
            let key = Key(kind: event.kind, host: event.host)
            if var seen = state.seen[key], event.atMicroseconds < seen.atMicroseconds + Self.pauseMicroseconds {
                seen.suppressed += 1
                state.seen[key] = seen
                return nil
            }
            let suppressed = state.seen[key]?.suppressed ?? 0
            if state.seen.count >= Self.mostKeys { state.seen.removeAll() }
            state.seen[key] = Seen(atMicroseconds: event.atMicroseconds)
            return suppressed
        }
    }
}
