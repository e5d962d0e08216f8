// The one thread of the Redis connections, as others see it: orders go in and are carried out in turn. What they work
// on is made on that thread and touched from nowhere else.
import CLinux
import Glibc
import Synchronization

final class RedisThread<State>: Sendable {
    typealias Order = @Sendable (State) -> Void

    /// Outlives whichever of the two sides ends first.
    private final class Orders: Sendable {
        let bell: Int32
        private let waiting = Mutex((orders: [Order](), isOver: false))

        init(bell: Int32) { self.bell = bell }

        deinit { close(bell) }

        /// - Parameter order: `nil` is the last one.
        func add(_ order: Order?) {
            waiting.withLock { waiting in
                if let order { waiting.orders.append(order) } else { waiting.isOver = true }
            }
            var one: UInt64 = 1
            _ = write(bell, &one, MemoryLayout<UInt64>.size)
        }

        func take() -> (orders: [Order], isOver: Bool) {
            waiting.withLock { waiting in
                defer { waiting.orders = [] }
                return waiting
            }
        }
    }

    private let orders: Orders

    /// - Parameter make: called on the thread.
    /// - Returns: `nil`, with `errno` set, when the system gives no more descriptors or threads.
    init?(_ make: @escaping @Sendable (Poller) -> State) {
        let bell = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard bell >= 0 else { return nil }
        let orders = Orders(bell: bell)
        self.orders = orders
        let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { return nil }
        guard Thread.start({ Self.run(orders, Poller(epoll: epoll, bell: bell), make) }) else {
            close(epoll)
            return nil
        }
    }

    func execute(_ order: @escaping Order) { orders.add(order) }

    /// After what was ordered until now the thread ends.
    func finish() { orders.add(nil) }

    private static func run(_ orders: Orders, _ poller: Poller, _ make: (Poller) -> State) {
        let state = make(poller)
        while true {
            poller.turn()
            let (waiting, isOver) = orders.take()
            for order in waiting { order(state) }
            if isOver { return poller.end() }
        }
    }
}
