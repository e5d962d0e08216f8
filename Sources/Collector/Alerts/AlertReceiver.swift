import Crypto
import FoundationEssentials
import Shared
import Synchronization

/// Where alerts go, as configured.
struct AlertReceiver: Sendable, Equatable {
    /// Stands in lists, in metrics and beside what waits for it. Its address does not: that may be a secret.
    var name: String
    /// https, or http to loopback.
    var url: String
    var secretFile: String
    var kinds: Set<AlertKind>
    /// `nil`: the system's authorities.
    var certificateAuthority: String?
}

/// Secrets of one receiver: the first is in use, a second one is on its way in or out. Prints nothing of them.
struct AlertSecrets: Sendable, CustomStringConvertible {
    struct Unreadable: Error, CustomStringConvertible {
        var description: String
    }

    private let keys: [SymmetricKey]

    var description: String { "•••" }

    /// `whsec_` and base64, as on standardwebhooks.com; one or two lines.
    /// - Throws: `Unreadable`.
    init(file: String) throws(Unreadable) {
        guard let data = try? Data(contentsOf: URL(filePath: file)), data.count <= 4096,
            let text = String(validating: data, as: UTF8.self)
        else {
            throw Unreadable(description: "\(file): cannot be read; does it exist, and may this user read it?")
        }
        let lines = text.split(whereSeparator: \.isWhitespace)
        guard (1...2).contains(lines.count) else { throw Self.malformed(file) }
        var keys: [SymmetricKey] = []
        for line in lines {
            guard line.hasPrefix("whsec_"), let bytes = Data(base64Encoded: String(line.dropFirst("whsec_".count))),
                (24...64).contains(bytes.count)
            else { throw Self.malformed(file) }
            keys.append(SymmetricKey(data: bytes))
        }
        self.keys = keys
    }

    private static func malformed(_ file: String) -> Unreadable {
        Unreadable(
            description: "\(file): write whsec_ and 24 to 64 bytes in base64, such as echo whsec_$(openssl rand "
                + "-base64 32); while a secret is replaced, the old one in a second line")
    }

    /// Value of `webhook-signature`: one signature for each secret, over id, time and body.
    func signature(id: String, seconds: UInt64, body: [UInt8]) -> String {
        let signed = Array("\(id).\(seconds).".utf8) + body
        return keys.map { key in
            "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
        }.joined(separator: " ")
    }
}

/// The receivers with their secrets in force. A changed secret file is read and swapped in; while it has a mistake the
/// old one stays.
final class AlertReceivers: Sendable {
    let all: [AlertReceiver]
    private let secrets: Mutex<[String: AlertSecrets]>
    private let texts: Mutex<[String: Data]>

    /// - Throws: `AlertSecrets.Unreadable`.
    init(_ receivers: [AlertReceiver]) throws {
        all = receivers
        secrets = Mutex(try Self.load(receivers))
        texts = Mutex(Self.read(receivers))
    }

    func secrets(of receiver: AlertReceiver) -> AlertSecrets? { secrets.withLock { $0[receiver.name] } }

    var isStale: Bool { Self.read(all) != texts.withLock { $0 } }

    /// - Throws: `AlertSecrets.Unreadable`; the old secrets stay in force.
    func reload() throws {
        let before = Self.read(all)
        let loaded = try Self.load(all)
        secrets.withLock { $0 = loaded }
        texts.withLock { $0 = before }
    }

    private static func load(_ receivers: [AlertReceiver]) throws -> [String: AlertSecrets] {
        var loaded: [String: AlertSecrets] = [:]
        for receiver in receivers { loaded[receiver.name] = try AlertSecrets(file: receiver.secretFile) }
        return loaded
    }

    private static func read(_ receivers: [AlertReceiver]) -> [String: Data] {
        receivers.reduce(into: [:]) { $0[$1.secretFile] = try? Data(contentsOf: URL(filePath: $1.secretFile)) }
    }
}
