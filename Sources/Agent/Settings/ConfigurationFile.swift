// Reads `agent.toml` strictly: an unknown key, a wrong type or an impossible value is a mistake with file, line, what
// is wrong and how to mend it, because a misspelt key would otherwise silently watch the wrong thing. It opens the one
// file; whether certificates can be read is Credentials' to say.
import Glibc
import Terms

enum ConfigurationFile {
    struct Failure: Error, Equatable {
        /// At least one, in the order of the file.
        var mistakes: [ConfigurationMistake]
    }

    static let defaultPath = "/etc/perch/agent.toml"
    private static let fileBytes = 1 << 20

    /// `host` of the result is empty when the file names none.
    static func read(_ path: String) throws(Failure) -> Configuration {
        let bytes: ByteText
        do {
            bytes = try ProcText.read(path, limitBytes: fileBytes)
        } catch {
            let reason = error == .parse ? "it is longer than \(fileBytes) bytes" : SystemError.text(errno)
            let sentence = "cannot read it: \(reason); name another file with --config"
            throw Failure(mistakes: [ConfigurationMistake(file: path, line: 1, sentence: sentence)])
        }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            let mistake = ConfigurationMistake(file: path, line: 1, sentence: "it is no UTF-8 text; save it as UTF-8")
            throw Failure(mistakes: [mistake])
        }
        return try parse(text, file: path)
    }

    static func parse(_ text: String, file: String) throws(Failure) -> Configuration {
        let root: TOML.Section
        do {
            root = try TOML.parse(text)
        } catch {
            throw Failure(mistakes: [ConfigurationMistake(file: file, line: error.line, sentence: error.sentence)])
        }
        let mistakes = MistakeList(file: file)
        let configuration = configuration(TOMLFields(root, path: "", mistakes: mistakes))
        guard mistakes.mistakes.isEmpty else {
            throw Failure(mistakes: mistakes.mistakes.sorted { $0.line < $1.line })
        }
        return configuration
    }

    private static func configuration(_ root: TOMLFields) -> Configuration {
        var root = root
        var configuration = Configuration(host: "")
        if let host = root.string("host") {
            if isHost(host) {
                configuration.host = host
            } else {
                root.note(
                    "host", "host is \"\(host)\"; it may hold letters, digits, . _ and -, at most \(Limits.hostBytes)")
            }
        }
        let intervals = Limits.shortestReportIntervalMilliseconds...Limits.longestReportIntervalMilliseconds
        configuration.intervalMilliseconds =
            root.integer("interval_ms", in: intervals) ?? configuration.intervalMilliseconds
        configuration.stateDirectory = root.path("state_directory") ?? configuration.stateDirectory
        configuration.spoolBytes = root.integer("spool_bytes", in: 1 << 20...1 << 40) ?? configuration.spoolBytes
        if let fields = root.fields("collector") { configuration.collector = collector(fields) }
        if let fields = root.fields("redis") { configuration.redis = redis(fields) }
        if let fields = root.fields("journal") { configuration.journal = journal(fields) }
        if let fields = root.fields("watch") { watch(fields, &configuration) }
        if let fields = root.fields("probes") { configuration.disabledProbes = disabledProbes(fields) }
        root.finish()
        return configuration
    }

    private static func collector(_ fields: TOMLFields) -> Configuration.Collector? {
        var fields = fields
        let address = fields.required("address")
        let identity = fields.required("spiffe_id")
        let certificate = fields.requiredPath("certificate")
        let key = fields.requiredPath("key")
        let authority = fields.requiredPath("certificate_authority")
        fields.finish()
        if let identity { checkCollector(identity, fields) }
        guard let address, let identity, let certificate, let key, let authority else { return nil }
        guard let (host, port) = Self.address(address) else {
            fields.note(
                "address", "collector.address is \"\(address)\"; write HOST:PORT, or [ADDRESS]:PORT for IPv6")
            return nil
        }
        return Configuration.Collector(
            host: host, port: port, spiffeID: identity, certificate: certificate, key: key,
            certificateAuthority: authority)
    }

    private static func checkCollector(_ identity: String, _ fields: TOMLFields) {
        guard let parsed = try? SpiffeID(identity), parsed.kind == .collector else {
            return fields.note(
                "spiffe_id",
                "collector.spiffe_id is \"\(identity)\"; write spiffe://DOMAIN/perch/collector/NAME "
                    + "as in its certificate"
            )
        }
    }

    private static func redis(_ fields: TOMLFields) -> Configuration.Redis {
        var fields = fields
        var redis = Configuration.Redis()
        redis.users = fields.strings("users", limit: 64) ?? redis.users
        redis.isDiscovering = fields.boolean("discover") ?? redis.isDiscovering
        redis.username = fields.string("username")
        redis.passwordFile = fields.path("password_file")
        if redis.username != nil, redis.passwordFile == nil, !fields.has("password_file") {
            fields.note("username", "redis.username needs redis.password_file, a file that holds its password")
        }
        redis.pingMilliseconds =
            fields.integer("ping_ms", in: Limits.shortestPingIntervalMilliseconds...60_000) ?? redis.pingMilliseconds
        redis.dataDirectories = fields.paths("data_directories", limit: 64) ?? redis.dataDirectories
        redis.socketPatterns = fields.paths("socket_patterns", limit: 64) ?? redis.socketPatterns
        redis.databaseFile = fields.fileName("database_file") ?? redis.databaseFile
        redis.appendOnlyDirectory = fields.fileName("append_only_directory") ?? redis.appendOnlyDirectory
        var names: Set<String> = []
        for inner in fields.list("instances", limit: Limits.instances) {
            guard let instance = instance(inner) else { continue }
            if !names.insert(instance.name).inserted {
                inner.note("name", "two instances are named \"\(instance.name)\"; give each a name of its own")
            }
            redis.instances.append(instance)
        }
        fields.finish()
        return redis
    }

    private static func instance(_ fields: TOMLFields) -> Configuration.Redis.Instance? {
        var fields = fields
        let name = fields.required("name")
        let address = fields.required("address")
        let directory = fields.path("data_directory")
        let unit = fields.string("unit")
        let username = fields.string("username")
        let passwordFile = fields.path("password_file")
        fields.finish()
        guard let name, let address else { return nil }
        guard isLabel(name) else {
            fields.note("name", "the name must have 1 to \(Limits.labelBytes) bytes and no control characters")
            return nil
        }
        guard address.hasPrefix("/") || Self.address(address) != nil else {
            fields.note("address", "the address is \"\(address)\"; write HOST:PORT, or the path of a unix socket")
            return nil
        }
        return Configuration.Redis.Instance(
            name: name, address: address, dataDirectory: directory, unit: unit, username: username,
            passwordFile: passwordFile)
    }

    private static func journal(_ fields: TOMLFields) -> Configuration.Journal {
        var fields = fields
        var journal = Configuration.Journal()
        journal.directory = fields.path("directory")
        journal.historyDays = fields.integer("history_days", in: 0...365) ?? journal.historyDays
        journal.historyEntries = fields.integer("history_entries", in: 0...10_000_000) ?? journal.historyEntries
        fields.finish()
        return journal
    }

    private static func watch(_ fields: TOMLFields, _ configuration: inout Configuration) {
        var fields = fields
        configuration.watchedFiles = fields.paths("files", limit: Limits.digests) ?? configuration.watchedFiles
        configuration.watchedPackages =
            fields.strings("packages", limit: Limits.packages) ?? configuration.watchedPackages
        fields.finish()
    }

    private static func disabledProbes(_ fields: TOMLFields) -> Set<String> {
        var fields = fields
        let names = fields.strings("disabled", limit: Limits.probes) ?? []
        for name in names where !Registry.names.contains(name) {
            fields.note(
                "disabled", "there is no probe \"\(name)\"; there are " + Registry.names.joined(separator: ", "))
        }
        fields.finish()
        return Set(names)
    }
}

