import Synchronization

/// The first signal that came.
final class Received: Sendable {
    private let first = Atomic<Int32>(0)
    func note(_ number: Int32) { _ = first.compareExchange(expected: 0, desired: number, ordering: .relaxed) }
    var number: Int32? {
        let number = first.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }
}
