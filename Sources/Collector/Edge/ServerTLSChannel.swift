import HummingbirdCore
import Logging
import NIOCore
import NIOSSL
import NIOTLS
import Shared

/// TLS with the collector's certificate and without the client's: the tokens' listener. Each connection gets the
/// context of the moment, as on the API port.
struct ServerTLSChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let source: TLSSource
    let metrics: Metrics

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        guard let tls = source.tokenContext else {
            metrics.refused(.expired)
            logger.error("our own certificate has expired: nobody is served")
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(PeerGate.Closed())
        }
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(NIOSSLServerHandler(context: tls))
            try pipeline.addHandler(HandshakeDeadline(metrics: metrics))
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }.flatMapErrorThrowing { error in
            channel.close(promise: nil)
            throw error
        }
    }

    func handle(value: Base.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}

/// Closes a connection whose handshake does not come to its end.
private final class HandshakeDeadline: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let metrics: Metrics
    private var deadline: Scheduled<Void>?

    init(metrics: Metrics) { self.metrics = metrics }

    func handlerAdded(context: ChannelHandlerContext) {
        let (channel, metrics) = (context.channel, metrics)
        deadline = context.eventLoop.scheduleTask(in: .seconds(Int64(Limits.handshakeSeconds))) {
            metrics.refused(.deadline)
            channel.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent { deadline?.cancel() }
        context.fireUserInboundEventTriggered(event)
    }
}
