// The agent at work, on the main thread's event loop: it takes a tick when one is due, turns the round's result into a
// report, puts it into the spool and pokes delivery. Nothing here blocks longer than a write to the page cache; what
// may block is the worker's.
import NIOCore
import Terms

final class Service {
    private enum Side: Hashable { case lookUp, flush, finish }

    /// Times are of the monotonic clock, in microseconds.
    private enum Phase {
        case working
        /// Asked to end: no further tick, and until then delivery may finish.
        case ending(until: UInt64)
        /// Nothing more is done but to wait, until then, for the Redis connections' end.
        case closing(until: UInt64)
        case over
    }

    static let endMicroseconds: UInt64 = 2_000_000
    /// For the Redis connections' last word.
    static let closeMicroseconds: UInt64 = 500_000
    /// While reports have to wait, how often they are made safe against loss of power.
    static let flushMicroseconds: UInt64 = 60_000_000
    static let unmapReports: UInt64 = 360

    private let configuration: Configuration
    private let clock: Clock
    private let log: Log
    private let mailbox: Mailbox<Message>
    private let eventLoop: any EventLoop
    private let worker: Worker<JobAnswer>
    private let rounds: Rounds
    private let fleet: RedisFleet
    private let spool: Spool
    private let builder: ReportBuilder
    private let client: Client
    private var courier: Courier?
    private var notify = Notify()
    private var schedule: Schedule
    private var sequence: UInt64 = 0
    private var side: [UInt64: Side] = [:]
    private var lastRoundMicroseconds: UInt64
    private var nextFlushMicroseconds: UInt64 = 0
    private var phase = Phase.working
    private var alarm: Scheduled<Void>?
    private var whenOver: (Bool) -> Void = { _ in }
    private var saidStuck: Set<String> = []
    private var isTrimDue = false

    init(
        configuration: Configuration, collector: Configuration.Collector, credentials: Credentials, spool: Spool,
        mailbox: Mailbox<Message>, fleet: RedisFleet, eventLoop: any EventLoop, clock: Clock, log: Log,
        random: inout some RandomNumberGenerator
    ) {
        self.configuration = configuration
        self.clock = clock
        self.log = log
        self.mailbox = mailbox
        self.spool = spool
        self.fleet = fleet
        self.eventLoop = eventLoop
        let root = Root.host
        worker = Worker(clock: clock) { mailbox.post(.job($0)) }
        let sampler = Sampler(
            probes: Registry.probes(root: root, configuration: configuration), disabled: configuration.disabledProbes,
            intervalMilliseconds: configuration.intervalMilliseconds, worker: worker, clock: clock)
        rounds = Rounds(
            sampler: sampler, fleet: fleet, worker: worker, files: FileTimes(configuration: configuration, root: root),
            clock: clock, intervalMilliseconds: configuration.intervalMilliseconds
        ) { mailbox.post($0) }
        builder = ReportBuilder(origin: .ofThisStart(configuration: configuration, root: root, random: &random))
        client = Client(eventLoop: eventLoop, context: credentials.context, collector: collector) {
            mailbox.post(.client($0, connection: $1))
        }
        let now = clock.monotonicMicroseconds()
        schedule = Schedule(
            intervalMilliseconds: configuration.intervalMilliseconds,
            now: Schedule.Instant(monotonicMicroseconds: now, wallMicroseconds: clock.wallMicroseconds()))
        lastRoundMicroseconds = now
        courier = Courier(
            spool: spool, client: client, collector: collector, clock: clock, log: log, seed: random.next()
        ) { [unowned self] host, port in lookUp(host, port) }
    }

