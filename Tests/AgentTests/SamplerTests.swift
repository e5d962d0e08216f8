// A round of probes: it ends in time, says why a value is missing, and loses no event of a probe that was late.
import Foundation
import Shared
import Synchronization
import Testing

@testable import Agent

@Suite struct SamplerTests {
    private final class FakeProbe: Probe {
        let name: String
        let periodSeconds: UInt64
        let gate: DispatchSemaphore?
        let make: @Sendable () -> Sample

        private let finished = Atomic(false)
        var isFinished: Bool { finished.load(ordering: .relaxed) }

        init(
            _ name: String, periodSeconds: UInt64 = 0, gate: DispatchSemaphore? = nil,
            _ make: @escaping @Sendable () -> Sample
        ) {
            self.name = name
            self.periodSeconds = periodSeconds
            self.gate = gate
            self.make = make
        }

        func sample(_: Moment) -> Sample {
            gate?.wait()
            return make()
        }

        func finish() { finished.store(true, ordering: .relaxed) }
    }

    /// A sampler with the main thread's part of the loop.
    private final class Bench {
        let clock = HandClock()
        let done = Collected<Worker<JobAnswer>.Completion>()
        let worker: Worker<JobAnswer>
        let sampler: Sampler
        private var taken = 0

        init(_ probes: [any Probe], disabled: Set<String> = []) {
            let done = done
            worker = Worker(clock: clock.clock) { done.add($0) }
            sampler = Sampler(
                probes: probes, disabled: disabled, intervalMilliseconds: 10_000, worker: worker, clock: clock.clock)
        }

        func drain() {
            let all = done.all
            for completion in all[taken...] {
                worker.completed(completion.job)
                _ = sampler.completed(completion)
            }
            taken = all.count
        }

        func tick(_ number: UInt64) {
            // Beginning a round within a round ends the process, and all other tests with it.
            guard sampler.isComplete else { return }
            sampler.begin(
                Moment(wallMicroseconds: 0, bootMicroseconds: number * 10_000_000), budgetMilliseconds: 8000)
        }

        func settle() async {
            await eventually(
                "the round ends",
                {
                    drain()
                    return sampler.isComplete
                })
        }

        /// Whether any probe was there to be told.
        func finish() async -> Bool {
            guard let job = sampler.finish() else { return false }
            await eventually("the probes are told") { done.all.contains { $0.job == job } }
            return true
        }

        func result(_ name: String) -> ProbeResult? { sampler.results.first { $0.name == name } }
    }

    @Sendable private static func cpu() -> Sample {
        var sample = Sample()
        sample.set(Catalogue.cpuUser, 5)
        return sample
    }

    @Test func everyDueProbeAnswersOnce() async {
        let bench = Bench([FakeProbe("cpu", Self.cpu), FakeProbe("packages", periodSeconds: 600) { Sample() }])
        bench.tick(1)
        await bench.settle()
        #expect(bench.sampler.results.map(\.name) == ["cpu", "packages"])
        bench.tick(2)
        await bench.settle()
        #expect(bench.sampler.results.map(\.name) == ["cpu"])
    }

    @Test func aStuckProbeIsAbsentWithTimeoutAndTheOthersAreNot() async {
        let gate = DispatchSemaphore(value: 0)
        let bench = Bench([FakeProbe("memory", gate: gate) { Sample() }, FakeProbe("cpu", Self.cpu)])
        bench.tick(1)
        bench.clock.move(microseconds: 2_000_000)
        let expired = bench.worker.expire()
        #expect(expired != nil)
        if let expired { bench.sampler.expired(expired) }
        await bench.settle()
        #expect(bench.result("cpu")?.sample.host.first?.reading == .value(5))
        let memory = bench.result("memory")
        #expect(memory?.sample.cause == .timeout)
        #expect(
            memory?.sample.host.contains {
                $0.measurement == Catalogue.memoryAvailable && $0.reading == .absent(.timeout)
            } == true)
        #expect(memory?.sample.host.contains { $0.measurement == Catalogue.cpuUser } == false)
        #expect(bench.sampler.stuck == ["memory"])

