// Where a Redis listens on this host. Names are never looked up: the agent talks to addresses and socket files only.
import Glibc

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
        self = .tcp(host: host, port: port)
        guard SocketName(self) != nil else { return nil }
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

/// An address as the kernel takes it.
struct SocketName {
    private var storage = sockaddr_storage()
    private let length: socklen_t

    var family: sa_family_t { storage.ss_family }

    /// `nil`: a host that is no literal address, or a path that is too long.
    init?(_ address: RedisAddress) {
        switch address {
        case .tcp(let host, let port):
            var four = sockaddr_in(), six = sockaddr_in6()
            if inet_pton(AF_INET, host, &four.sin_addr) == 1 {
                four.sin_family = sa_family_t(AF_INET)
                four.sin_port = port.bigEndian
                length = Self.put(four, &storage)
            } else if inet_pton(AF_INET6, host, &six.sin6_addr) == 1 {
                six.sin6_family = sa_family_t(AF_INET6)
                six.sin6_port = port.bigEndian
                length = Self.put(six, &storage)
            } else {
                return nil
            }
        case .unix(let path):
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            let isHeld = withUnsafeMutableBytes(of: &name.sun_path) { room in
                // With the final zero.
                guard path.utf8.count < room.count else { return false }
                room.copyBytes(from: path.utf8)
                return true
            }
            guard isHeld else { return nil }
            length = Self.put(name, &storage)
        }
    }

    private static func put<Name>(_ name: Name, _ storage: inout sockaddr_storage) -> socklen_t {
        withUnsafeMutableBytes(of: &storage) { room in
            withUnsafeBytes(of: name) { room.copyMemory(from: $0) }
        }
        return socklen_t(MemoryLayout<Name>.size)
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
