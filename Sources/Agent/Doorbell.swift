// Rings on the event loop when the mailbox has something, or a signal came.
import NIOCore
import NIOPosix

final class Doorbell: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// More bytes than are ever waiting: one stands for any number of messages.
    private static let bytes = 64

    private let ring: () -> Void

    private init(_ ring: @escaping () -> Void) { self.ring = ring }

    /// - Parameter ring: called on the event loop, where this must be called too: at first with whether it is
    ///   installed, and then each time with true.
    static func install(
        _ mailbox: Mailbox<some Sendable>, on eventLoop: any EventLoop, ring: @escaping (_ isInstalled: Bool) -> Void
    ) {
        let descriptor = mailbox.descriptorToWatch()
        guard descriptor >= 0 else { return ring(false) }
        let bell = NIOLoopBound(Doorbell { ring(true) }, eventLoop: eventLoop)
        NIOPipeBootstrap(group: eventLoop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: bytes))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bell.value) }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success: ring(true)
                case .failure: ring(false)
                }
            }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { ring() }
}
