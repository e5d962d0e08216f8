// Where the collector listens: `https://HOST[:PORT]`, nothing else. Must never accept credentials in an address, since
// addresses are printed.
import Foundation

struct Endpoint: Equatable, Sendable, CustomStringConvertible {
    let host: String
    let port: Int

    static let defaultPort = 8443
    static let rule = "write https://HOST:PORT, such as https://perch.example:8443"

    /// - Returns: `nil` unless it is an https address without credentials, path, query or fragment.
    init?(_ text: String) {
        guard let parts = URLComponents(string: text), parts.scheme?.lowercased() == "https",
            parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil,
            parts.path.isEmpty || parts.path == "/", let host = parts.host, !host.isEmpty
        else { return nil }
        let port = parts.port ?? Self.defaultPort
        guard (1...65_535).contains(port) else { return nil }
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.port = port
    }

    /// The spelling for requests and messages.
    var description: String { "https://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