    /// Works on its event loop until a termination signal was obeyed.
    /// - Parameter whenOver: called once; false: it could not start.
    func start(whenOver: @escaping (_ isWell: Bool) -> Void) {
        self.whenOver = whenOver
        let origin = builder.origin
        log.line(
            .notice, "start",
            "perch-agent \(AgentVersion.text) watches \(origin.host) every \(configuration.intervalMilliseconds) ms, "
                + "run \(origin.run), \(spool.waiting) reports from before"
        )
        if spool.torn > 0 {
            log.line(.warning, "torn", "\(spool.torn) torn records were cut off the spool; a crash or loss of power")
        }
        rounds.start()
        notify.ready()
        courier?.poke()
        Doorbell.install(mailbox, on: eventLoop) { [self] isInstalled in
            if isInstalled { return step() }
            log.line(.error, "start", "cannot start: the event loop takes no pipe")
            whenOver(false)
        }
    }

    /// Whatever happened, and whenever something is due.
    private func step() {
        alarm?.cancel()
        for message in mailbox.take() { receive(message) }
        goOn(clock.monotonicMicroseconds())
        if case .over = phase {
            // After what delivery has left to do on this loop.
            return eventLoop.assumeIsolated().execute { [self] in whenOver(true) }
        }
        alarm = eventLoop.assumeIsolated().scheduleTask(in: .microseconds(Int64(waitMicroseconds()))) { [self] in
            step()
        }
    }

    private func goOn(_ now: UInt64) {
        if case .working = phase, Termination.isRequested { beginEnd(now) }
        switch phase {
        case .working:
            if !rounds.isOpen, now >= schedule.nextMicroseconds { takeTick() }
            work(now)
        case .ending(let end):
            work(now)
            let isSettled = courier?.isFinished != false && !side.values.contains(.finish)
            if isSettled || now >= end { close(now) }
        case .closing(let end): if now >= end { phase = .over }
        case .over: break
        }
    }

    private func work(_ now: UInt64) {
        if let job = worker.expire() { expired(job) }
        if let outcome = rounds.outcome() { finish(outcome) }
        if let wake = courier?.wakeMicroseconds, wake <= now { courier?.poke() }
        trimIfDue()
        flushIfDue(now)
        notify.beat(nowMicroseconds: now, isAlive: isAlive(now))
    }

    private func waitMicroseconds() -> UInt64 {
        let now = clock.monotonicMicroseconds()
        var deadlines = [
            rounds.nextDeadlineMicroseconds, courier?.wakeMicroseconds, notify.wakeMicroseconds,
            worker.nextDeadlineMicroseconds,
        ]
        switch phase {
        case .working: deadlines.append(rounds.isOpen ? nil : schedule.nextMicroseconds)
        case .ending(let end): deadlines.append(end)
        case .closing(let end): deadlines = [end]
        case .over: deadlines = []
        }
        let next = deadlines.compactMap { $0 }.min() ?? now
        return next > now ? min(next - now, 60_000_000) : 0
    }

    // MARK: Reports

    private func takeTick() {
        let missedBefore = schedule.missed
        schedule.advance(now: instant)
        if schedule.missed > missedBefore {
            log.line(
                .warning, "missed",
                "\(schedule.missed - missedBefore) ticks were missed; the host was suspended or too busy")
        }
        rounds.begin()
    }

    private var instant: Schedule.Instant {
        Schedule.Instant(
            monotonicMicroseconds: clock.monotonicMicroseconds(), wallMicroseconds: clock.wallMicroseconds())
    }

    private func finish(_ outcome: Rounds.Outcome) {
        lastRoundMicroseconds = clock.monotonicMicroseconds()
        sequence += 1
        let report = builder.report(
            sequence: sequence, moment: outcome.moment, probes: outcome.probes, fleet: outcome.fleet,
            spool: spool.state)
        if !spool.append(ReportKey(run: builder.origin.run, sequence: sequence), report.encoded) {
            log.line(
                .error, "spool",
                "the spool in \(configuration.stateDirectory) takes no report (disk full?); the last "
                    + "\(Spool.memoryReports) are in memory"
            )
        }
        courier?.poke()
        isTrimDue = true
        notify.status("\(sequence) reports, \(courier?.delivered ?? 0) delivered, \(spool.waiting) waiting")
        sayStuck()
    }

