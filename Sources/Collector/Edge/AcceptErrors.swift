import Logging
import NIOCore

/// First in the listening socket's pipeline: a failed `accept` (a peer that left before, no file descriptor free) ends
/// that attempt and not the server, which would take any error that gets further for its own end.
final class AcceptErrors: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.warning("a connection could not be accepted: \(error)")
    }
}
