// When which instance is to ping: one timer of the event loop for all of them. A timer each would have the loop sort
// its own, larger, entries and set the kernel's clock for every one of them, which cost a tenth of the agent's time.
import NIOCore

final class PingTimer: NIOScheduledCallbackHandler {
    private struct Entry {
        var timeNanoseconds: UInt64
        var instance: RedisInstance
    }

    private let eventLoop: any EventLoop
    /// A binary heap, the earliest first.
    private var entries: [Entry] = []
    private var armed: (callback: NIOScheduledCallback, timeNanoseconds: UInt64)?
    private var isFiring = false

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// `instance.tick` is called then, once. There is never more than one tick to come for an instance.
    func schedule(_ instance: RedisInstance, atNanoseconds time: UInt64) {
        entries.append(Entry(timeNanoseconds: time, instance: instance))
        rise(entries.count - 1)
        arm()
    }

    func handleScheduledCallback(eventLoop _: some EventLoop) {
        armed = nil
        isFiring = true
        // Those that come due meanwhile have a turn of the loop of their own: it has answers to read.
        let now = NIODeadline.now().uptimeNanoseconds
        while let first = entries.first, first.timeNanoseconds <= now {
            removeFirst()
            first.instance.tick()
        }
        isFiring = false
        arm()
    }

    private func arm() {
        guard !isFiring, let first = entries.first else { return }
        if let armed {
            guard first.timeNanoseconds < armed.timeNanoseconds else { return }
            armed.callback.cancel()
        }
        let time = first.timeNanoseconds
        // Fails only when the loop is shutting down; then there is nothing left to ping.
        let callback = try? eventLoop.assumeIsolated().scheduleCallback(at: .uptimeNanoseconds(time), handler: self)
        armed = callback.map { ($0, time) }
    }

    // MARK: the heap

    private func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in 2 * parent + 1...2 * parent + 2
            where child < entries.count && entries[child].timeNanoseconds < entries[least].timeNanoseconds {
                least = child
            }
            guard least != parent else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }

    private func rise(_ start: Int) {
        var child = start
        while child > 0, entries[child].timeNanoseconds < entries[(child - 1) / 2].timeNanoseconds {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }
}