    /// Once the report is delivered or waits on disk, nothing of its making is left.
    private func trimIfDue() {
        guard isTrimDue, courier?.isInFlight != true else { return }
        isTrimDue = false
        Footprint.trim()
        // The first reports still run what later ones do not.
        if sequence % Self.unmapReports == 2 { Footprint.unmapCode() }
    }

    private func sayStuck() {
        let stuck = Set(rounds.sampler.stuck)
        for name in stuck.subtracting(saidStuck).sorted() {
            log.line(.warning, "stuck", "probe \(name) does not answer; it is left out until it does")
        }
        for name in saidStuck.subtracting(stuck).sorted() {
            log.line(.notice, "unstuck", "probe \(name) answers again")
        }
        saidStuck = stuck
    }

    private func isAlive(_ now: UInt64) -> Bool {
        let patience = max(UInt64(configuration.intervalMilliseconds) * 3000, 30_000_000)
        // A round may have ended after `now` was read.
        return now < lastRoundMicroseconds + patience && rounds.silentRounds < 3
    }

    // MARK: Messages

    private func receive(_ message: Message) {
        switch message {
        case .instances(let instances, let round): rounds.received(instances, round: round)
        case .client(let event, let connection): courier?.received(event, connection: connection)
        case .fleetStopped: phase = .over
        case .job(let completion):
            worker.completed(completion.job)
            if rounds.completed(completion) { return }
            side[completion.job] = nil
            switch completion.answer {
            case .addresses(let addresses): courier?.found(addresses)
            case .spoolFlushed(let isSafe):
                if !isSafe { log.line(.warning, "flush", "the spool could not be flushed to disk") }
            case .sample, .persistence, .discovered, .finished: break
            }
        }
    }

    // MARK: Blocking work beside the probes

    /// A look-up that is stuck keeps its thread, so there is never a second one.
    private func lookUp(_ host: String, _ port: Int) {
        guard !side.values.contains(.lookUp) else {
            courier?.found([])
            return
        }
        let job = worker.submit(deadlineMilliseconds: 10_000) {
            .addresses(NameLookUp.addresses(of: host, port: port))
        }
        side[job] = .lookUp
    }

    private func expired(_ job: UInt64) {
        rounds.expired(job)
        if side[job] == .lookUp { courier?.found([]) }
    }

    private func flushIfDue(_ now: UInt64) {
        guard let courier, courier.isBehind, now >= nextFlushMicroseconds, !side.values.contains(.flush) else { return }
        nextFlushMicroseconds = now + Self.flushMicroseconds
        let descriptors = spool.descriptorsToFlush()
        guard !descriptors.isEmpty else { return }
        side[worker.submit(deadlineMilliseconds: 10_000) { .spoolFlushed(isSafe: Spool.flush(descriptors)) }] = .flush
    }

    // MARK: End

    private func beginEnd(_ now: UInt64) {
        notify.stopping()
        phase = .ending(until: now + Self.endMicroseconds)
        // What a round cut short has read goes into no report, and is read again by the next start.
        if rounds.isOpen { rounds.abandon() } else if let job = rounds.sampler.finish() { side[job] = .finish }
        courier?.end()
    }

    private func close(_ now: UInt64) {
        log.line(.notice, "stop", "stopped; \(spool.waiting) reports are kept for the next start")
        phase = .closing(until: now + Self.closeMicroseconds)
        client.close()
        let mailbox = mailbox
        fleet.stop { mailbox.post(.fleetStopped) }
    }
}

extension ReportOrigin {
    static func ofThisStart(
        configuration: Configuration, root: Root, random: inout some RandomNumberGenerator
    ) -> ReportOrigin {
        ReportOrigin(
            host: configuration.host, run: RunID(using: &random), bootID: HostIdentity.bootID(root: root),
            machineIDDigest: HostIdentity.machineIDDigest(root: root),
            intervalMicroseconds: UInt64(configuration.intervalMilliseconds) * 1000, agentVersion: AgentVersion.text)
    }
}
