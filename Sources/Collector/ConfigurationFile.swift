import FoundationEssentials
import Policy
import Shared

/// Reads `collector.toml` strictly. It opens the one file; whether the files that it names are good is told by those
/// who read them.
enum ConfigurationFile {
    static let defaultPath = "/etc/perch/collector.toml"
    private static let mostReceivers = 20

    /// - Throws: `FileMistakes`.
    static func read(_ path: String) throws -> Configuration { try read(TOMLDocument(path: path)) }

    /// - Throws: `FileMistakes`.
    static func parse(_ text: String, file: String) throws -> Configuration {
        try read(TOMLDocument(text: text, file: file))
    }

    private static func read(_ document: TOMLDocument) throws(FileMistakes) -> Configuration {
        var top = document.top
        let listen = listener(&top, "listen", standard: "127.0.0.1:8443")
        let health = listener(&top, "health", standard: "127.0.0.1:9464")
        let tls = tls(&top)
        let store = store(&top)
        let permissions = permissions(&top)
        let policies = policies(&top)
        let ledger = ledger(&top)
        let tokens = top.has("tokens") ? listener(&top, "tokens", standard: "127.0.0.1:8444") : nil
        let alerts = alerts(&top)
        top.finish()
        try document.finish()
        guard let listen, let health, let tls, let store, let permissions else {
            preconditionFailure("whatever is missing was noted")
        }
        return Configuration(
            listen: listen, health: health, tls: tls.files, domain: tls.domain, storePath: store.path,
            rawReportHours: store.hours, permissions: permissions, policies: policies, ledger: ledger,
            tokens: tokens, alerts: alerts)
    }

    private static func listener(
        _ top: inout TOMLSection, _ name: String, standard: String
    ) -> Configuration.Listener? {
        guard var section = top.section(name) else { return nil }
        let text = section.string("address") ?? standard
        let portFile = section.path("port_file")
        section.finish()
        guard let address = address(text) else {
            section.note(
                "address", "is \"\(text)\"; write ADDRESS:PORT, or [ADDRESS]:PORT for IPv6; port 0 takes a free one")
            return nil
        }
        return Configuration.Listener(host: address.host, port: address.port, portFile: portFile)
    }

    private static func tls(_ top: inout TOMLSection) -> (files: TLSMaterial.Files, domain: String)? {
        guard var section = top.section("tls") else { return nil }
        let certificate = section.requiredPath("certificate")
        let key = section.requiredPath("key")
        let authority = section.requiredPath("certificate_authority")
        let domain = section.required("domain")
        section.finish()
        guard let certificate, let key, let authority, let domain else { return nil }
        guard (try? SpiffeID(domain: domain, kind: .collector, name: "x")) != nil else {
            section.note("domain", "is \"\(domain)\"; write the trust domain in lower case, such as perch.example")
            return nil
        }
        return (TLSMaterial.Files(certificate: certificate, key: key, certificateAuthority: authority), domain)
    }

    private static func store(_ top: inout TOMLSection) -> (path: String, hours: Int)? {
        guard var section = top.section("store") else { return nil }
        let path = section.requiredPath("path")
        let hours = section.integer("raw_report_hours", in: 1...8760) ?? 48
        section.finish()
        return path.map { ($0, hours) }
    }

    private static func permissions(_ top: inout TOMLSection) -> String? {
        guard var section = top.section("access") else { return nil }
        let path = section.requiredPath("permissions")
        section.finish()
        return path
    }

    private static func policies(_ top: inout TOMLSection) -> String? {
        guard var section = top.section("policies") else { return nil }
        let path = section.path("directory")
        section.finish()
        return path
    }

    private static func ledger(_ top: inout TOMLSection) -> Configuration.Ledger? {
        guard top.has("ledger"), var section = top.section("ledger") else { return nil }
        let signingKey = section.requiredPath("signing_key")
        let retiringKey = section.path("retiring_key")
        let logKey = section.requiredPath("log_key")
        let origin = section.required("origin")
        let checkpoint = section.requiredPath("checkpoint")
        section.finish()
        guard let signingKey, let logKey, let origin, let checkpoint else { return nil }
        guard !origin.isEmpty, origin.utf8.count <= 200,
            origin.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2B })
        else {
            section.note("origin", "is \"\(origin)\"; write the log's name, such as perch.example/log/2026")
            return nil
        }
        return Configuration.Ledger(
            signingKey: signingKey, retiringKey: retiringKey, logKey: logKey, origin: origin, checkpoint: checkpoint)
    }

    private static func alerts(_ top: inout TOMLSection) -> [AlertReceiver] {
        var receivers: [AlertReceiver] = []
        for section in top.sections("alert", limit: mostReceivers) {
            var section = section
            guard let receiver = receiver(&section) else { continue }
            if receivers.contains(where: { $0.name == receiver.name }) {
                section.note("name", "is \"\(receiver.name)\" twice; give each receiver its own")
            }
            receivers.append(receiver)
        }
        return receivers
    }

    private static func receiver(_ section: inout TOMLSection) -> AlertReceiver? {
        let name = section.required("name")
        let url = section.required("url")
        let secret = section.requiredPath("secret_file")
        let words = section.strings("kinds", limit: AlertKind.allCases.count)
        let authority = section.path("certificate_authority")
        section.finish()
        guard let name, let url, let secret else { return nil }
        guard Identifier.isValid(name) else {
            section.note("name", "is \"\(name)\"; \(Identifier.rule)")
            return nil
        }
        guard isReceiver(url) else {
            // The address may hold a secret: it is not repeated here.
            section.note("url", "is no https:// address; http:// is taken for this machine alone, such as 127.0.0.1")
            return nil
        }
        let kinds = (words ?? AlertKind.allCases.map(\.rawValue)).compactMap { AlertKind(rawValue: $0) }
        guard kinds.count == words?.count ?? kinds.count, !kinds.isEmpty else {
            section.note("kinds", "takes \(AlertKind.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        return AlertReceiver(
            name: name, url: url, secretFile: secret, kinds: Set(kinds), certificateAuthority: authority)
    }

    private static func isReceiver(_ text: String) -> Bool {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), let url = URL(string: text),
            let host = url.host(percentEncoded: false), !host.isEmpty
        else { return false }
        switch url.scheme {
        case "https": return true
        case "http": return ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host)
        default: return false
        }
    }

    /// `host:port` or `[address]:port`; port 0 is allowed.
    static func address(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let port = Int(digits), port <= 65_535
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
        return (String(host), port)
    }
}

extension TOMLSection {
    fileprivate mutating func path(_ key: String) -> String? {
        guard let path = string(key) else { return nil }
        return checked(path, key)
    }

    fileprivate mutating func requiredPath(_ key: String) -> String? {
        guard let path = required(key) else { return nil }
        return checked(path, key)
    }

    private func checked(_ path: String, _ key: String) -> String? {
        guard path.hasPrefix("/"), path.utf8.count < 4096, !path.utf8.contains(0) else {
            note(key, "is \"\(path)\"; it must be an absolute path")
            return nil
        }
        return path
    }
}
