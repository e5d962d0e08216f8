// The thin end between NIO's channel and an instance's conversation: it passes bytes and endings on and decides
// nothing.
import NIOCore

final class RedisChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let instance: RedisInstance

    init(instance: RedisInstance) { self.instance = instance }

    func channelActive(context: ChannelHandlerContext) {
        instance.opened(context.channel)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        instance.received(unwrapInboundIn(data).readableBytesView, from: context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        instance.closed(context.channel)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