        // While it is stuck it is not asked again, and costs no time.
        bench.tick(2)
        await bench.settle()
        #expect(bench.result("memory")?.sample.cause == .timeout)
        gate.signal()
        await eventually(
            "it comes back",
            {
                bench.drain()
                return bench.sampler.stuck.isEmpty
            })
        gate.signal()
        bench.tick(3)
        await bench.settle()
        #expect(bench.result("memory")?.sample.cause == nil)
    }

    @Test func theRoundEndsWithItsBudgetWhateverIsStuck() async {
        let gate = DispatchSemaphore(value: 0)
        let bench = Bench([FakeProbe("memory", gate: gate) { Sample() }, FakeProbe("cpu", Self.cpu)])
        bench.tick(1)
        bench.clock.move(microseconds: 8_000_000)
        bench.sampler.expire()
        #expect(bench.sampler.isComplete)
        #expect(bench.result("cpu")?.sample.cause == .timeout)
        // cpu had not begun, so it is not stuck.
        #expect(bench.sampler.stuck == ["memory"])
        bench.tick(2)
        await bench.settle()
        #expect(bench.result("cpu")?.sample.cause == nil)
        gate.signal()
    }

    @Test func eventsOfALateProbeComeWithTheNextReportAndItsReadingsDoNot() async {
        let gate = DispatchSemaphore(value: 0)
        let probe = FakeProbe("journal", gate: gate) {
            var sample = Self.cpu()
            var journal = JournalSample()
            journal.gaps = 3
            sample.journal = journal
            return sample
        }
        let bench = Bench([probe])
        bench.tick(1)
        bench.sampler.close()
        #expect(bench.result("journal")?.sample.journal?.cause == .timeout)
        gate.signal()
        await eventually(
            "it comes back",
            {
                bench.drain()
                return bench.sampler.stuck.isEmpty
            })
        bench.tick(2)
        await bench.settle()
        #expect(bench.result("journal")?.sample.journal?.gaps == 3)
        #expect(bench.result("journal")?.sample.host.isEmpty == true)
        gate.signal()
        bench.tick(3)
        await bench.settle()
        #expect(bench.result("journal")?.sample.host.isEmpty == false)
    }

    @Test func onlyProbesWhoseSamplesAreInReportsAreToldOfTheEnd() async {
        let gate = DispatchSemaphore(value: 0)
        let (cpu, journal) = (FakeProbe("cpu", Self.cpu), FakeProbe("journal", gate: gate) { Sample() })
        let bench = Bench([cpu, journal])
        bench.tick(1)
        let isToldWithinARound = await bench.finish()
        #expect(!isToldWithinARound)
        await eventually("cpu answers") {
            bench.drain()
            return !bench.sampler.results.isEmpty
        }
        bench.sampler.close()
        let isTold = await bench.finish()
        #expect(isTold)
        #expect(cpu.isFinished)
        #expect(!journal.isFinished)
        gate.signal()
    }

    @Test func aLateProbeWithoutEventsIsDueAgainAtOnce() async {
        let gate = DispatchSemaphore(value: 0)
        let bench = Bench([FakeProbe("filesystem", periodSeconds: 60, gate: gate) { Sample() }])
        bench.tick(1)
        bench.sampler.close()
        gate.signal()
        await eventually(
            "it comes back",
            {
                bench.drain()
                return bench.sampler.stuck.isEmpty
            })
        gate.signal()
        bench.tick(2)
        await bench.settle()
        #expect(bench.sampler.results.map(\.name) == ["filesystem"])
        #expect(bench.result("filesystem")?.sample.cause == nil)
    }

    @Test func aDisabledProbeIsAbsentAsUnsupported() async {
        let bench = Bench([FakeProbe("cpu", Self.cpu)], disabled: ["ports", "memory"])
        bench.tick(1)
        await bench.settle()
        #expect(bench.result("ports")?.sample.ports?.cause == .unsupported)
        #expect(bench.result("memory")?.sample.host.isEmpty == false)
        #expect(bench.result("memory")?.sample.host.allSatisfy { $0.reading == .absent(.unsupported) } == true)
    }

    @Test func everyMeasurementOfTheHostBelongsToAProbeThatExists() {
        for measurement in Catalogue.all where measurement.level == .host {
            let owners = Registry.names.filter { name in
                Registry.absent(name, .timeout).host.contains { $0.measurement == measurement }
            }
            #expect(owners.count == 1, "\(measurement.name)")
        }
        let probes = Registry.probes(root: .host, configuration: Configuration(host: "x"))
        #expect(Set(probes.map(\.name)) == Set(Registry.names))
    }

    @Test func devicesOfAStuckProbeKeepTheirNames() {
        let sample = Registry.absent("disk", .timeout, labels: ["sda"])
        #expect(sample.labelled.map(\.label) == ["sda"])
        #expect(
            sample.labelled[0].values.allSatisfy { $0.reading == .absent(.timeout) && $0.measurement.level == .device })
    }
}