// MARK: Values

extension ConfigurationFile {
    /// As it may stand in a SPIFFE ID.
    static func isHost(_ text: String) -> Bool {
        text.utf8.count <= Limits.hostBytes && (try? SpiffeID(domain: "x", kind: .agent, name: text)) != nil
    }

    static func isLabel(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= Limits.labelBytes && text.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
    }

    /// `host:port` or `[address]:port`.
    static func address(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.count <= 5, digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits),
            (1...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }) else {
            return nil
        }
        return (String(host), port)
    }
}

extension TOMLFields {
    fileprivate mutating func path(_ key: String) -> String? {
        guard let path = string(key) else { return nil }
        return checked(path, key) ? path : nil
    }

    fileprivate mutating func requiredPath(_ key: String) -> String? {
        guard let path = required(key) else { return nil }
        return checked(path, key) ? path : nil
    }

    fileprivate mutating func paths(_ key: String, limit: Int) -> [String]? {
        guard let paths = strings(key, limit: limit) else { return nil }
        return paths.allSatisfy { checked($0, key) } ? paths : nil
    }

    fileprivate mutating func fileName(_ key: String) -> String? {
        guard let name = string(key) else { return nil }
        guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else {
            note(key, "\(key) is \"\(name)\"; it must be a name without a directory")
            return nil
        }
        return name
    }

    private func checked(_ path: String, _ key: String) -> Bool {
        guard path.hasPrefix("/"), path.utf8.count < 4096, !path.utf8.contains(0) else {
            note(key, "\(key) is \"\(path)\"; it must be an absolute path")
            return false
        }
        return true
    }
}
