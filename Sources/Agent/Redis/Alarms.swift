// What is to happen when, the earliest first. One clock for all connections: a timer of the kernel for each would be
// set a hundred times a second.

/// Rings once each time that it was set. What it holds it holds until it is cancelled.
final class Alarm {
    fileprivate(set) var timeNanoseconds: UInt64 = 0
    private var action: (() -> Void)?

    init(_ action: @escaping () -> Void) { self.action = action }

    /// For good. It keeps its place until its time, and nothing else.
    func cancel() { action = nil }

    func ring() { action?() }
}

/// A binary heap.
struct Alarms {
    private var entries: [Alarm] = []

    var nextNanoseconds: UInt64? { entries.first?.timeNanoseconds }

    /// - Parameter alarm: not set at present.
    mutating func insert(_ alarm: Alarm, atNanoseconds time: UInt64) {
        alarm.timeNanoseconds = time
        entries.append(alarm)
        var child = entries.count - 1
        while child > 0, entries[child].timeNanoseconds < entries[(child - 1) / 2].timeNanoseconds {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst(dueBy now: UInt64) -> Alarm? {
        guard let first = entries.first, first.timeNanoseconds <= now else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in 2 * parent + 1...2 * parent + 2
            where child < entries.count && entries[child].timeNanoseconds < entries[least].timeNanoseconds {
                least = child
            }
            guard least != parent else { return first }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
