// Where a Redis listens on this host. Names are never looked up: the agent talks to addresses and socket files only.
import NIOCore

enum RedisAddress: Hashable, Sendable {
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    /// `127.0.0.1:6379`, `[::1]:6379`, `localhost:6379` or an absolute path. `nil`: none of these.
    init?(_ text: String) {
        if text.hasPrefix("/") {
            // sockaddr_un holds 108 bytes with the final zero.
            guard text.utf8.count < 108 else { return nil }
            self = .unix(path: text)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port != 0
        else {
            return nil
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if host == "localhost" { host = "127.0.0.1" }
        guard (try? SocketAddress(ipAddress: host, port: Int(port))) != nil else { return nil }
        self = .tcp(host: host, port: port)
    }

    /// 0 for a socket file.
    var port: UInt16 {
        switch self {
        case .tcp(_, let port): port
        case .unix: 0
        }
    }

    var transport: InstanceSample.Transport {
        switch self {
        case .tcp: .tcp
        case .unix: .unix
        }
    }

    func socketAddress() throws -> SocketAddress {
        switch self {
        case .tcp(let host, let port): try SocketAddress(ipAddress: host, port: Int(port))
        case .unix(let path): try SocketAddress(unixDomainSocketPath: path)
        }
    }

    /// The nearest of several ways to one server first; the order in which names are given out.
    static func isPreferred(_ left: RedisAddress, _ right: RedisAddress) -> Bool {
        switch (left, right) {
        case (.tcp(let leftHost, let leftPort), .tcp(let rightHost, let rightPort)):
            (leftPort, leftHost) < (rightPort, rightHost)
        case (.tcp, .unix): true
        case (.unix, .tcp): false
        case (.unix(let leftPath), .unix(let rightPath)): leftPath < rightPath
        }
    }
}
