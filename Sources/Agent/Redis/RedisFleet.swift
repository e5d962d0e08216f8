// The Redis half of the agent, as the rest of it sees it: start, tell it the listening ports, ask for samples. Safe to
// call from any thread; everything else happens on the thread of the connections.
import Synchronization
import Terms

final class RedisFleet: Sendable {
    let thread: RedisThread<RedisFleetState>
    private let configuration: Configuration
    private let root: Root
    private let sources = Mutex(DiscoverySources())
    /// Instances that were found and are in no sample, being more than a report may hold; as of the last round.
    let leftOut = Atomic(0)

    /// - Returns: `nil`, with `errno` set, when the system gives no more descriptors or threads.
    init?(configuration: Configuration, root: Root) {
        self.configuration = configuration
        self.root = root
        let thread = RedisThread { RedisFleetState(poller: $0, configuration: configuration) }
        guard let thread else { return nil }
        self.thread = thread
    }

    /// The connections end with the fleet.
    deinit {
        thread.execute { $0.stop() }
        thread.finish()
    }

    /// Connects to the configured instances and to socket files that are there.
    func start() { update(listening: nil) }

    /// The newest list of ports; `nil`, or a list that could not be read, leaves the last one in force. Asks the user
    /// database and looks for socket files on the calling thread: call it where waiting is allowed.
    func update(listening: PortsSample?) {
        let ports = listening.flatMap { $0.cause == nil ? $0.listening : nil }
        let discovery = sources.withLock { $0.look(configuration: configuration.redis, listening: ports, root: root) }
        thread.execute { $0.update(discovery, isNewList: ports != nil) }
    }

    /// INFO and LATENCY HISTOGRAM on every connection at once. Answers by the deadline: an instance that has not
    /// answered by then is absent with cause `timeout`, all others have their values.
    /// - Parameter completion: called once, on the thread of the connections.
    func collect(deadlineMilliseconds: Int, completion: @escaping RedisFleetState.Completion) {
        thread.execute { [weak self] state in
            self?.leftOut.store(state.leftOut, ordering: .relaxed)
            state.collect(deadlineMilliseconds: deadlineMilliseconds, completion: completion)
        }
    }

    /// Closes every connection; an unfinished round ends without its missing instances.
    /// - Parameter completion: called on the thread of the connections.
    func stop(completion: @escaping @Sendable () -> Void) {
        thread.execute { state in
            state.stop()
            completion()
        }
    }
}
