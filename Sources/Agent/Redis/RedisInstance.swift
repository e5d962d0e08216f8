// One Redis: keeps its connection, pings it by its schedule and gives a sample when asked. It lives on the fleet's
// event loop and is touched from nowhere else. Whatever the server does, it answers an `observe` exactly once.
import NIOCore
import NIOPosix
import Terms

/// What an instance needs of the fleet around it.
protocol RedisInstanceOwner: AnyObject {
    /// Before this no PING should be sent: our own work would be measured.
    var quietUntilNanoseconds: UInt64 { get }
    /// Whether the instance stays: `false` for a sentinel and for a second way to a known server.
    func accepts(_ info: RedisInfo, of instance: RedisInstance) -> Bool
    /// It turned out to be no Redis. The instance is not used any more.
    func reject(_ instance: RedisInstance)
    /// Has its `tick` called then.
    func schedule(_ instance: RedisInstance, atNanoseconds time: UInt64)
}

final class RedisInstance {
    private enum Link {
        case idle(AbsenceCause)
        case connecting
        case open(any Channel)
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
    private(set) var runID: [UInt8] = []
    /// INFO was read from it at least once.
    private(set) var isVerified = false

    private let eventLoop: any EventLoop
    private let expectsLong: NIOLoopBoundBox<Bool>
    /// Gone when the fleet was let go without `stop`; the next event then ends this instance too.
    private weak var owner: (any RedisInstanceOwner)?
    private var random = QuickRandom()
    private var conversation = RedisConversation()
    private var latency = RedisLatency()
    private var aofGrowth = AOFGrowth()
    private var link = Link.idle(.unsupported)
    private var isRefused = false
    private var backoff = Backoff()
    private var retry: Scheduled<Void>?
    private var schedule: PingSchedule
    private var isPostponed = false
    private var completion: Completion?

    var isOpen: Bool {
        if case .open = link { true } else { false }
    }

    init(
        plan: InstancePlan, ordinal: Int, pingMilliseconds: Int, eventLoop: any EventLoop,
        owner: any RedisInstanceOwner
    ) {
        self.plan = plan
        self.eventLoop = eventLoop
        expectsLong = NIOLoopBoundBox(false, eventLoop: eventLoop)
        self.owner = owner
        schedule = PingSchedule(
            periodMilliseconds: pingMilliseconds, ordinal: ordinal, now: Self.now(), using: &random)
    }

    private static func now() -> UInt64 { NIODeadline.now().uptimeNanoseconds }

    func start() {
        connect()
        scheduleTick(atNanoseconds: schedule.next)
    }

