// One report's collecting: host probes on the worker, the Redis fleet on its own thread, and, once the fleet has
// answered, the files behind its instances. It ends in time whatever does not answer, and hands out what there is. It
// belongs to the main thread and never waits.
import Terms

final class Rounds {
    struct Outcome {
        var moment: Moment
        var probes: [ProbeResult]
        var fleet: FleetResult
    }

    private struct Round {
        var id: UInt64
        var moment: Moment
        var startMicroseconds: UInt64
        var endMicroseconds: UInt64
        var fleet: FleetResult?
        var files = Files.notAsked

        var instances: [InstanceSample] { fleet?.instances ?? [] }

        mutating func fill(_ instances: [InstanceSample]) { fleet?.instances = instances }
    }

    private enum Files {
        case notAsked
        case asked(job: UInt64)
        case answered
    }

    let sampler: Sampler
    private let fleet: RedisFleet
    private let worker: Worker<JobAnswer>
    private let files: FileTimes
    private let clock: Clock
    private let intervalMilliseconds: Int
    private let post: @Sendable (Message) -> Void
    private var round: Round?
    private var lastID: UInt64 = 0
    private var lastInstances: [InstanceSample] = []
    private var stuckFiles: UInt64?
    private var discovery: UInt64?
    /// Rounds in a row that the fleet's thread did not answer.
    private(set) var silentRounds = 0

    init(
        sampler: Sampler, fleet: RedisFleet, worker: Worker<JobAnswer>, files: FileTimes, clock: Clock,
        intervalMilliseconds: Int, post: @escaping @Sendable (Message) -> Void
    ) {
        self.sampler = sampler
        self.fleet = fleet
        self.worker = worker
        self.files = files
        self.clock = clock
        self.intervalMilliseconds = intervalMilliseconds
        self.post = post
    }

    var isOpen: Bool { round != nil }

    /// When `outcome` is to be called even if nothing arrives.
    var nextDeadlineMicroseconds: UInt64? {
        guard let round else { return nil }
        return [round.endMicroseconds, sampler.nextDeadlineMicroseconds].compactMap { $0 }.min()
    }

    func begin() {
        precondition(round == nil, "a round is still open")
        lastID += 1
        let id = lastID
        let now = clock.monotonicMicroseconds()
        let moment = clock.moment
        round = Round(
            id: id, moment: moment, startMicroseconds: now,
            endMicroseconds: now + UInt64(intervalMilliseconds) * 900)
        sampler.begin(moment, budgetMilliseconds: intervalMilliseconds * 8 / 10)
        let deadline = min(Limits.probeDeadlineMilliseconds, intervalMilliseconds * 7 / 10)
        let post = post
        fleet.collect(deadlineMilliseconds: deadline) { post(.instances($0, round: id)) }
    }

    /// The round's result, once; `nil` while something may still come.
    func outcome() -> Outcome? {
        sampler.expire()
        guard var open = round else { return nil }
        if clock.monotonicMicroseconds() >= open.endMicroseconds {
            sampler.close()
            if open.fleet == nil { open.fleet = silentFleet(open) }
            if case .asked(let job) = open.files {
                if worker.withdraw([job]).isEmpty { stuckFiles = job }
                open.files = .answered
            }
            if case .notAsked = open.files { open.files = .answered }
        }
        round = open
        guard sampler.isComplete, let fleet = open.fleet, case .answered = open.files else { return nil }
        round = nil
        return Outcome(moment: open.moment, probes: sampler.results, fleet: fleet)
    }

    /// The agent ends: nobody waits for this round any more.
    func abandon() {
        sampler.close()
        round = nil
    }

    // MARK: Answers

    func received(_ instances: [InstanceSample], round id: UInt64) {
        silentRounds = 0
        guard var open = round, open.id == id, open.fleet == nil else { return }
        lastInstances = instances.map(\.withoutValues)
        open.fleet = FleetResult(
            durationMicroseconds: clock.monotonicMicroseconds() - open.startMicroseconds, instances: instances,
            leftOut: fleet.leftOut.load(ordering: .relaxed))
        if instances.isEmpty || stuckFiles != nil {
            open.fleet?.instances = files.merged(nil, into: instances)
            open.files = .answered
        } else {
            let read = files.reading(of: instances)
            open.files = .asked(
                job: worker.submit(deadlineMilliseconds: Limits.probeDeadlineMilliseconds) { .persistence(read()) })
        }
        round = open
    }

    /// - Returns: false if the job is none of ours.
    func completed(_ completion: Worker<JobAnswer>.Completion) -> Bool {
        if sampler.completed(completion) {
            if case .sample(let sample) = completion.answer, let ports = sample.ports {
                let fleet = fleet
                discover { fleet.update(listening: ports) }
            }
            return true
        }
        if stuckFiles == completion.job { stuckFiles = nil }
        switch completion.answer {
        case .persistence(let readings):
            guard var open = round, case .asked(let job) = open.files, job == completion.job else { return true }
            open.fill(files.merged(readings, into: open.instances))
            open.files = .answered
            round = open
            return true
        case .discovered:
            if discovery == completion.job { discovery = nil }
            return true
        case .sample, .addresses, .spoolFlushed, .finished: return false
        }
    }

    /// A job that the worker gave up.
    func expired(_ job: UInt64) {
        sampler.expired(job)
        guard var open = round, case .asked(job) = open.files else { return }
        stuckFiles = job
        open.fill(files.merged(nil, into: open.instances))
        open.files = .answered
        round = open
    }

    /// Connects to what is listed and to sockets that are there already.
    func start() {
        let fleet = fleet
        discover { fleet.start() }
    }

    /// Asks the user database, which may be on the network: on the worker, and never twice at a time.
    private func discover(_ look: @escaping @Sendable () -> Void) {
        guard discovery == nil else { return }
        discovery = worker.submit(deadlineMilliseconds: Limits.probeDeadlineMilliseconds) {
            look()
            return .discovered
        }
    }

    /// The fleet's thread itself does not answer: the instances last known are absent.
    private func silentFleet(_ open: Round) -> FleetResult {
        silentRounds += 1
        let instances = lastInstances.map { last in
            var absent = last
            absent.cause = .timeout
            absent.pingCause = .timeout
            absent.commandsCause = .timeout
            absent.errorsCause = .timeout
            return absent
        }
        return FleetResult(
            durationMicroseconds: clock.monotonicMicroseconds() - open.startMicroseconds, instances: instances,
            cause: .timeout)
    }
}
