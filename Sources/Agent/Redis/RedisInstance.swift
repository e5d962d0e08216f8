// One Redis: keeps its connection, pings it by its schedule and gives a sample when asked. It lives on the fleet's
// thread and is touched from nowhere else. Whatever the server does, it answers an `observe` exactly once.
import Terms

/// What an instance needs of the fleet around it.
protocol RedisInstanceOwner: AnyObject {
    /// Before this no PING should be sent: our own work would be measured.
    var quietUntilNanoseconds: UInt64 { get }
    /// Whether the instance stays: `false` for a sentinel and for a second way to a known server.
    func accepts(_ info: RedisInfo, of instance: RedisInstance) -> Bool
    /// It turned out to be no Redis. The instance is not used any more.
    func reject(_ instance: RedisInstance)
}

final class RedisInstance: PollerClient {
    private enum Link {
        case idle(AbsenceCause)
        case connecting(StreamSocket, deadline: Alarm)
        case open(StreamSocket)
        case stopped
    }

    typealias Completion = (InstanceSample?) -> Void

    static let connectMilliseconds: Int64 = 2000
    /// What INFO and LATENCY HISTOGRAM take on a busy server.
    static let observationNanoseconds: UInt64 = 5_000_000
    /// A server that says nothing for so long may have lost the connection without a word.
    static let silenceNanoseconds: UInt64 = 60_000_000_000

    private(set) var plan: InstancePlan
    /// Port lists in a row in which it was missing.
    var missedLists = 0
    private(set) var runID: RedisRunID?
    /// INFO was read from it at least once.
    private(set) var isVerified = false

    private let poller: Poller
    /// Stops its instances before it goes.
    private unowned let owner: any RedisInstanceOwner
    private var random = QuickRandom()
    private var conversation = RedisConversation()
    private var latency = RedisLatency()
    private var aofGrowth = AOFGrowth()
    private var link = Link.idle(.unsupported)
    private var isRefused = false
    private var backoff = Backoff()
    private var retry: Alarm?
    /// Made once: a new one for each PING would be the agent's most frequent piece of memory.
    private var nextTick: Alarm?
    private var schedule: PingSchedule
    private var isPostponed = false
    private var completion: Completion?

    var isOpen: Bool {
        if case .open = link { true } else { false }
    }

    init(
        plan: InstancePlan, ordinal: Int, pingMilliseconds: Int, poller: Poller, owner: any RedisInstanceOwner
    ) {
        self.plan = plan
        self.poller = poller
        self.owner = owner
        schedule = PingSchedule(
            periodMilliseconds: pingMilliseconds, ordinal: ordinal, now: Poller.now(), using: &random)
    }

    func start() {
        connect()
        tickLater(atNanoseconds: schedule.next)
    }

    func stop() {
        retry?.cancel()
        nextTick?.cancel()
        nextTick = nil
        turn(to: .stopped)
        finish(with: nil)
    }

    /// The only way from one state to another: what the old one held is let go.
    private func turn(to next: Link) {
        switch (link, next) {
        case (.connecting(let old, let deadline), .open(let new)) where old == new: deadline.cancel()
        case (.connecting(let socket, let deadline), _):
            deadline.cancel()
            hangUp(socket)
        case (.open(let socket), _): hangUp(socket)
        case (.idle, _), (.stopped, _): break
        }
        link = next
    }

    private func hangUp(_ socket: StreamSocket) {
        poller.forget(socket.descriptor)
        socket.close()
    }

    /// Name, unit and owner may change while the address, and with it the connection, stays.
    func update(_ plan: InstancePlan) {
        self.plan = plan
        missedLists = 0
    }

    // MARK: connecting

    private func connect() {
        guard case .idle = link else { return }
        retry?.cancel()
        retry = nil
        // Without an address it waits for a list of ports, or of the configuration, that has one.
        guard let address = plan.address else { return }
        guard let name = SocketName(address) else { return unreachable(.unsupported) }
        let socket: StreamSocket
        do {
            socket = try StreamSocket(connectingTo: name)
        } catch {
            return unreachable(error)
        }
        let deadline = poller.alarm(inMilliseconds: Self.connectMilliseconds) { [self] in unreachable(.timeout) }
        link = .connecting(socket, deadline: deadline)
        if !poller.watch(socket.descriptor, for: .writing, self) { unreachable(.denied) }
    }

