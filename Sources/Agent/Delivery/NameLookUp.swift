// The collector's addresses by its name. Blocks as long as the resolver likes, so it belongs on the worker; NIO's own
// resolver would bring Dispatch's threads into the agent.
import Glibc
import NIOCore

enum NameLookUp {
    private static let addresses = 8

    /// In the resolver's order of preference; empty if there is none.
    static func addresses(of host: String, port: Int) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee, found.count < addresses {
            next = entry.ai_next
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let code = getnameinfo(
                entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let numeric = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard code == 0, let address = try? SocketAddress(ipAddress: numeric, port: port) else { continue }
            found.append(address)
        }
        return found
    }
}
