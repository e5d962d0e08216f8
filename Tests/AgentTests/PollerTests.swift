// The loop of the Redis connections by itself: alarms in order, and nobody told what concerns another.
import CLinux
import Glibc
import Testing

@testable import Agent

@Suite struct PollerTests {
    private final class Client: PollerClient {
        var calls = 0
        private let action: () -> Void

        init(_ action: @escaping () -> Void = {}) { self.action = action }

        func isReady() {
            calls += 1
            action()
        }
    }

    private static func poller() -> Poller {
        Poller(epoll: epoll_create1(Int32(EPOLL_CLOEXEC)), bell: eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
    }

    /// Reading and writing end.
    private static func pipe() throws -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    @Test func alarmsRingOnceInTheirOrderAndCancelledOnesDoNot() {
        var random = HostRandom.seeded("alarmsRingOnceInTheirOrder")
        for _ in 0..<50 {
            var alarms = Alarms()
            var rung: [UInt64] = []
            var wanted: [UInt64] = []
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                let time = UInt64.random(in: 0...40, using: &random)
                let alarm = Alarm { rung.append(time) }
                alarms.insert(alarm, atNanoseconds: time)
                if Bool.random(using: &random) { alarm.cancel() } else { wanted.append(time) }
            }
            let due = UInt64.random(in: 0...40, using: &random)
            while let alarm = alarms.removeFirst(dueBy: due) { alarm.ring() }
            #expect(rung == wanted.filter { $0 <= due }.sorted())
            #expect((alarms.nextNanoseconds ?? .max) > due)
        }
    }

    @Test func anAlarmThatSetsItselfHasATurnOfItsOwn() {
        let poller = Self.poller()
        var rung = 0
        var alarm: Alarm?
        alarm = Alarm {
            rung += 1
            if let alarm { poller.set(alarm, atNanoseconds: Poller.now()) }
        }
        if let alarm { poller.set(alarm, atNanoseconds: Poller.now()) }
        poller.turn()
        #expect(rung == 1)
        poller.turn()
        #expect(rung == 2)
        alarm?.cancel()
        poller.end()
    }

    /// The kernel has told of both before the first client acts.
    @Test func wordOfAClosedDescriptorIsNotTakenForTheNextOneOfItsNumber() throws {
        let poller = Self.poller()
        let (one, two, silent) = (try Self.pipe(), try Self.pipe(), try Self.pipe())
        let late = Client()
        var clients: [Client] = []
        func replacing(_ other: Int32) -> Client {
            Client {
                guard late.calls == 0, clients.count == 2 else { return }
                poller.forget(other)
                // Closes `other` and gives its number to a pipe that nothing was written to.
                _ = dup2(silent.0, other)
                _ = poller.watch(other, for: .reading, late)
                clients.removeLast()
            }
        }
        clients = [replacing(two.0), replacing(one.0)]
        let held = clients
        for (index, end) in [one, two].enumerated() {
            #expect(poller.watch(end.0, for: .reading, held[index]))
            var byte: UInt8 = 1
            #expect(write(end.1, &byte, 1) == 1)
        }
        poller.turn()
        #expect(held.map(\.calls).reduce(0, +) == 1)
        #expect(late.calls == 0)
        for descriptor in [one.0, two.0] { poller.forget(descriptor) }
        for descriptor in [one.0, one.1, two.0, two.1, silent.0, silent.1] { close(descriptor) }
    }
}