    func isReady() {
        switch link {
        case .connecting(let socket, _):
            let code = socket.failure
            if code == 0 { opened(socket) } else { unreachable(ConnectFailure.cause(code)) }
        case .open(let socket): read(socket)
        case .idle, .stopped: break
        }
    }

    private func opened(_ socket: StreamSocket) {
        let auth: RedisRequest?
        do {
            auth = try authentication()
        } catch {
            return unreachable(error, isRefusal: true)
        }
        poller.change(socket.descriptor, to: .reading)
        turn(to: .open(socket))
        write(
            conversation.opened(
                auth: auth, isStranger: !isVerified && !plan.isConfigured, atNanoseconds: Poller.now()))
        if conversation.isReady { ready() }
    }

    /// Read at each connection, so that a renewed password needs no restart.
    private func authentication() throws(AbsenceCause) -> RedisRequest? {
        guard let file = plan.passwordFile else { return nil }
        return .auth(username: plan.username, password: try Secret.read(file: file))
    }

    /// - Parameter isRefusal: it answered, and said no.
    private func unreachable(_ cause: AbsenceCause, isRefusal: Bool = false) {
        if case .stopped = link { return }
        turn(to: .idle(cause))
        conversation.closed()
        // A server that stands still goes on being late; one that is not there is neither late nor quick.
        if cause != .timeout { conversation.abandonPings(cause) }
        isRefused = isRefusal
        retryLater()
        finish(with: absent(cause))
    }

    private func retryLater() {
        guard retry == nil else { return }
        let wait = backoff.nextMilliseconds(isRefusal: isRefused, using: &random)
        // Held by itself until then, or until `stop`. A weak reference, once made, makes every later use dearer.
        retry = poller.alarm(inMilliseconds: wait) { [self] in
            retry = nil
            connect()
        }
    }

    private func closed() {
        let hasHeard = conversation.hasHeard
        conversation.closed()
        conversation.abandonPings(.unsupported)
        // A port for TLS or the cluster's bus hangs up without a word.
        if !hasHeard, !isVerified, !plan.isConfigured { return reject() }
        turn(to: .idle(.unsupported))
        isRefused = false
        // An `observe` under way is answered by the next connection, or by its failure.
        retryLater()
    }

    private func reject() {
        stop()
        owner.reject(self)
    }

    private func fail(_ failure: RedisConversation.Failure) {
        guard isOpen else { return }
        if failure == .notRedis, !isVerified, !plan.isConfigured { return reject() }
        unreachable(failure.cause, isRefusal: true)
    }

    // MARK: talking

    private func write(_ requests: [RedisRequest]) {
        if !requests.isEmpty { write(requests.flatMap(\.bytes)) }
    }

    private func write(_ bytes: [UInt8]) {
        guard case .open(let socket) = link else { return }
        // The agent owes a server a few hundred bytes at most: one that left those unread stands still.
        if !socket.send(bytes) { unreachable(.timeout) }
    }

    private func read(_ socket: StreamSocket) {
        switch socket.receive(into: poller.scratch) {
        case .bytes(let count): received(UnsafeRawBufferPointer(rebasing: poller.scratch[..<count]))
        case .nothing: break
        case .end: closed()
        }
    }

    private func received(_ bytes: UnsafeRawBufferPointer) {
        let now = Poller.now()
        if conversation.receivedPong(bytes, atNanoseconds: now) { return }
        for event in conversation.received(bytes, atNanoseconds: now) {
            switch event {
            case .greeted: write(conversation.authenticate(atNanoseconds: now))
            case .ready: ready()
            case .observed(let observation): observed(observation)
            case .failed(let failure): fail(failure)
            }
        }
    }

    private func ready() {
        if conversation.overduePing(atNanoseconds: Poller.now()) { write(RedisRequest.pingBytes) }
        // A stranger is asked who it is at once: its name may be taken already.
        if completion != nil || !isVerified { write(conversation.observe(atNanoseconds: Poller.now())) }
    }

    private func observed(_ observation: RedisConversation.Observation) {
        guard isOpen else { return }
        runID = observation.info.runID
        guard owner.accepts(observation.info, of: self) else {
            guard plan.isConfigured else { return reject() }
            return finish(with: absent(.unsupported))
        }
        isVerified = true
        backoff.reset()
        aofGrowth.note(observation.info)
        // A reply that came too late for its report leaves the differences to the next one.
        guard completion != nil else { return }
        finish(with: sample(observation))
    }

