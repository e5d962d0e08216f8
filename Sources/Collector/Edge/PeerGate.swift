import Logging
import NIOCore
import NIOSSL
import NIOTLS
import Shared

/// Stands behind the TLS handler of one connection until the handshake is over: reads the peer's identity from its
/// verified certificate, or closes. Never a custom verification callback: that would replace BoringSSL's own check of
/// the chain, so the rules for identities come after it.
final class PeerGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let domain: String
    private let metrics: Metrics
    private let logger: Logger
    /// `nil` once it is answered; an unanswered promise would trap.
    private var promise: EventLoopPromise<Peer>?
    private var deadline: Scheduled<Void>?

    struct Closed: Error {}

    init(_ promise: EventLoopPromise<Peer>, domain: String, metrics: Metrics, logger: Logger) {
        self.promise = promise
        self.domain = domain
        self.metrics = metrics
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: .seconds(Int64(Limits.handshakeSeconds))) {
            let (gate, context) = bound.value
            gate.refuse(.deadline, "the handshake took longer than \(Limits.handshakeSeconds) s", context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish(.failure(Closed())) }

    func channelInactive(context: ChannelHandlerContext) {
        if promise != nil { refuse(.closed, "the peer left during the handshake", context) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if promise != nil { refuse(.tls, "\(error)", context) }
        context.fireErrorCaught(error)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent { identify(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func identify(_ context: ChannelHandlerContext) {
        let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
        guard let certificate else { return refuse(.tls, "no client certificate", context) }
        do throws(LeafIdentity.Rejection) {
            let leaf = try LeafIdentity(certificate, domain: domain, side: .client)
            metrics.count { $0.connections += 1 }
            finish(
                .success(
                    Peer(
                        id: leaf.id, notAfterSeconds: leaf.notAfterSeconds, address: Self.address(context.channel))))
        } catch {
            refuse(error.metric, "\(error)", context)
        }
    }

    private func refuse(_ reason: Metrics.Refusal, _ why: String, _ context: ChannelHandlerContext) {
        guard promise != nil else { return }
        metrics.refused(reason)
        logger.info("handshake with \(Self.address(context.channel)) refused (\(reason.rawValue)): \(why)")
        finish(.failure(Closed()))
        context.close(promise: nil)
    }

    private func finish(_ result: Result<Peer, any Error>) {
        deadline?.cancel()
        deadline = nil
        promise?.completeWith(result)
        promise = nil
    }

    /// IPv4 in IPv6 is written as IPv4.
    private static func address(_ channel: any Channel) -> String {
        let text = channel.remoteAddress?.ipAddress ?? ""
        return text.hasPrefix("::ffff:") ? String(text.dropFirst("::ffff:".count)) : text
    }
}
