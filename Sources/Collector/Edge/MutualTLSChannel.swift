import HummingbirdCore
import Logging
import NIOCore
import NIOSSL
import Shared

/// A connection whose peer is known, or will be: the base channel's value and the identity that the handshake gives.
struct IdentifiedConnection<Base: ServerChildChannelValue>: ServerChildChannelValue {
    let base: Base
    let peer: EventLoopFuture<Peer>
    var channel: any Channel { base.channel }
}

/// TLS 1.3 with a client certificate around another channel. Hummingbird's own TLS builds its context once and shows no
/// identity; here each connection gets the context of the moment, so that a reload needs no restart.
struct MutualTLSChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let source: TLSSource
    let metrics: Metrics

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<IdentifiedConnection<Base.Value>> {
        guard let tls = source.context else {
            metrics.refused(.expired)
            logger.error("our own certificate has expired: nobody is served")
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(PeerGate.Closed())
        }
        let promise = channel.eventLoop.makePromise(of: Peer.self)
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let gate = PeerGate(promise, domain: source.domain, metrics: metrics, logger: logger)
            try pipeline.addHandler(NIOSSLServerHandler(context: tls))
            try pipeline.addHandler(gate)
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }.map {
            IdentifiedConnection(base: $0, peer: promise.futureResult)
        }.flatMapErrorThrowing { error in
            // Nobody else closes a channel whose set-up failed.
            promise.fail(error)
            channel.close(promise: nil)
            throw error
        }
    }

    func handle(value: IdentifiedConnection<Base.Value>, logger: Logger) async {
        let peer = try? await value.peer.get()
        if peer == nil { value.channel.close(promise: nil) }
        // Also after a failed handshake: an async channel that is dropped unhandled stops the process.
        await Peer.$current.withValue(peer) { await base.handle(value: value.base, logger: logger) }
    }
}
