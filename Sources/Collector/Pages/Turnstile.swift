import Shared
import Synchronization

/// Lets so many in at once and sends the others away: a page that reads a day of blocks is work, and a reload key held
/// down must not take it from the gates.
final class Turnstile: Sendable {
    private let free: Mutex<Int>

    init(places: Int) { free = Mutex(places) }

    /// - Throws: `slow-down` while all places are taken, and what `body` throws.
    func pass<Value>(_ body: () async throws -> Value) async throws -> Value {
        let isIn = free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
        guard isIn else { throw Problem(.slowDown, "several pages with charts are being drawn; load it again") }
        defer { free.withLock { $0 += 1 } }
        return try await body()
    }
}
