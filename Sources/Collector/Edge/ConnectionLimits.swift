import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Shared

/// Keeps one HTTP connection within its bounds: closes it after so long or so many requests, always after the answer in
/// progress, so that certificates and grants are looked at afresh; ends a request whose body does not arrive; and gives
/// the bare 400 of unreadable HTTP a body that says so.
final class ConnectionLimits: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    struct Bounds: Sendable {
        var requests = Limits.requestsPerConnection
        var ageSeconds = Double(Limits.connectionSeconds)
        /// Of the age, in both directions, so that a fleet does not come back all at once.
        var jitter = 0.1
        var bodySeconds: Int64 = 60
    }

    private let bounds: Bounds
    private var requests = 0
    private var unanswered = 0
    private var isClosing = false
    private var age: Scheduled<Void>?
    private var body: Scheduled<Void>?

    init(_ bounds: Bounds) { self.bounds = bounds }

    func handlerAdded(context: ChannelHandlerContext) {
        let seconds = bounds.ageSeconds * Double.random(in: 1 - bounds.jitter...1 + bounds.jitter)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        age = context.eventLoop.scheduleTask(in: .milliseconds(Int64(seconds * 1000))) {
            let (limits, context) = bound.value
            limits.isClosing = true
            if limits.unanswered == 0 { context.close(promise: nil) }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    private func stop() {
        age?.cancel()
        body?.cancel()
        (age, body) = (nil, nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(var head):
            requests += 1
            unanswered += 1
            if requests >= bounds.requests { isClosing = true }
            if isClosing { head.headerFields[.connection] = "close" }
            waitForBody(context)
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case .end:
            body?.cancel()
            body = nil
            context.fireChannelRead(data)
        case .body: context.fireChannelRead(data)
        }
    }

    private func waitForBody(_ context: ChannelHandlerContext) {
        body?.cancel()
        let channel = context.channel
        body = context.eventLoop.scheduleTask(in: .seconds(bounds.bodySeconds)) { channel.close(promise: nil) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if Self.isBareRefusal(head) { return writeRefusal(context, promise) }
            if isClosing { head.headerFields[.connection] = "close" }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            unanswered -= 1
            guard isClosing, unanswered <= 0 else { return context.write(data, promise: promise) }
            context.writeAndFlush(data, promise: promise)
            context.close(promise: nil)
        case .body: context.write(data, promise: promise)
        }
    }

    /// Hummingbird's answer to what is no HTTP; no answer of ours looks like it.
    private static func isBareRefusal(_ head: HTTPResponse) -> Bool {
        head.status == .badRequest && head.headerFields[.contentLength] == "0"
            && head.headerFields[.connection] == "close"
    }

    private func writeRefusal(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let bytes = ProblemMiddleware.body(Problem(.malformed, "the request is no HTTP/1.1 that is read here"), "")
        let headers: HTTPFields = [
            .contentType: ProblemMiddleware.mediaType, .contentLength: String(bytes.count), .connection: "close",
        ]
        let head = HTTPResponse(status: .badRequest, headerFields: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(context.channel.allocator.buffer(bytes: bytes))), promise: promise)
        isClosing = true
    }
}
