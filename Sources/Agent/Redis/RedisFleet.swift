// The Redis half of the agent, as the rest of it sees it: start, tell it the listening ports, ask for samples. Safe to
// call from any thread; everything else happens on the one event loop.
import NIOCore
import Synchronization
import Terms

final class RedisFleet: Sendable {
    private let eventLoop: any EventLoop
    private let configuration: Configuration
    private let root: Root
    private let state: NIOLoopBoundBox<RedisFleetState>
    private let sources = Mutex(DiscoverySources())
    /// Instances that were found and are in no sample, being more than a report may hold; as of the last round.
    let leftOut = Atomic(0)

    init(eventLoop: any EventLoop, configuration: Configuration, root: Root) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.root = root
        state = NIOLoopBoundBox.makeBoxSendingValue(
            RedisFleetState(eventLoop: eventLoop, configuration: configuration), eventLoop: eventLoop)
    }

    /// Connects to the configured instances and to socket files that are there.
    func start() { update(listening: nil) }

    /// The newest list of ports; `nil`, or a list that could not be read, leaves the last one in force. Asks the user
    /// database and looks for socket files on the calling thread: never call it on the event loop.
    func update(listening: PortsSample?) {
        let ports = listening.flatMap { $0.cause == nil ? $0.listening : nil }
        let discovery = sources.withLock { $0.look(configuration: configuration.redis, listening: ports, root: root) }
        eventLoop.execute { [state] in state.value.update(discovery, isNewList: ports != nil) }
    }

    /// INFO and LATENCY HISTOGRAM on every connection at once. Answers by the deadline: an instance that has not
    /// answered by then is absent with cause `timeout`, all others have their values.
    func collect(deadlineMilliseconds: Int) -> EventLoopFuture<[InstanceSample]> {
        let promise = eventLoop.makePromise(of: [InstanceSample].self)
        eventLoop.execute { [self] in
            leftOut.store(state.value.leftOut, ordering: .relaxed)
            state.value.collect(deadlineMilliseconds: deadlineMilliseconds, promise: promise)
        }
        return promise.futureResult
    }

    /// Closes every connection; an unfinished round ends without its missing instances.
    func stop() -> EventLoopFuture<Void> {
        eventLoop.submit { [state] in state.value.stop() }
    }
}
