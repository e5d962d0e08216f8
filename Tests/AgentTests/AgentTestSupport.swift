// What the agent core's tests share: a directory that goes away, throw-away certificates, a collector on loopback, and
// waiting with an end.
import Foundation
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL
import Shared
import Synchronization
import Testing

@testable import Agent

/// Removed with its owner.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "perch-agent-core-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func names(_ inner: String = "") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path + "/" + inner)) ?? []).sorted()
    }
}

/// A clock that only the test moves.
final class HandClock: Sendable {
    private let now = Mutex(UInt64(1_000_000_000))

    var clock: Clock {
        Clock(
            monotonicMicroseconds: { [self] in now.withLock { $0 } },
            wallMicroseconds: { [self] in now.withLock { $0 + 1_700_000_000_000_000 } },
            bootMicroseconds: { [self] in now.withLock { $0 } })
    }

    func move(microseconds: UInt64) { now.withLock { $0 += microseconds } }
}

/// Certificates by openssl, for one test.
struct TestPKI {
    let directory: TemporaryDirectory

    struct Pair {
        var certificate: String
        var key: String
    }

    init() throws {
        directory = TemporaryDirectory()
        try authority("ca")
    }

    var authorityPath: String { directory.path + "/ca.pem" }

    func authority(_ name: String) throws {
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=" + name, "-keyout", "\(directory.path)/\(name).key", "-out", "\(directory.path)/\(name).pem",
        ])
    }

    /// - Parameter names: subject alternative names such as `URI:spiffe://...`; none: no such extension.
    @discardableResult
    func leaf(_ name: String, names: [String], usage: String = "serverAuth,clientAuth", by authority: String = "ca")
        throws
        -> Pair
    {
        let path = "\(directory.path)/\(name)"
        var words = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj",
            "/CN=" + name, "-keyout", path + ".key", "-out", path + ".pem", "-CA", "\(directory.path)/\(authority).pem",
            "-CAkey", "\(directory.path)/\(authority).key", "-addext", "basicConstraints=critical,CA:FALSE", "-addext",
            "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=" + usage,
        ]
        if !names.isEmpty { words += ["-addext", "subjectAltName=" + names.joined(separator: ",")] }
        try openssl(words)
        return Pair(certificate: path + ".pem", key: path + ".key")
    }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
    }
}

/// What a test says in the collector's place.
struct Reply: Sendable {
    var status: HTTPResponseStatus = .ok
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    /// Never answers.
    var isSilent = false
}

struct SeenRequest: Sendable {
    var head: HTTPRequestHead
    var batch: ReportBatch?
    var bodyBytes: Int
}

/// A TLS server on a free port of loopback.
final class TestCollector: Sendable {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let port: Int
    private let channel: any Channel
    private let box = SeenBox()

    init(
        _ pair: TestPKI.Pair, authority: String, maximum: TLSVersion? = nil, minimum: TLSVersion = .tlsv12,
        reply: @escaping @Sendable (SeenRequest) -> Reply
    ) async throws {
        var tls = TLSConfiguration.makeServerConfigurationWithMTLS(
            certificateChain: try NIOSSLCertificate.fromPEMFile(pair.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: pair.key, format: .pem)),
            trustRoots: .certificates(try NIOSSLCertificate.fromPEMFile(authority)))
        tls.minimumTLSVersion = minimum
        tls.maximumTLSVersion = maximum
        let context = try NIOSSLContext(configuration: tls)
        let seen = box
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                seen.connections.withLock { $0.append(child) }
                return child.eventLoop.makeCompletedFuture {
                    let pipeline = child.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(NIOHTTPRequestDecompressor(limit: .size(Limits.inflatedBytes)))
                    try pipeline.addHandler(Handler(seen: seen, reply: reply))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var seen: [SeenRequest] { box.requests.withLock { $0 } }
    var connectionCount: Int { box.connections.withLock { $0.count } }

    func dropConnections() { box.connections.withLock { $0 }.forEach { $0.close(promise: nil) } }

    func stop() async {
        try? await channel.close().get()
        try? await group.shutdownGracefully()
    }

    private final class SeenBox: Sendable {
        let requests = Mutex<[SeenRequest]>([])
        let connections = Mutex<[any Channel]>([])
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let seen: SeenBox
        private let reply: @Sendable (SeenRequest) -> Reply
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(seen: SeenBox, reply: @escaping @Sendable (SeenRequest) -> Reply) {
            self.seen = seen
            self.reply = reply
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
            case .body(let part): body.append(contentsOf: part.readableBytesView)
            case .end:
                guard let head else { return }
                let request = SeenRequest(
                    head: head, batch: try? ReportBatch(serializedBytes: body), bodyBytes: body.count)
                seen.requests.withLock { $0.append(request) }
                answer(context, reply(request))
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private func answer(_ context: ChannelHandlerContext, _ reply: Reply) {
            if reply.isSilent { return }
            var headers = HTTPHeaders(reply.headers)
            headers.add(name: "Content-Length", value: String(reply.body.count))
            let head = HTTPResponseHead(version: .http1_1, status: reply.status, headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

/// Acknowledges everything in the batch.
func acknowledging(_ request: SeenRequest) -> Reply {
    var ack = Ack()
    for report in request.batch?.reports ?? [] {
        if let index = ack.runs.firstIndex(where: { $0.runID == report.runID }) {
            ack.runs[index].committed = max(ack.runs[index].committed, report.sequence)
        } else {
            var run = RunAck()
            run.runID = report.runID
            run.committed = report.sequence
            ack.runs.append(run)
        }
    }
    return Reply(headers: [("Content-Type", "application/x-protobuf")], body: (try? ack.serializedBytes()) ?? [])
}

/// Polls until the condition holds. A test that waits for a thing that never comes fails, it does not hang.
func eventually(
    _ what: String, withinSeconds: Double = 60, _ condition: () -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async {
    let end = ContinuousClock.now + .seconds(withinSeconds)
    while !condition() {
        guard ContinuousClock.now < end else {
            Issue.record("never happened: \(what)", sourceLocation: sourceLocation)
            return
        }
        try? await Task.sleep(for: .milliseconds(2))
    }
}

/// A collection that threads may add to.
final class Collected<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])
    func add(_ element: Element) { elements.withLock { $0.append(element) } }
    var all: [Element] { elements.withLock { $0 } }
}
