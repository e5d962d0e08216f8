// `--once`: one report, made as in service, shown instead of sent. It needs no collector, writes nothing, and ends
// within seconds whatever does not answer.
import Terms

final class Once {
    private let configuration: Configuration
    private let clock: Clock
    private let mailbox: Mailbox<Message>
    private let worker: Worker<JobAnswer>
    private let sampler: Sampler
    private let fleet: RedisFleet
    private let files: FileTimes
    /// Long enough for a package list on a slow disk, short enough for a person.
    private static let budgetMilliseconds = 8000

    init(configuration: Configuration, mailbox: Mailbox<Message>, fleet: RedisFleet, clock: Clock) {
        self.configuration = configuration
        self.clock = clock
        self.mailbox = mailbox
        self.fleet = fleet
        worker = Worker(clock: clock) { mailbox.post(.job($0)) }
        sampler = Sampler(
            probes: Registry.probes(root: .host, configuration: configuration),
            disabled: configuration.disabledProbes, intervalMilliseconds: configuration.intervalMilliseconds,
            worker: worker, clock: clock)
        files = FileTimes(configuration: configuration, root: .host)
    }

    func report(random: inout some RandomNumberGenerator) -> Wire.Report {
        let moment = clock.moment
        fleet.start()
        let probes = sampledHost(moment)
        let instances = askedFleet(ports: probes.lazy.compactMap(\.sample.ports).first)
        fleet.stop {}
        let builder = ReportBuilder(
            origin: .ofThisStart(configuration: configuration, root: .host, random: &random))
        return builder.report(
            sequence: 1, moment: moment, probes: probes, fleet: instances, spool: Wire.SpoolState())
    }

    private func sampledHost(_ moment: Moment) -> [ProbeResult] {
        sampler.begin(moment, budgetMilliseconds: Self.budgetMilliseconds)
        while !sampler.isComplete {
            if let job = worker.expire() { sampler.expired(job) }
            sampler.expire()
            let next = [sampler.nextDeadlineMicroseconds, worker.nextDeadlineMicroseconds].compactMap { $0 }.min()
            for message in wait(until: next ?? clock.monotonicMicroseconds()) {
                guard case .job(let completion) = message else { continue }
                worker.completed(completion.job)
                _ = sampler.completed(completion)
            }
        }
        return sampler.results
    }

    private func askedFleet(ports: PortsSample?) -> FleetResult {
        let (fleet, clock) = (fleet, clock)
        _ = blocking { () -> JobAnswer in
            fleet.update(listening: ports)
            return .discovered
        }
        // One round of pings, so that there is a latency to show.
        let settled =
            clock.monotonicMicroseconds() + UInt64(min(configuration.redis.pingMilliseconds + 250, 1500)) * 1000
        while clock.monotonicMicroseconds() < settled { _ = wait(until: settled) }
        let mailbox = mailbox
        fleet.collect(deadlineMilliseconds: Limits.probeDeadlineMilliseconds) {
            mailbox.post(.instances($0, round: 1))
        }
        let start = clock.monotonicMicroseconds()
        let end = start + UInt64(Limits.probeDeadlineMilliseconds) * 1500
        var instances: [InstanceSample]?
        while instances == nil, clock.monotonicMicroseconds() < end {
            for message in wait(until: end) {
                if case .instances(let samples, _) = message { instances = samples }
            }
        }
        let duration = clock.monotonicMicroseconds() - start
        guard let instances else { return FleetResult(durationMicroseconds: duration, cause: .timeout) }
        let read = files.reading(of: instances)
        var readings: [String: PersistenceReading]?
        if case .persistence(let found) = blocking({ .persistence(read()) }) { readings = found }
        return FleetResult(durationMicroseconds: duration, instances: files.merged(readings, into: instances))
    }

    /// Runs one job on the worker and waits for it; `nil` if it takes too long.
    private func blocking(_ work: @escaping @Sendable () -> JobAnswer) -> JobAnswer? {
        let job = worker.submit(deadlineMilliseconds: Limits.probeDeadlineMilliseconds, work)
        let end = clock.monotonicMicroseconds() + UInt64(Limits.probeDeadlineMilliseconds) * 1000
        while clock.monotonicMicroseconds() < end {
            for message in wait(until: end) {
                guard case .job(let completion) = message else { continue }
                worker.completed(completion.job)
                if completion.job == job { return completion.answer }
            }
        }
        _ = worker.giveUpRunning()
        return nil
    }

    private func wait(until microseconds: UInt64) -> [Message] {
        let now = clock.monotonicMicroseconds()
        return mailbox.take(waitingMicroseconds: microseconds > now ? microseconds - now : 0)
    }
}