    func stop() {
        retry?.cancel()
        let channel: (any Channel)? = if case .open(let channel) = link { channel } else { nil }
        link = .stopped
        channel?.close(promise: nil)
        finish(with: nil)
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
        guard let target = try? address.socketAddress() else { return unreachable(.unsupported) }
        link = .connecting
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.milliseconds(Self.connectMilliseconds))
            .channelOption(.recvAllocator, value: ReplyBuffers(expectsLong: expectsLong))
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RedisChannelHandler(instance: this.value))
                }
            }
            .connect(to: target)
            .assumeIsolated()
            .whenFailure { self.unreachable(ConnectFailure.cause($0)) }
    }

    func opened(_ channel: any Channel) {
        guard case .connecting = link else { return channel.close(promise: nil) }
        let auth: RedisRequest?
        do {
            auth = try authentication()
        } catch {
            unreachable(error, isRefusal: true)
            channel.close(promise: nil)
            return
        }
        link = .open(channel)
        write(
            conversation.opened(
                auth: auth, isStranger: !isVerified && !plan.isConfigured, atNanoseconds: Self.now()))
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
        link = .idle(cause)
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
        retry = eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(wait)) { [self] in
            retry = nil
            connect()
        }
    }

    func closed(_ channel: any Channel) {
        guard case .open(let current) = link, current === channel else { return }
        let hasHeard = conversation.hasHeard
        conversation.closed()
        conversation.abandonPings(.unsupported)
        // A port for TLS or the cluster's bus hangs up without a word.
        if !hasHeard, !isVerified, !plan.isConfigured { return reject() }
        link = .idle(.unsupported)
        isRefused = false
        // An `observe` under way is answered by the next connection, or by its failure.
        retryLater()
    }

    private func reject() {
        stop()
        owner?.reject(self)
    }

    private func fail(_ failure: RedisConversation.Failure) {
        guard case .open(let channel) = link else { return }
        if failure == .notRedis, !isVerified, !plan.isConfigured { return reject() }
        unreachable(failure.cause, isRefusal: true)
        channel.close(promise: nil)
    }

    // MARK: talking

    private func write(_ requests: [RedisRequest]) {
        guard case .open(let channel) = link, !requests.isEmpty else { return }
        expectsLong.value = conversation.isObserving
        let buffer = channel.allocator.buffer(bytes: requests.flatMap(\.bytes))
        channel.writeAndFlush(buffer, promise: nil)
    }

    /// The one request that is sent all the time: its bytes are made once and shared.
    private func writePing() {
        if case .open(let channel) = link { channel.writeAndFlush(Self.ping, promise: nil) }
    }

    private static let ping = ByteBuffer(bytes: RedisRequest.ping.bytes)

    func received(_ bytes: ByteBufferView, from channel: any Channel) {
        let now = Self.now()
        guard case .open(let current) = link, current === channel else { return }
        if conversation.receivedPong(bytes, atNanoseconds: now) { return }
        for event in conversation.received(bytes, atNanoseconds: now) {
            switch event {
            case .greeted: write(conversation.authenticate(atNanoseconds: now))
            case .ready: ready()
            case .observed(let observation): observed(observation)
            case .failed(let failure): fail(failure)
            }
        }
        expectsLong.value = conversation.isObserving
    }

    private func ready() {
        if conversation.overduePing(atNanoseconds: Self.now()) { writePing() }
        // A stranger is asked who it is at once: its name may be taken already.
        if completion != nil || !isVerified { write(conversation.observe(atNanoseconds: Self.now())) }
    }

    private func observed(_ observation: RedisConversation.Observation) {
        guard case .open = link else { return }
        guard let owner else { return stop() }
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

    private func scheduleTick(atNanoseconds time: UInt64) {
        if case .stopped = link { return }
        owner?.schedule(self, atNanoseconds: time)
    }

    /// A tick of the schedule.
    func tick() {
        if case .stopped = link { return }
        guard let owner else { return stop() }
        let now = Self.now()
        let quietUntil = owner.quietUntilNanoseconds
        // Behind our own INFO a PING would measure that. Once only: a server that owes INFO for longer stands still.
        if !isPostponed, now < quietUntil || conversation.isObserving {
            isPostponed = true
            let later = max(quietUntil, now + Self.observationNanoseconds)
            let jitter = UInt64.random(in: 0...schedule.periodNanoseconds / 8, using: &random)
            return scheduleTick(atNanoseconds: later + jitter)
        }
        isPostponed = false
        if isPingDue, conversation.pingTick(atNanoseconds: now) { writePing() }
        if case .open(let channel) = link, let since = conversation.silentSinceNanoseconds,
            now - min(since, now) >= Self.silenceNanoseconds
        {
            unreachable(.timeout)
            channel.close(promise: nil)
        }
        schedule.advance(now: now, using: &random)
        scheduleTick(atNanoseconds: schedule.next)
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
        case .open: write(conversation.observe(atNanoseconds: Self.now()))
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
        sample.redisRunID = info.runID
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
        let (counts, cause) = conversation.takePings(atNanoseconds: Self.now())
        sample.ping = counts
        sample.pingCause = cause
        sample.readings += own.readings + [(Catalogue.pingTimeouts, .value(conversation.ping.timeouts))]
    }
}
