// The worker thread: order, deadlines, and what becomes of a thread that does not come back. Jobs are held up by the
// test, never by sleeping.
import Foundation
import Synchronization
import Testing

@testable import Agent

@Suite struct WorkerTests {
    /// A job that waits until the test lets it go.
    private final class Gate: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        func open() { semaphore.signal() }
        func pass() { semaphore.wait() }
    }

    @Test func jobsRunInOrderOnOneThread() async {
        let done = Collected<Worker<UInt>.Completion>()
        let worker = Worker<UInt>(clock: .system) { done.add($0) }
        let ids = (0..<50).map { _ in
            worker.submit(deadlineMilliseconds: 10_000) { UInt(bitPattern: Int(pthread_self())) }
        }
        while done.all.count < 50 {
            let before = done.all.count
            for completion in done.all { worker.completed(completion.job) }
            await eventually("the next job", { done.all.count > before || done.all.count == 50 })
        }
        #expect(done.all.map(\.job) == ids)
        #expect(Set(done.all.map(\.answer)).count == 1)
        worker.stop()
    }

    @Test func aStuckJobKeepsItsThreadAndANewOneTakesTheRest() async {
        let clock = HandClock()
        let done = Collected<Worker<Int>.Completion>()
        let worker = Worker<Int>(clock: clock.clock) { done.add($0) }
        let gate = Gate()
        let stuck = worker.submit(deadlineMilliseconds: 2000) {
            gate.pass()
            return 1
        }
        let next = worker.submit(deadlineMilliseconds: 2000) { 2 }
        #expect(worker.expire() == nil)
        #expect(worker.nextDeadlineMicroseconds != nil)
        clock.move(microseconds: 1_999_999)
        #expect(worker.expire() == nil)
        clock.move(microseconds: 1)
        #expect(worker.expire() == stuck)
        #expect(worker.stuckThreads == [stuck])
        await eventually("the rest ran", { done.all.map(\.job) == [next] })
        worker.completed(next)
        gate.open()
        await eventually("the stuck one came back", { done.all.map(\.job) == [next, stuck] })
        worker.completed(stuck)
        #expect(worker.stuckThreads.isEmpty)
        #expect(done.all.last?.answer == 1)
        worker.stop()
    }

    @Test func aWithdrawnJobNeverRuns() async {
        let done = Collected<Worker<Int>.Completion>()
        let worker = Worker<Int>(clock: .system) { done.add($0) }
        let gate = Gate()
        let first = worker.submit(deadlineMilliseconds: 60_000) {
            gate.pass()
            return 1
        }
        let second = worker.submit(deadlineMilliseconds: 60_000) { 2 }
        let third = worker.submit(deadlineMilliseconds: 60_000) { 3 }
        #expect(worker.withdraw([first, second]) == [second])
        gate.open()
        await eventually("the first", { done.all.count == 1 })
        worker.completed(first)
        await eventually("the third", { done.all.count == 2 })
        #expect(done.all.map(\.job) == [first, third])
        worker.stop()
    }

    @Test func theLateCompletionOfAGivenUpJobDoesNotEndTheRunningOne() async {
        let done = Collected<Worker<Int>.Completion>()
        let worker = Worker<Int>(clock: .system) { done.add($0) }
        let (slow, running) = (Gate(), Gate())
        let given = worker.submit(deadlineMilliseconds: 60_000) {
            slow.pass()
            return 1
        }
        let current = worker.submit(deadlineMilliseconds: 60_000) {
            running.pass()
            return 2
        }
        #expect(worker.giveUpRunning() == given)
        #expect(worker.isRunning(current))
        slow.open()
        await eventually("the given up one", { done.all.count == 1 })
        worker.completed(given)
        #expect(worker.isRunning(current))
        running.open()
        await eventually("the current one", { done.all.count == 2 })
        worker.completed(current)
        #expect(!worker.isRunning(current))
        worker.stop()
    }
}
