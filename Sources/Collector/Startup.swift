import Logging
import ServiceLifecycle
import Shared
import Synchronization

/// Brings back what was known before the last stop, then lets the API begin. A store that cannot be read ends the
/// process: a collector that forgot its hosts would refuse them all.
struct Startup: Service {
    let steps: [Step]
    let gate: StartGate
    let readiness: Readiness
    let logger: Logger

    struct Step: Sendable {
        var part: Readiness.Part
        var run: @Sendable () async throws -> Void
    }

    func run() async throws {
        for step in steps {
            try await step.run()
            readiness.isReady(step.part)
        }
        gate.open()
        try? await gracefulShutdown()
    }
}

/// Closed until it is opened, once.
final class StartGate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
