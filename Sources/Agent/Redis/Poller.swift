// Waits on sockets and on the clock, for the one thread that it belongs to. NIO's channels do the same with a dozen
// kilobytes for each connection, and the agent keeps one to every Redis (docs/decisions.md).
import CLinux
import Glibc

/// What owns a watched descriptor.
protocol PollerClient: AnyObject {
    /// The descriptor can be read or written, or has failed: the next call on it tells.
    func isReady()
}

final class Poller {
    enum Interest {
        case reading, writing

        fileprivate var events: UInt32 {
            switch self {
            case .reading: EPOLLIN.rawValue
            case .writing: EPOLLOUT.rawValue
            }
        }
    }

    private struct Watch {
        unowned let client: any PollerClient
        var generation: UInt32
    }

    /// INFO of a usual server comes in one piece; the pages beyond what was ever read are never touched.
    private static let scratchBytes = 16 << 10
    private static let eventsAtOnce = 64

    private let epoll: Int32
    private let bell: Int32
    private var watches: [Int32: Watch] = [:]
    /// Word of a descriptor that was closed may still come after its number was given out again.
    private var generation: UInt32 = 0
    private var alarms = Alarms()
    private var events = [epoll_event](repeating: epoll_event(), count: eventsAtOnce)
    /// What a client reads is in here until its `isReady` returns.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: scratchBytes, alignment: 8)

    /// - Parameters:
    ///   - epoll: from epoll_create1(2); it is the poller's from now on.
    ///   - bell: from eventfd(2); whoever adds to it ends the wait.
    init(epoll: Int32, bell: Int32) {
        self.epoll = epoll
        self.bell = bell
        // Fails for want of kernel memory only: then orders wait for the next socket or alarm.
        _ = control(EPOLL_CTL_ADD, bell, .reading, generation: 0)
    }

    deinit {
        close(epoll)
        scratch.deallocate()
    }

    /// Nothing is waited for any more, and nobody is held.
    func end() {
        alarms = Alarms()
        watches = [:]
    }

    /// Nanoseconds on the clock of alarms, which never steps and stands still during suspend.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    // MARK: descriptors

    /// - Parameter client: told until `forget`, which it must not outlive.
    /// - Returns: false when the kernel does not take it.
    func watch(_ descriptor: Int32, for interest: Interest, _ client: any PollerClient) -> Bool {
        generation &+= 1
        watches[descriptor] = Watch(client: client, generation: generation)
        return control(EPOLL_CTL_ADD, descriptor, interest, generation: generation)
    }

    func change(_ descriptor: Int32, to interest: Interest) {
        guard let watch = watches[descriptor] else { return }
        _ = control(EPOLL_CTL_MOD, descriptor, interest, generation: watch.generation)
    }

    /// Before the descriptor is closed.
    func forget(_ descriptor: Int32) {
        guard watches.removeValue(forKey: descriptor) != nil else { return }
        _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    }

    private func control(_ action: Int32, _ descriptor: Int32, _ interest: Interest, generation: UInt32) -> Bool {
        var event = epoll_event()
        event.events = interest.events
        event.data.u64 = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
        return epoll_ctl(epoll, action, descriptor, &event) == 0
    }

    // MARK: the clock

    /// Has it ring once, then. It must have rung since it was last set.
    func set(_ alarm: Alarm, atNanoseconds time: UInt64) { alarms.insert(alarm, atNanoseconds: time) }

    /// `action` is called once, then, unless it is cancelled before.
    func alarm(inMilliseconds wait: Int64, _ action: @escaping () -> Void) -> Alarm {
        let alarm = Alarm(action)
        set(alarm, atNanoseconds: Self.now() + UInt64(max(0, wait)) * 1_000_000)
        return alarm
    }

    // MARK: waiting

    /// Waits for the first thing to happen, and tells whom it concerns.
    func turn() {
        let count = epoll_wait(epoll, &events, Int32(Self.eventsAtOnce), waitMilliseconds())
        for index in 0..<max(0, Int(count)) {
            let data = events[index].data.u64
            let descriptor = Int32(bitPattern: UInt32(truncatingIfNeeded: data))
            if descriptor == bell {
                var count: UInt64 = 0
                _ = read(bell, &count, MemoryLayout<UInt64>.size)
            } else if let watch = watches[descriptor], watch.generation == UInt32(data >> 32) {
                watch.client.isReady()
            }
        }
        // Those that come due meanwhile have a turn of their own: there may be answers to read.
        let now = Self.now()
        while let alarm = alarms.removeFirst(dueBy: now) { alarm.ring() }
    }

    private func waitMilliseconds() -> Int32 {
        guard let next = alarms.nextNanoseconds else { return -1 }
        let now = Self.now()
        // Rounded up: a wait that ends early would turn into a busy loop.
        return next <= now ? 0 : Int32(min((next - now + 999_999) / 1_000_000, UInt64(Int32.max)))
    }
}
