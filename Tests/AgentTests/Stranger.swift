// A listener that is no Redis: it hangs up at once, or answers something else.
import NIOCore
import NIOPosix
import Synchronization

struct Stranger {
    final class Counter: Sendable { let value = Atomic(0) }

    let channel: any Channel
    let connections: Counter

    var port: UInt16 { UInt16(channel.localAddress?.port ?? 0) }

    static func start(_ group: MultiThreadedEventLoopGroup, answer: String?) async throws -> Stranger {
        let counter = Counter()
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                counter.value.add(1, ordering: .relaxed)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return Stranger(channel: channel, connections: counter)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let answer: String?

        init(answer: String?) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if let answer { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil) }
            context.close(promise: nil)
        }
    }
}
