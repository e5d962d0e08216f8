import NIOCore
import NIOHTTP1
import NIOSSL

/// One connection that sends a report, waits for the acknowledgement, and sends the next until the time is up.
final class Sender: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    struct Tally: Sendable {
        var acknowledged = 0
        var refused: [UInt: Int] = [:]
        var latencyNanoseconds: [UInt64] = []
        var bytes = 0
    }

    private var maker: ReportMaker
    private let deadline: NIODeadline
    private let promise: EventLoopPromise<Tally>
    private var tally = Tally()
    private var sentAt = NIODeadline.now()
    private var status: UInt = 0

    init(maker: ReportMaker, deadline: NIODeadline, promise: EventLoopPromise<Tally>) {
        self.maker = maker
        self.deadline = deadline
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) { send(context) }

    private func send(_ context: ChannelHandlerContext) {
        guard NIODeadline.now() < deadline, let body = try? maker.next() else {
            return context.close(promise: nil)
        }
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/v1/reports")
        head.headers = [
            "Host": "localhost", "Content-Type": "application/x-protobuf", "Content-Length": "\(body.count)",
        ]
        tally.bytes += body.count
        sentAt = .now()
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = UInt(head.status.code)
        case .body: break
        case .end:
            if status == 200 {
                tally.acknowledged += 1
                tally.latencyNanoseconds.append(UInt64((NIODeadline.now() - sentAt).nanoseconds))
            } else {
                tally.refused[status, default: 0] += 1
            }
            send(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { promise.succeed(tally) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
