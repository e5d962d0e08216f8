import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Shared
import Synchronization

@testable import Collector

/// A receiver of alerts on loopback, in the clear or behind TLS, whose answers a test decides.
final class AlertInbox: Sendable {
    struct Message: Sendable {
        var headers: [String: String]
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private struct State {
        var status = 204
        var messages: [Message] = []
    }

    private let state: Mutex<State>
    private let listener: any Channel
    let port: Int
    private let isTLS: Bool

    /// - Parameter certificate: its name in the PKI; `nil`: in the clear.
    static func open(_ pki: TestPKI, certificate: String? = nil, port: Int = 0) async throws -> AlertInbox {
        let context = try certificate.map { name in
            var tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(pki.certificate(name)).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: pki.key(name), format: .pem)))
            tls.minimumTLSVersion = .tlsv13
            return try NIOSSLContext(configuration: tls)
        }
        let box = Box()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(Handler(box))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        let inbox = AlertInbox(listener, isTLS: context != nil)
        box.inbox.withLock { $0 = inbox }
        return inbox
    }

    private init(_ listener: any Channel, isTLS: Bool) {
        self.listener = listener
        self.isTLS = isTLS
        port = listener.localAddress?.port ?? 0
        state = Mutex(State())
    }

    var url: String { isTLS ? "https://localhost:\(port)/hook" : "http://127.0.0.1:\(port)/hook" }
    var messages: [Message] { state.withLock { $0.messages } }
    var types: [String] {
        messages.compactMap { (try? JSONSerialization.jsonObject(with: Data($0.body))) as? [String: Any] }
            .compactMap { $0["type"] as? String }
    }

    /// From the next message on.
    func answer(_ status: Int) { state.withLock { $0.status = status } }
    func close() async { try? await listener.close().get() }

    fileprivate func take(_ message: Message) -> Int {
        state.withLock { state in
            state.messages.append(message)
            return state.status
        }
    }

    private final class Box: Sendable {
        let inbox = Mutex<AlertInbox?>(nil)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let box: Box
        private var headers: [String: String] = [:]
        private var body: [UInt8] = []

        init(_ box: Box) { self.box = box }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
                body = []
            case .body(let buffer): body += Array(buffer.readableBytesView)
            case .end:
                let status = box.inbox.withLock { $0 }?.take(Message(headers: headers, body: body)) ?? 503
                let head = HTTPResponseHead(
                    version: .http1_1, status: HTTPResponseStatus(statusCode: status),
                    headers: status == 204 ? [:] : ["content-length": "5"])
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                if status != 204 {
                    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "sorry")))), promise: nil)
                }
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// A receiver's configuration with a secret of its own.
enum TestReceiver {
    static let secretText = "whsec_" + Data(repeating: 7, count: 32).base64EncodedString()

    static func make(
        _ inbox: AlertInbox, name: String = "inbox", kinds: Set<AlertKind> = Set(AlertKind.allCases),
        authority: String? = nil
    ) throws -> AlertReceiver {
        let file = try TestDirectory.make() + "/secret"
        try (secretText + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        return AlertReceiver(
            name: name, url: inbox.url, secretFile: file, kinds: kinds, certificateAuthority: authority)
    }

    /// Computed by another implementation than ours.
    static func signatureByPython(_ message: AlertInbox.Message) throws -> String {
        let script = """
            import base64, hashlib, hmac, sys
            secret, id, time = sys.argv[1:4]
            key = base64.b64decode(secret.removeprefix("whsec_"))
            signed = f"{id}.{time}.".encode() + sys.stdin.buffer.read()
            print("v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode())
            """
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [
            "-c", script, secretText, message.headers["webhook-id"] ?? "", message.headers["webhook-timestamp"] ?? "",
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(message.body))
        try input.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
