// What the agent and one Redis say to each other, without sockets, clocks or threads: bytes and moments in, requests
// and results out. It keeps count of what is the agent's own doing, so that the collector can take it out again. It
// must never have two PINGs or two INFOs under way: a server that stands still would be buried in them.
import Terms

/// What the agent did to one Redis since the agent's start, over all its connections.
struct OwnCounts: Equatable, Sendable {
    /// That the server counts as processed: what it refuses before running is in no such count.
    var commands: UInt64 = 0
    var bytesSent: UInt64 = 0
    var bytesReceived: UInt64 = 0
    var errorReplies: UInt64 = 0
    var connections: UInt64 = 0

    var readings: Sample.Values {
        [
            (Catalogue.ownCommands, .value(commands)), (Catalogue.ownBytesSent, .value(bytesSent)),
            (Catalogue.ownBytesReceived, .value(bytesReceived)), (Catalogue.ownErrorReplies, .value(errorReplies)),
            (Catalogue.ownConnections, .value(connections)),
        ]
    }
}

struct RedisConversation {
    /// What one round of INFO and LATENCY HISTOGRAM gave.
    struct Observation {
        var info: RedisInfo
        /// As they were when the server wrote INFO.
        var own: OwnCounts
        var latency: Reading<RedisLatency.Histograms>
    }

    enum Event {
        /// A stranger that speaks like a Redis: `authenticate` is due.
        case greeted
        /// Requests may be sent now.
        case ready
        case observed(Observation)
        /// The connection is of no more use.
        case failed(Failure)
    }

    enum Failure: Error, Equatable {
        /// AUTH, or INFO for want of rights.
        case denied
        /// It does not speak RESP, or answers INFO with something else.
        case notRedis
        /// INFO was answered and not understood, by something that speaks RESP.
        case unreadable

        var cause: AbsenceCause {
            switch self {
            case .denied: .denied
            case .notRedis, .unreadable: .parse
            }
        }
    }

    private enum Phase: Equatable {
        case closed
        /// With what will follow.
        case greeting(RedisRequest)
        case authenticating
        case ready
    }
    private enum Kind { case greeting, auth, ping, info, latency }
    private struct Outstanding {
        var kind: Kind
        var sentAtNanoseconds: UInt64
    }

    /// A refused PING or LATENCY HISTOGRAM is tried again after so long: each refusal counts as an error there.
    static let refusalNanoseconds: UInt64 = 600_000_000_000

    private(set) var own = OwnCounts()
    private(set) var ping = RedisPing()
    private var phase = Phase.closed
    private var parser = RESPParser()
    private var outstanding: [Outstanding] = []
    /// INFO's part of an observation whose latency is still to come.
    private var half: (info: RedisInfo, own: OwnCounts)?
    private var sentWithInfo: UInt64 = 0
    private var latencyRefusal: (cause: AbsenceCause, until: UInt64)?
    private var pingRefusedUntil: UInt64 = 0
    /// Anything at all came over this connection.
    private(set) var hasHeard = false

    var isReady: Bool { phase == .ready }
    var isObserving: Bool { half != nil || outstanding.contains { $0.kind == .info || $0.kind == .latency } }
    var isPingUnderWay: Bool { outstanding.contains { $0.kind == .ping } }
    /// Since when the server owes an answer.
    var silentSinceNanoseconds: UInt64? { outstanding.first?.sentAtNanoseconds }

    /// The connection is there. What must be sent first, if anything.
    /// - Parameter isStranger: found by its port and never heard yet. Any program of a Redis user may listen there, so
    ///   it has to answer a PING like a Redis before it is told a password.
    mutating func opened(
        auth: RedisRequest?, isStranger: Bool = false, atNanoseconds now: UInt64
    ) -> [RedisRequest] {
        closed()
        own.connections += 1
        hasHeard = false
        guard let auth else {
            phase = .ready
            return []
        }
        phase = .greeting(auth)
        return isStranger ? send([(.ping, .greeting)], now) : authenticate(atNanoseconds: now)
    }

    /// What to send once it has greeted.
    mutating func authenticate(atNanoseconds now: UInt64) -> [RedisRequest] {
        guard case .greeting(let auth) = phase else { return [] }
        phase = .authenticating
        return send([(auth, .auth)], now)
    }

    /// The connection is gone; whether what was under way ran, nobody knows.
    mutating func closed() {
        phase = .closed
        parser = RESPParser()
        outstanding = []
        half = nil
    }

