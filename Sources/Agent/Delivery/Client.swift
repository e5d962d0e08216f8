// The HTTPS/1.1 client for one collector: one kept connection, one request at a time, every wait with a deadline. It
// decides nothing; it reports what happened, and Delivery decides. No byte of a report leaves before the collector's
// chain and SPIFFE ID were verified.
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOTLS

final class Client: Sendable {
    enum Event: Sendable {
        case connected
        /// The end of the connection, whatever the reason; nothing follows.
        case disconnected(reason: String)
        case answered(Answer)
    }

    struct Deadlines: Sendable {
        var connectMilliseconds: Int64 = 10_000
        var handshakeMilliseconds: Int64 = 10_000
        var requestMilliseconds: Int64 = 30_000
    }

    private let eventLoop: any EventLoop
    private let context: NIOSSLContext
    private let spiffeID: String
    private let authority: String
    private let deadlines: Deadlines
    private let report: @Sendable (Event, _ connection: UInt64) -> Void
    private let current: NIOLoopBoundBox<(any Channel)?>

    /// - Parameter report: called on the event loop; `connection` is the number given to `connect`.
    init(
        eventLoop: any EventLoop, context: NIOSSLContext, collector: Configuration.Collector,
        deadlines: Deadlines = Deadlines(), report: @escaping @Sendable (Event, _ connection: UInt64) -> Void
    ) {
        self.eventLoop = eventLoop
        self.context = context
        self.deadlines = deadlines
        self.report = report
        spiffeID = collector.spiffeID
        authority = (collector.host.contains(":") ? "[\(collector.host)]" : collector.host) + ":\(collector.port)"
        current = NIOLoopBoundBox.makeEmptyBox(eventLoop: eventLoop)
    }

    /// Tries the addresses in turn.
    func connect(_ addresses: [SocketAddress], connection: UInt64) {
        eventLoop.execute {
            self.closeCurrent()
            self.connect(addresses[...], connection, lastReason: "its name has no address")
        }
    }

    func send(_ body: ByteBuffer, connection: UInt64) {
        eventLoop.execute {
            guard let channel = self.current.value, channel.isActive else {
                return self.report(.disconnected(reason: "the connection had ended"), connection)
            }
            channel.writeAndFlush(body, promise: nil)
        }
    }

    func close() { eventLoop.execute { self.closeCurrent() } }

    private func closeCurrent() {
        current.value?.close(promise: nil)
        current.value = nil
    }

    private func connect(_ addresses: ArraySlice<SocketAddress>, _ connection: UInt64, lastReason: String) {
        guard let address = addresses.first else {
            return report(.disconnected(reason: lastReason), connection)
        }
        let gate = CollectorGate.Terms(
            spiffeID: spiffeID, authority: authority, deadlines: deadlines, connection: connection, report: report)
        let context = context
        let started = ClientBootstrap(group: eventLoop)
            .connectTimeout(.milliseconds(deadlines.connectMilliseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                    try pipeline.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                    try pipeline.addHandler(CollectorGate(gate))
                }
            }
            .connect(to: address)
        started.whenComplete { result in
            switch result {
            case .success(let channel): self.current.value = channel
            case .failure(let error):
                self.connect(
                    addresses.dropFirst(), connection,
                    lastReason: "cannot connect to \(Self.text(address)): \(Self.text(error))")
            }
        }
    }
}

extension Client {
    private static func text(_ address: SocketAddress) -> String {
        guard let ip = address.ipAddress, let port = address.port else { return "\(address)" }
        return (ip.contains(":") ? "[\(ip)]" : ip) + ":\(port)"
    }

    private static func text(_ error: any Error) -> String {
        (error as? IOError).map { SystemError.text($0.errnoCode) } ?? "\(error)"
    }
}

/// The last handler of a connection: lets nothing out before the peer is known, sends one request at a time, and
/// reports how it ended.
private final class CollectorGate: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTPClientRequestPart

    struct Terms: Sendable {
        var spiffeID: String
        var authority: String
        var deadlines: Client.Deadlines
        var connection: UInt64
        var report: @Sendable (Client.Event, UInt64) -> Void
    }

    private enum State {
        case handshaking
        case idle
        case awaiting(HTTPResponseHead?, body: [UInt8])
        case ended
    }

    private let terms: Terms
    private var state = State.handshaking
    private var deadline: Scheduled<Void>?

    init(_ terms: Terms) { self.terms = terms }

    func handlerAdded(context: ChannelHandlerContext) {
        arm(context, terms.deadlines.handshakeMilliseconds, "no TLS handshake in time")
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent, case .handshaking = state { admit(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func admit(_ context: ChannelHandlerContext) {
        let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
        let names = certificate?.uriNames ?? []
        guard names == [terms.spiffeID] else {
            let found = names.isEmpty ? "none" : names.prefix(3).joined(separator: ", ")
            return end(context, "its certificate is for \(found), not for \(terms.spiffeID)")
        }
        disarm()
        state = .idle
        terms.report(.connected, terms.connection)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .idle = state else {
            promise?.fail(ChannelError.operationUnsupported)
            return
        }
        let body = Self.unwrapOutboundIn(data)
        state = .awaiting(nil, body: [])
        arm(context, terms.deadlines.requestMilliseconds, "no answer in time")
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: "/v1/reports",
            headers: [
                "Host": terms.authority, "Content-Type": "application/x-protobuf", "Content-Encoding": "gzip",
                "Content-Length": String(body.readableBytes), "User-Agent": "perch-agent/" + AgentVersion.text,
            ])
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.write(Self.wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (Self.unwrapInboundIn(data), state) {
        case (.head(let head), .awaiting): state = .awaiting(head, body: [])
        case (.body(let part), .awaiting(let head, var body)):
            guard body.count + part.readableBytes <= Answer.bodyBytes else {
                return end(context, "its answer is longer than \(Answer.bodyBytes) bytes")
            }
            // Emptied first, so that appending does not copy.
            state = .ended
            body.append(contentsOf: part.readableBytesView)
            state = .awaiting(head, body: body)
        case (.end, .awaiting(let head?, let body)):
            disarm()
            state = .idle
            let answer = Answer(
                status: Int(head.status.code), body: body, retryAfter: head.headers.first(name: "retry-after"),
                endsConnection: !head.isKeepAlive)
            terms.report(.answered(answer), terms.connection)
        case (_, .handshaking), (_, .idle), (_, .ended), (.end, .awaiting):
            end(context, "it spoke out of turn")
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(context, Self.sentence(error)) }

    /// BoringSSL's own words, and what they mean to the person who has to mend it.
    private static func sentence(_ error: any Error) -> String {
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not from the configured authority, or not valid now (CERTIFICATE_VERIFY_FAILED)"
        }
        if text.contains("ALERT") { return "it refused the agent's certificate or TLS version (\(text))" }
        return text
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, "it ended the connection")
        context.fireChannelInactive()
    }

    private func end(_ context: ChannelHandlerContext, _ reason: String) {
        if case .ended = state { return }
        state = .ended
        disarm()
        terms.report(.disconnected(reason: reason), terms.connection)
        context.close(promise: nil)
    }

    private func arm(_ context: ChannelHandlerContext, _ milliseconds: Int64, _ reason: String) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
            let (gate, context) = bound.value
            gate.end(context, reason)
        }
    }

    private func disarm() {
        deadline?.cancel()
        deadline = nil
    }
}
