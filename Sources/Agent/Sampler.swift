// One round of host probes for each report. It knows which probe is due, gives the due ones to the worker, and makes
// sure that the round ends in time whatever the probes do: a probe that does not answer is reported as timed out and
// skipped until its thread comes back. It must never wait itself.
import Terms

/// What one probe gave in one round.
struct ProbeResult: Sendable {
    var name: String
    var durationMicroseconds: UInt64 = 0
    var sample: Sample
}

final class Sampler {
    fileprivate enum State {
        case idle
        case running(job: UInt64)
        /// Its thread is still inside.
        case stuck(job: UInt64)
    }

    fileprivate final class Slot {
        let probe: any Probe
        var period: Period
        var state = State.idle
        var labels: [String] = []
        /// An answer that came after its round: what it says of events must not be lost.
        var late: ProbeResult?

        init(_ probe: any Probe) {
            self.probe = probe
            period = Period(seconds: probe.periodSeconds)
        }
    }

    /// Carries a probe to the worker's thread.
    private struct Handover: @unchecked Sendable {
        // Safe to send: a slot gives its probe away only while it is idle, and becomes idle again only when the job
        // has answered, so no two threads touch a probe at once; the queue's lock orders their memory.
        let probe: any Probe
    }

    private static let finishMilliseconds = 1000

    private let worker: Worker<JobAnswer>
    private let clock: Clock
    private let slots: [Slot]
    private let disabled: [String]
    private let intervalMicroseconds: UInt64
    private var pending: Set<UInt64> = []
    private var endMicroseconds: UInt64?
    private(set) var results: [ProbeResult] = []

    init(
        probes: [any Probe], disabled: Set<String>, intervalMilliseconds: Int, worker: Worker<JobAnswer>, clock: Clock
    ) {
        slots = probes.map { Slot($0) }
        self.disabled = disabled.sorted()
        intervalMicroseconds = UInt64(intervalMilliseconds) * 1000
        self.worker = worker
        self.clock = clock
    }

    var isComplete: Bool { pending.isEmpty }

    /// Names of probes whose thread has not come back.
    var stuck: [String] {
        slots.filter { if case .stuck = $0.state { true } else { false } }.map(\.probe.name)
    }

    /// When `expire` is to be called next.
    var nextDeadlineMicroseconds: UInt64? { pending.isEmpty ? nil : endMicroseconds }

    /// - Parameter budgetMilliseconds: the round is over then, answered or not.
    func begin(_ moment: Moment, budgetMilliseconds: Int) {
        precondition(pending.isEmpty, "a round is still open")
        results = disabled.map { ProbeResult(name: $0, sample: Registry.absent($0, .unsupported)) }
        endMicroseconds = clock.monotonicMicroseconds() + UInt64(max(1, budgetMilliseconds)) * 1000
        for slot in slots {
            if let late = slot.late {
                slot.late = nil
                results.append(late)
                continue
            }
            guard
                slot.period.isDue(
                    bootMicroseconds: moment.bootMicroseconds, intervalMicroseconds: intervalMicroseconds)
            else { continue }
            switch slot.state {
            case .idle: ask(slot, moment)
            case .running, .stuck: results.append(absent(slot))
            }
        }
    }

    private func ask(_ slot: Slot, _ moment: Moment) {
        slot.period.taken(bootMicroseconds: moment.bootMicroseconds)
        let handover = Handover(probe: slot.probe)
        let job = worker.submit(deadlineMilliseconds: slot.probe.deadlineMilliseconds) {
            .sample(handover.probe.sample(moment))
        }
        slot.state = .running(job: job)
        pending.insert(job)
    }

    /// - Returns: false if the job was none of a probe's.
    func completed(_ completion: Worker<JobAnswer>.Completion) -> Bool {
        guard let slot = slots.first(where: { $0.holds(completion.job) }) else { return false }
        guard case .sample(let sample) = completion.answer else { return false }
        let result = ProbeResult(
            name: slot.probe.name, durationMicroseconds: completion.durationMicroseconds, sample: sample)
        slot.state = .idle
        slot.labels = sample.labelled.map(\.label)
        if pending.remove(completion.job) != nil {
            results.append(result)
        } else if sample.hasLasting {
            // Counters of an earlier instant would be wrong beside the next report's clock; events and lists are not.
            slot.late = ProbeResult(
                name: result.name, durationMicroseconds: result.durationMicroseconds, sample: sample.lasting)
        } else {
            slot.period.forget()
        }
        return true
    }

    /// A job that the worker gave up.
    func expired(_ job: UInt64) {
        guard let slot = slots.first(where: { $0.holds(job) }) else { return }
        slot.state = .stuck(job: job)
        if pending.remove(job) != nil { results.append(absent(slot)) }
    }

    /// Ends the round if its time is over.
    func expire() {
        guard !pending.isEmpty, let end = endMicroseconds, end <= clock.monotonicMicroseconds() else { return }
        close()
    }

    /// Ends the round now: what has not answered is absent.
    func close() {
        let withdrawn = worker.withdraw(pending)
        for slot in slots {
            guard case .running(let job) = slot.state, pending.contains(job) else { continue }
            if withdrawn.contains(job) {
                slot.state = .idle
            } else {
                _ = worker.isRunning(job) ? worker.giveUpRunning() : nil
                slot.state = .stuck(job: job)
            }
            results.append(absent(slot))
        }
        pending = []
    }

    /// The agent ends after a complete round. A probe that is stuck or was late keeps what it knows: nobody reported
    /// it.
    /// - Returns: the job that tells the others, if there are any.
    func finish() -> UInt64? {
        guard isComplete else { return nil }
        let settled = slots.filter { if case .idle = $0.state { $0.late == nil } else { false } }
        guard !settled.isEmpty else { return nil }
        let handovers = settled.map { Handover(probe: $0.probe) }
        return worker.submit(deadlineMilliseconds: Self.finishMilliseconds) {
            for handover in handovers { handover.probe.finish() }
            return .finished
        }
    }

    private func absent(_ slot: Slot) -> ProbeResult {
        ProbeResult(name: slot.probe.name, sample: Registry.absent(slot.probe.name, .timeout, labels: slot.labels))
    }
}

extension Sampler.Slot {
    fileprivate func holds(_ job: UInt64) -> Bool {
        switch state {
        case .idle: false
        case .running(let own), .stuck(let own): own == job
        }
    }
}

extension Sample {
    /// Without the readings that belong to one instant.
    fileprivate var lasting: Sample {
        var lasting = self
        lasting.host = []
        lasting.labelled = []
        return lasting
    }

    fileprivate var hasLasting: Bool {
        ports != nil || journal != nil || packages != nil || !logins.isEmpty || !digests.isEmpty || !facts.isEmpty
    }
}