    /// A PING's turn has come, whether or not one can be sent. True: it must be sent now.
    mutating func pingTick(atNanoseconds now: UInt64) -> Bool {
        guard now >= pingRefusedUntil else { return false }
        ping.tick(atNanoseconds: now)
        return sendPing(now)
    }

    /// For ticks that came while the connection was being made.
    mutating func overduePing(atNanoseconds now: UInt64) -> Bool {
        ping.isWaiting && sendPing(now)
    }

    private mutating func sendPing(_ now: UInt64) -> Bool {
        guard phase == .ready, !isPingUnderWay else { return false }
        own.bytesSent += UInt64(RedisRequest.pingBytes.count)
        outstanding.append(Outstanding(kind: .ping, sentAtNanoseconds: now))
        return true
    }

    mutating func observe(atNanoseconds now: UInt64) -> [RedisRequest] {
        guard phase == .ready, !isObserving else { return [] }
        if let refusal = latencyRefusal, now >= refusal.until { latencyRefusal = nil }
        let wanted: [(RedisRequest, Kind)] =
            [(.info, .info)] + (latencyRefusal == nil ? [(.latencyHistogram, .latency)] : [])
        let requests = send(wanted, now)
        // One write, one read there: INFO's own count of input has the whole batch.
        sentWithInfo = own.bytesSent
        return requests
    }

    mutating func abandonPings(_ cause: AbsenceCause) { ping.abandon(cause) }

    mutating func takePings(atNanoseconds now: UInt64) -> (counts: [UInt32: UInt64], cause: AbsenceCause?) {
        ping.take(atNanoseconds: now)
    }

    private mutating func send(_ requests: [(RedisRequest, Kind)], _ now: UInt64) -> [RedisRequest] {
        for (request, kind) in requests {
            own.bytesSent += UInt64(request.bytes.count)
            outstanding.append(Outstanding(kind: kind, sentAtNanoseconds: now))
        }
        return requests.map(\.0)
    }

    private static let pong = Array("+PONG\r\n".utf8)

    /// The usual answer in the usual piece, without the parser's ado. False: these bytes are for `received`.
    mutating func receivedPong(_ bytes: some Collection<UInt8>, atNanoseconds now: UInt64) -> Bool {
        guard bytes.count == Self.pong.count, outstanding.first?.kind == .ping, parser.pendingBytes == 0,
            bytes.elementsEqual(Self.pong)
        else { return false }
        outstanding.removeFirst()
        hasHeard = true
        own.bytesReceived += UInt64(Self.pong.count)
        own.commands += 1
        ping.answered(atNanoseconds: now)
        return true
    }

    /// Bytes from the server, in pieces of any size.
    mutating func received(_ bytes: some Sequence<UInt8>, atNanoseconds now: UInt64) -> [Event] {
        guard phase != .closed else { return [] }
        hasHeard = true
        parser.append(bytes)
        var events: [Event] = []
        do {
            // Every reply answers a request, and few are under way.
            while let reply = try parser.next() {
                // Said unasked: "max number of clients reached" before the first request is read.
                let request = outstanding.isEmpty ? nil : outstanding.removeFirst()
                if let event = handle(reply, to: request, now) {
                    events.append(event)
                    if case .failed = event { return events }
                }
            }
        } catch {
            events.append(.failed(.notRedis))
        }
        return events
    }

    private mutating func handle(_ reply: RESPParser.Reply, to request: Outstanding?, _ now: UInt64) -> Event? {
        let before = own
        own.bytesReceived += UInt64(reply.sizeBytes)
        var refusal: RedisRefusal?
        if case .error(let text) = reply.value {
            refusal = RedisRefusal(text, of: request?.kind == .auth)
            own.errorReplies += 1
        }
        if refusal?.isBeforeRunning != true { own.commands += 1 }
        switch request?.kind {
        case .greeting: return handleGreeting(reply.value, refusal)
        case .auth: return handleAuth(reply.value, refusal)
        case .ping:
            handlePing(reply.value, refusal, now)
            return nil
        case .info: return handleInfo(reply.value, refusal, before)
        case .latency: return handleLatency(reply.value, refusal, now)
        case nil:
            // No command of ours: neither its run nor a count.
            own.commands = before.commands
            return .failed(refusal == nil ? .notRedis : .denied)
        }
    }

