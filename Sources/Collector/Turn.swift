import Synchronization

/// One after the other, in the order of asking, across suspensions: an actor alone lets others in at each `await`.
final class Turn: Sendable {
    private struct State {
        var isTaken = false
        var queue: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    /// Returns when it is the caller's turn, who must `pass` it on.
    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.isTaken else {
                    state.isTaken = true
                    return true
                }
                state.queue.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Hands it to the next one without letting anybody else in between.
    func pass() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard state.queue.isEmpty else { return state.queue.removeFirst() }
            state.isTaken = false
            return nil
        }
        next?.resume()
    }
}
