// The only four things that the agent ever says to a Redis, with their bytes. Anything else would need a right that
// the agent's user must not have, and each refusal would count as an error of the server that is being judged.
import Terms

enum RedisRequest: Equatable, Sendable {
    case auth(username: String?, password: Secret)
    case ping
    case info
    case latencyHistogram

    /// An array of bulk strings.
    var bytes: [UInt8] {
        switch self {
        case .auth(let username, let password):
            Self.encode([Array("AUTH".utf8)] + (username.map { [Array($0.utf8)] } ?? []) + [password.bytes])
        case .ping: Self.pingBytes
        case .info: Self.infoBytes
        case .latencyHistogram: Self.latencyBytes
        }
    }

    static let pingBytes = encode([Array("PING".utf8)])
    private static let infoBytes = encode([Array("INFO".utf8), Array("everything".utf8)])
    private static let latencyBytes = encode([Array("LATENCY".utf8), Array("HISTOGRAM".utf8)])

    /// As they appear in INFO and LATENCY HISTOGRAM: left out of every command statistic. HELLO is not ours, but says
    /// as little about the server's work.
    static let ownNames: Set<String> = ["ping", "info", "auth", "hello", "latency|histogram"]

    private static func encode(_ words: [[UInt8]]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words {
            bytes += Array("$\(word.count)\r\n".utf8)
            bytes += word
            bytes += [0x0d, 0x0a]
        }
        return bytes
    }
}

/// A password. It prints as dots, so that no message and no dump shows it by mistake.
struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let bytes: [UInt8]

    var description: String { "•••" }
    var debugDescription: String { "•••" }
    var customMirror: Mirror { Mirror(self, children: [(label: String?, value: Any)]()) }

    static let fileBytes = 4096

    /// The first line of a file; `denied` when it cannot be read, so that an unreadable secret never means "none".
    static func read(file path: String) throws(AbsenceCause) -> Secret {
        guard let text = try? ProcText.read(path, limitBytes: fileBytes) else { throw .denied }
        let line = text.prefix { $0 != 0x0a && $0 != 0x0d }
        guard !line.isEmpty else { throw .denied }
        return Secret(bytes: Array(line))
    }
}
