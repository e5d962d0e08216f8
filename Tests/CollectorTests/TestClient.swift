import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One TLS connection to a server on this machine, used for one request after the other.
final class TestClient: Sendable {
    struct Reply: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    struct Ended: Error {}

    private typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private let port: Int
    /// `nil`: in the clear.
    private let context: NIOSSLContext?

    /// - Parameter name: of the certificate in the PKI; `nil`: none.
    init(_ pki: TestPKI, port: Int, as name: String?, minimum: TLSVersion = .tlsv13, maximum: TLSVersion? = nil) throws
    {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(pki.certificate("ca")))
        configuration.minimumTLSVersion = minimum
        configuration.maximumTLSVersion = maximum
        if let name {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(pki.certificate(name)).map {
                .certificate($0)
            }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: pki.key(name), format: .pem))
        }
        context = try NIOSSLContext(configuration: configuration)
        self.port = port
    }

    init(plainPort: Int) {
        port = plainPort
        context = nil
    }

    struct Request: Sendable {
        var method: HTTPMethod = .GET
        var path: String
        var headers: HTTPHeaders = [:]
        var body: [UInt8] = []
        /// The end of the body is never sent.
        var isCutShort = false
    }

    /// One connection, on which one request follows the answer of the one before.
    struct Exchange {
        fileprivate var inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
        fileprivate let outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>

        /// - Throws: `Ended` when the connection ends before the answer.
        mutating func send(_ request: Request) async throws -> Reply {
            try await TestClient.write(request, to: outbound)
            var reply: Reply?
            reading: while let part = try await inbound.next() {
                switch part {
                case .head(let head):
                    reply = Reply(status: Int(head.status.code), headers: head.headers, body: [])
                case .body(let buffer): reply?.body += Array(buffer.readableBytesView)
                case .end: break reading
                }
            }
            guard let reply else { throw Ended() }
            return reply
        }
    }

    /// - Throws: when the connection is refused, and what `body` throws.
    func conversation<Value>(_ body: (inout Exchange) async throws -> Value) async throws -> Value {
        let channel = try await connect()
        return try await channel.executeThenClose { inbound, outbound in
            var exchange = Exchange(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&exchange)
        }
    }

    func send(_ request: Request) async throws -> Reply {
        try await conversation { try await $0.send(request) }
    }

    func get(_ path: String, headers: HTTPHeaders = [:]) async throws -> Reply {
        try await send(Request(path: path, headers: headers))
    }

    /// Connects, sends nothing, and returns when the server has ended the connection, in whatever way.
    func waitForClose() async throws {
        let channel = try await connect()
        try? await channel.executeThenClose { inbound, _ in
            for try await _ in inbound {}
        }
    }

    fileprivate static func write(
        _ request: Request, to outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    ) async throws {
        var headers = request.headers
        headers.replaceOrAdd(name: "Host", value: "localhost")
        if !request.body.isEmpty, !headers.contains(name: "Transfer-Encoding") {
            headers.replaceOrAdd(name: "Content-Length", value: "\(request.body.count)")
        }
        let head = HTTPRequestHead(version: .http1_1, method: request.method, uri: request.path, headers: headers)
        try await outbound.write(.head(head))
        if !request.body.isEmpty { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: request.body)))) }
        if !request.isCutShort { try await outbound.write(.end(nil)) }
    }

    private func connect() async throws -> Channel {
        let context = context
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(10))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                    }
                    try pipeline.addHTTPClientHandlers()
                    return try Channel(wrappingChannelSynchronously: channel)
                }
            }
    }
}
