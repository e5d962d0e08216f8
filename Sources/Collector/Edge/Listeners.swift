import FoundationEssentials
import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Shared

/// The listening sockets: the API behind mutual TLS, the health port in the clear, and, where configured, the tokens'
/// listener.
enum Listeners {
    private static let idleSeconds: Int64 = 120
    /// Descriptors kept for files and the store.
    private static let reservedDescriptors = 256
    private static let mostConnections = 8192
    /// Header lines of one request: far above what any client of ours sends.
    private static let headerBytes = 16 << 10
    private static let headerCount = 64
    private static let backlog = 1024

    /// - Parameter onListening: gets the port; the first request can come before it returns.
    static func api(
        _ router: Router<PerchRequestContext>, _ listener: Configuration.Listener, tls: TLSSource, metrics: Metrics,
        bounds: ConnectionLimits.Bounds = ConnectionLimits.Bounds(), logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> Application<RouterResponder<PerchRequestContext>> {
        let configuration = httpConfiguration(bounds)
        let server = HTTPServerBuilder { responder in
            MutualTLSChannel(
                base: HTTP1Channel(responder: responder, configuration: configuration), source: tls, metrics: metrics)
        }
        return application(router, server, listener, logger, onListening)
    }

    static func tokens(
        _ router: Router<PerchRequestContext>, _ listener: Configuration.Listener, tls: TLSSource, metrics: Metrics,
        logger: Logger, onListening: @escaping @Sendable (Int) async -> Void
    ) -> Application<RouterResponder<PerchRequestContext>> {
        let configuration = httpConfiguration(ConnectionLimits.Bounds())
        let server = HTTPServerBuilder { responder in
            ServerTLSChannel(
                base: HTTP1Channel(responder: responder, configuration: configuration), source: tls, metrics: metrics)
        }
        return application(router, server, listener, logger, onListening)
    }

    static func health(
        _ router: Router<PerchRequestContext>, _ listener: Configuration.Listener, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> Application<RouterResponder<PerchRequestContext>> {
        let configuration = httpConfiguration(ConnectionLimits.Bounds())
        return application(router, .http1(configuration: configuration), listener, logger, onListening)
    }

    private static func httpConfiguration(_ bounds: ConnectionLimits.Bounds) -> HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionLimits(bounds)], idleTimeout: .seconds(idleSeconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: headerBytes, maxHeaderListSize: headerBytes, maxHeaderFieldCount: headerCount))
    }

    private static func application(
        _ router: Router<PerchRequestContext>, _ server: HTTPServerBuilder, _ listener: Configuration.Listener,
        _ logger: Logger, _ onListening: @escaping @Sendable (Int) async -> Void
    ) -> Application<RouterResponder<PerchRequestContext>> {
        let configuration = ApplicationConfiguration(
            address: .hostname(listener.host, port: listener.port), backlog: backlog,
            availableConnectionsDelegate: MaximumAvailableConnections(connectionLimit(), logger: logger))
        return Application(
            router: router, server: server, configuration: configuration,
            onServerRunning: { channel in
                await guardAccepting(channel, logger)
                let port = channel.localAddress?.port ?? listener.port
                writePort(port, listener.portFile, logger)
                await onListening(port)
            },
            logger: logger)
    }

    private static func guardAccepting(_ channel: any Channel, _ logger: Logger) async {
        let added = channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(AcceptErrors(logger: logger), position: .first)
        }
        do {
            try await added.get()
        } catch {
            logger.warning("failed accepts will end the server: \(error)")
        }
    }

    private static func writePort(_ port: Int, _ file: String?, _ logger: Logger) {
        guard let file else { return }
        do {
            // Atomic: whoever waits for the file never reads half of it.
            try Data("\(port)\n".utf8).write(to: URL(filePath: file), options: .atomic)
        } catch {
            logger.error("\(file): the port \(port) could not be written: \(error)")
        }
    }

    /// As many as there are descriptors for; beyond it connections wait in the backlog.
    private static func connectionLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return mostConnections }
        let descriptors = Int(clamping: limit.rlim_cur)
        return max(16, min(mostConnections, descriptors - reservedDescriptors))
    }
}