    private func handleGreeting(_ value: RESPValue, _ refusal: RedisRefusal?) -> Event {
        if let refusal { return refusal.isRedisAtWork ? .greeted : .failed(refusal.isFull ? .denied : .notRedis) }
        guard case .simple(let text) = value, text.reads("PONG") else { return .failed(.notRedis) }
        return .greeted
    }

    private mutating func handleAuth(_ value: RESPValue, _ refusal: RedisRefusal?) -> Event {
        guard let refusal else {
            guard case .simple = value else { return .failed(.notRedis) }
            phase = .ready
            return .ready
        }
        // The server wants no password; what it then allows will show.
        guard refusal.isNoPasswordSet else { return .failed(.denied) }
        phase = .ready
        return .ready
    }

    private mutating func handlePing(_ value: RESPValue, _ refusal: RedisRefusal?, _ now: UInt64) {
        switch refusal?.kind {
        case .rights:
            ping.abandon(.denied)
            pingRefusedUntil = now + Self.refusalNanoseconds
        case .unknown:
            ping.abandon(.unsupported)
            pingRefusedUntil = now + Self.refusalNanoseconds
        // LOADING, MISCONF, BUSY and the like: the event loop turned and answered, which is what PING measures.
        case .state, nil: ping.answered(atNanoseconds: now)
        }
    }

    private mutating func handleInfo(_ value: RESPValue, _ refusal: RedisRefusal?, _ before: OwnCounts) -> Event? {
        if let refusal { return .failed(refusal.kind == .rights ? .denied : .unreadable) }
        guard case .bulk(let text) = value else { return .failed(.notRedis) }
        guard let info = try? RedisInfo.parse(text) else { return .failed(.unreadable) }
        var own = before
        own.bytesSent = sentWithInfo
        guard outstanding.contains(where: { $0.kind == .latency }) else {
            let cause = latencyRefusal?.cause ?? .unsupported
            return .observed(Observation(info: info, own: own, latency: .absent(cause)))
        }
        half = (info, own)
        return nil
    }

    private mutating func handleLatency(_ value: RESPValue, _ refusal: RedisRefusal?, _ now: UInt64) -> Event? {
        guard let half else { return .failed(.notRedis) }
        self.half = nil
        var latency: Reading<RedisLatency.Histograms> = .absent(.parse)
        if let refusal {
            let cause: AbsenceCause = refusal.kind == .rights ? .denied : .unsupported
            latency = .absent(cause)
            if refusal.kind != .state { latencyRefusal = (cause, now + Self.refusalNanoseconds) }
        } else if let histograms = RedisLatency.parse(value) {
            latency = .value(histograms)
        }
        return .observed(Observation(info: half.info, own: half.own, latency: latency))
    }
}

/// An error reply to one of the agent's requests.
struct RedisRefusal: Equatable {
    enum Kind: Equatable {
        /// No right, or no AUTH.
        case rights
        /// The server as it is just now: LOADING, MISCONF, MASTERDOWN, BUSY.
        case state
        /// It does not know the command.
        case unknown
    }

    var kind: Kind
    /// Refused before it ran: counted as rejected and not as processed (server.c, rejectCommand).
    var isBeforeRunning: Bool
    var isNoPasswordSet: Bool
    /// No connection is free.
    var isFull: Bool
    /// What only a Redis says to a PING: it wants AUTH first, or is busy.
    var isRedisAtWork: Bool

    /// - Parameter isAuth: AUTH runs, and then says no.
    init(_ text: ByteText, of isAuth: Bool) {
        let code = text.prefix { $0 != UInt8(ascii: " ") }
        isFull = code.reads("ERR") && text.dropFirst(4).dropping("max number of clients") != nil
        isRedisAtWork = ["NOAUTH", "NOPERM", "LOADING", "BUSY", "MASTERDOWN", "MISCONF"].contains(code.string)
        switch code.string {
        case "NOPERM", "NOAUTH", "WRONGPASS", "DENIED": kind = .rights
        case "ERR": kind = isAuth || isFull ? .rights : .unknown
        default: kind = .state
        }
        isBeforeRunning = !isAuth
        // "ERR AUTH <password> called without any password configured for the default user. …"
        isNoPasswordSet =
            isAuth && code.reads("ERR") && text.dropFirst(4).dropping("AUTH <password> called without") != nil
    }
}
