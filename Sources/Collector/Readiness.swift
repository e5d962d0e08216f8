import Synchronization

/// Which parts of the collector are still starting.
final class Readiness: Sendable {
    enum Part: String, Sendable, CaseIterable {
        case store, judging, api
    }

    private let ready = Mutex<Set<Part>>([])

    func isReady(_ part: Part) { ready.withLock { _ = $0.insert(part) } }
    var missing: [String] {
        let ready = ready.withLock { $0 }
        return Part.allCases.filter { !ready.contains($0) }.map(\.rawValue)
    }
}