    // MARK: pinging

    private func tickLater(atNanoseconds time: UInt64) {
        if case .stopped = link { return }
        let alarm = nextTick ?? Alarm { [self] in tick() }
        nextTick = alarm
        poller.set(alarm, atNanoseconds: time)
    }

    private func tick() {
        let now = Poller.now()
        let quietUntil = owner.quietUntilNanoseconds
        // Behind our own INFO a PING would measure that. Once only: a server that owes INFO for longer stands still.
        if !isPostponed, now < quietUntil || conversation.isObserving {
            isPostponed = true
            let later = max(quietUntil, now + Self.observationNanoseconds)
            let jitter = UInt64.random(in: 0...schedule.periodNanoseconds / 8, using: &random)
            return tickLater(atNanoseconds: later + jitter)
        }
        isPostponed = false
        if isPingDue, conversation.pingTick(atNanoseconds: now) { write(RedisRequest.pingBytes) }
        if isOpen, let since = conversation.silentSinceNanoseconds,
            now - min(since, now) >= Self.silenceNanoseconds
        {
            unreachable(.timeout)
        }
        schedule.advance(now: now, using: &random)
        tickLater(atNanoseconds: schedule.next)
    }

    private var isPingDue: Bool {
        switch link {
        case .open, .connecting: true
        case .idle(let cause): cause == .timeout
        case .stopped: false
        }
    }

    // MARK: samples

    /// One sample, when it is there; `nil` if this is no instance after all.
    func observe(_ completion: @escaping Completion) {
        finish(with: absent(.timeout))
        self.completion = completion
        switch link {
        case .open: write(conversation.observe(atNanoseconds: Poller.now()))
        case .connecting: break
        case .idle(let cause):
            // Knocking costs nothing where nobody listens, and a restart shows at once.
            if isRefused || plan.address == nil { finish(with: absent(cause)) } else { connect() }
        case .stopped: finish(with: nil)
        }
    }

    /// The deadline has come.
    func giveUp() {
        guard completion != nil else { return }
        finish(with: absent(.timeout))
    }

    private func finish(with sample: @autoclosure () -> InstanceSample?) {
        guard let completion else { return }
        self.completion = nil
        completion(sample())
    }

    private func bare() -> InstanceSample {
        // (uid_t)-1 belongs to nobody (POSIX chown): the owner was not seen.
        InstanceSample(
            name: plan.name, port: plan.port, transport: plan.address?.transport ?? .tcp, uid: plan.uid ?? .max,
            unit: plan.unit)
    }

    private func absent(_ cause: AbsenceCause) -> InstanceSample {
        var sample = bare()
        sample.cause = cause
        finish(&sample, own: conversation.own)
        return sample
    }

    private func sample(_ observation: RedisConversation.Observation) -> InstanceSample {
        let info = observation.info
        var sample = bare()
        if sample.port == 0 { sample.port = info.tcpPort }
        sample.redisRunID = runID
        sample.serverTimeMicroseconds = info.serverTimeMicroseconds
        sample.isLoading = info.isLoading
        sample.version = info.version
        sample.build = info.build
        sample.readings = info.readings + [(Catalogue.aofLastWrite, aofGrowth.lastWrite(info))]
        sample.errors = info.errors
        sample.errorsCause = info.errorsCause
        sample.truncated = info.truncated
        var durations: [String: [UInt64]] = [:]
        switch observation.latency {
        case .absent(let cause): sample.commandsCause = cause
        case .value(let histograms):
            do {
                durations = try latency.differences(to: histograms, of: info)
            } catch {
                sample.commandsCause = error
            }
        }
        sample.commands = info.commands.map { command in
            InstanceSample.Command(
                name: command.name, calls: command.calls, microseconds: command.microseconds,
                rejected: command.rejected, failed: command.failed, durations: durations[command.name])
        }
        finish(&sample, own: observation.own)
        return sample
    }

    /// What the agent knows without the server.
    private func finish(_ sample: inout InstanceSample, own: OwnCounts) {
        let (counts, cause) = conversation.takePings(atNanoseconds: Poller.now())
        sample.ping = counts
        sample.pingCause = cause
        sample.readings += own.readings + [(Catalogue.pingTimeouts, .value(conversation.ping.timeouts))]
    }
}
