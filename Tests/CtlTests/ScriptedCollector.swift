// A real TLS server on loopback whose answers a test decides, one question at a time; it keeps what it was asked.
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Shared
import Synchronization

final class ScriptedCollector: Sendable {
    struct Question: Sendable {
        var method: String
        var uri: String
        var headers: [String: String]
        var body: [UInt8]
        /// 1 is the first question to this server.
        var number: Int

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    enum Reply: Sendable {
        case answer(status: Int, type: String, headers: [String: String], body: String)
        /// The connection is closed without a word.
        case cut
        /// Held until the connection ends.
        case never

        static func json(_ value: some Encodable, status: Int = 200) -> Reply {
            let bytes = (try? JSONEncoder().encode(value)) ?? Data()
            return .answer(
                status: status, type: "application/json", headers: [:], body: String(decoding: bytes, as: UTF8.self))
        }

        static func problem(_ problem: Problem, headers: [String: String] = [:]) -> Reply {
            let bytes = (try? JSONEncoder().encode(problem)) ?? Data()
            return .answer(
                status: problem.status, type: "application/problem+json", headers: headers,
                body: String(decoding: bytes, as: UTF8.self))
        }
    }

    typealias Script = @Sendable (Question) async -> Reply

    let port: Int
    private let listener: any Channel
    private let connections: Connections

    /// - Parameters:
    ///   - certificate: its name among the certificates.
    ///   - port: 0: a free one.
    static func start(
        _ certificates: Certificates, certificate: String = "server", port: Int = 0,
        maximumTLS: TLSVersion? = nil, script: @escaping Script
    ) async throws -> ScriptedCollector {
        var tls = TLSConfiguration.makeServerConfigurationWithMTLS(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificates.certificate(certificate)).map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: certificates.key(certificate), format: .pem)),
            trustRoots: .file(certificates.certificate("ca")))
        tls.minimumTLSVersion = maximumTLS == .tlsv12 ? .tlsv12 : .tlsv13
        tls.maximumTLSVersion = maximumTLS
        let context = try NIOSSLContext(configuration: tls)
        let connections = Connections()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    connections.add(channel)
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try pipeline.addHandler(QuestionHandler(connections, script))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        return ScriptedCollector(listener: listener, connections: connections)
    }

    private init(listener: any Channel, connections: Connections) {
        self.listener = listener
        self.connections = connections
        port = listener.localAddress?.port ?? 0
    }

    var questions: [Question] { connections.questions }

    /// Until so many questions came, or ten seconds went by.
    func wait(forQuestions count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while questions.count < count, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// As a killed process: nothing listens any more, and open connections end.
    func stop() async {
        try? await listener.close().get()
        for channel in connections.all { try? await channel.close().get() }
    }
}

/// What the connections of a server share.
private final class Connections: Sendable {
    private let state = Mutex((channels: [any Channel](), questions: [ScriptedCollector.Question]()))

    var all: [any Channel] { state.withLock { $0.channels } }
    var questions: [ScriptedCollector.Question] { state.withLock { $0.questions } }

    func add(_ channel: any Channel) { state.withLock { $0.channels.append(channel) } }

    func numbered(_ question: ScriptedCollector.Question) -> ScriptedCollector.Question {
        state.withLock { state in
            var question = question
            question.number = state.questions.count + 1
            state.questions.append(question)
            return question
        }
    }
}

private final class QuestionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let connections: Connections
    private let script: ScriptedCollector.Script
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ connections: Connections, _ script: @escaping ScriptedCollector.Script) {
        self.connections = connections
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let buffer): body += buffer.readableBytesView
        case .end:
            guard let head else { return }
            let headers = Dictionary(head.headers.map { ($0.name, $0.value) }) { first, _ in first }
            let question = connections.numbered(
                .init(method: head.method.rawValue, uri: head.uri, headers: headers, body: body, number: 0))
            Self.answer(question, by: script, on: context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private static func answer(
        _ question: ScriptedCollector.Question, by script: @escaping ScriptedCollector.Script, on channel: any Channel
    ) {
        Task {
            let reply = await script(question)
            await send(reply, on: channel)
        }
    }

    private static func send(_ reply: ScriptedCollector.Reply, on channel: any Channel) async {
        switch reply {
        case .never: return
        case .cut: try? await channel.close().get()
        case .answer(let status, let type, let headers, let body):
            let more = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
            let text =
                "HTTP/1.1 \(status) -\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
                + more + "\r\n" + body
            try? await channel.writeAndFlush(ByteBuffer(string: text)).get()
        }
    }
}
