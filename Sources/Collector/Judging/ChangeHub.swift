import Synchronization

/// Wakes those who wait at a roll-out's gate when anything about it changes. A waiter that gives up is removed.
final class ChangeHub: Sendable {
    private struct State {
        var waiters: [String: [UInt64: CheckedContinuation<Void, Never>]] = [:]
        var versions: [String: UInt64] = [:]
        var nextID: UInt64 = 0
        var isClosed = false
    }
    private let state = Mutex(State())

    /// Stands for all roll-outs together; no roll-out has this name.
    static let anyRollout = ""

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Rises with every change of this roll-out.
    func version(of rollout: String) -> UInt64 { state.withLock { $0.versions[rollout] ?? 0 } }

    func changed(_ rollout: String) {
        let woken = state.withLock { state in
            [rollout, Self.anyRollout].flatMap { key in
                state.versions[key, default: 0] += 1
                return state.waiters.removeValue(forKey: key).map { Array($0.values) } ?? []
            }
        }
        for continuation in woken { continuation.resume() }
    }

    /// Wakes everybody, now and later: the collector is stopping.
    func close() {
        let woken = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return state.waiters.values.flatMap(\.values)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Returns when the roll-out is no longer at `version`, when the task is cancelled, or when the hub closes.
    func wait(for rollout: String, after version: UInt64) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isClosed || Task.isCancelled || state.versions[rollout] ?? 0 != version { return true }
                    state.waiters[rollout, default: [:]][id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters[rollout]?.removeValue(forKey: id) }?.resume()
        }
    }
}
