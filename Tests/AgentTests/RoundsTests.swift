// A round with the Redis fleet: it ends in time even when the fleet's thread itself does not answer.
import Dispatch
import Shared
import Testing

@testable import Agent

@Suite struct RoundsTests {
    private final class Bench {
        let fleet: RedisFleet
        let clock = HandClock()
        let messages = Collected<Message>()
        let worker: Worker<JobAnswer>
        let rounds: Rounds
        private var taken = 0

        init() throws {
            let messages = messages
            var configuration = Configuration(host: "db-1")
            configuration.redis.isDiscovering = false
            fleet = try #require(RedisFleet(configuration: configuration, root: .host))
            worker = Worker(clock: clock.clock) { messages.add(.job($0)) }
            let sampler = Sampler(
                probes: [], disabled: [], intervalMilliseconds: 10_000, worker: worker, clock: clock.clock)
            rounds = Rounds(
                sampler: sampler, fleet: fleet, worker: worker,
                files: FileTimes(configuration: configuration, root: .host), clock: clock.clock,
                intervalMilliseconds: 10_000
            ) { messages.add($0) }
        }

        func outcome() -> Rounds.Outcome? {
            let all = messages.all
            for message in all[taken...] {
                switch message {
                case .instances(let samples, let round): rounds.received(samples, round: round)
                case .job(let completion):
                    worker.completed(completion.job)
                    _ = rounds.completed(completion)
                case .client, .fleetStopped: break
                }
            }
            taken = all.count
            return rounds.outcome()
        }
    }

    @Test func aSilentThreadCostsARoundNothingButItsRedisValues() async throws {
        let bench = try Bench()
        let gate = DispatchSemaphore(value: 0)
        bench.fleet.thread.execute { _ in gate.wait() }
        bench.rounds.begin()
        #expect(bench.outcome() == nil)
        bench.clock.move(microseconds: 9_000_000)
        let silent = try #require(bench.outcome())
        #expect(silent.fleet.cause == .timeout)
        #expect(bench.rounds.silentRounds == 1)
        #expect(!bench.rounds.isOpen)

        gate.signal()
        bench.rounds.begin()
        var answered: Rounds.Outcome?
        await eventually(
            "the round ends",
            {
                answered = bench.outcome()
                return answered != nil
            })
        #expect(answered?.fleet.cause == nil)
        #expect(bench.rounds.silentRounds == 0)
    }

    @Test func aLateAnswerOfAnOldRoundIsNotTakenForTheNew() throws {
        let bench = try Bench()
        let gate = DispatchSemaphore(value: 0)
        bench.fleet.thread.execute { _ in gate.wait() }
        bench.rounds.begin()
        bench.clock.move(microseconds: 9_000_000)
        _ = try #require(bench.outcome())
        bench.rounds.begin()
        bench.rounds.received([], round: 1)
        #expect(bench.rounds.outcome() == nil)
        bench.rounds.received([], round: 2)
        #expect(bench.rounds.outcome() != nil)
        gate.signal()
    }
}
