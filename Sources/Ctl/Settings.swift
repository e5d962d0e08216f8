// Which collector is asked, and as whom: each setting from its flag, else from the environment, else from a profile.
// Must never guess a server, and never read a key before it is needed.

struct Settings: Equatable, Sendable {
    let server: Endpoint
    /// PEM files: own certificate with its chain, its key, and the only authorities that are trusted.
    let certificate: String
    let key: String
    let certificateAuthority: String

    /// One source's part of the settings; what it does not say is `nil`.
    struct Partial: Equatable, Sendable {
        var server: String?
        var certificate: String?
        var key: String?
        var certificateAuthority: String?

        var isComplete: Bool {
            server != nil && certificate != nil && key != nil && certificateAuthority != nil
        }

        /// Flags, environment, profile: what the first leaves out comes from the next.
        func filled(from other: Partial) -> Partial {
            Partial(
                server: server ?? other.server, certificate: certificate ?? other.certificate, key: key ?? other.key,
                certificateAuthority: certificateAuthority ?? other.certificateAuthority)
        }
    }

    /// - Parameters:
    ///   - profileName: from `--profile`; `PERCH_PROFILE` and then `default` are looked at without it.
    ///   - readProfiles: the profile file at a path, or `nil` when there is none.
    static func resolve(
        flags: Partial, profileName: String?, environment: [String: String],
        readProfiles: (String) throws(Failure) -> ProfileFile?
    ) throws(Failure) -> Settings {
        let named = profileName ?? text(environment, "PERCH_PROFILE")
        var found = flags.filled(from: fromEnvironment(environment))
        if named != nil || !found.isComplete {
            let path = ProfileFile.path(environment: environment)
            let file: ProfileFile?
            if let path { file = try readProfiles(path) } else { file = nil }
            found = found.filled(from: try profile(named, in: file, path: path))
        }
        return try checked(found)
    }

    static func fromEnvironment(_ environment: [String: String]) -> Partial {
        Partial(
            server: text(environment, "PERCH_SERVER"), certificate: text(environment, "PERCH_CERTIFICATE"),
            key: text(environment, "PERCH_KEY"), certificateAuthority: text(environment, "PERCH_CA"))
    }

    /// An empty variable counts as unset: pipelines export empty ones.
    private static func text(_ environment: [String: String], _ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func profile(
        _ named: String?, in file: ProfileFile?, path: String?
    ) throws(Failure) -> Partial {
        if let profile = file?.profiles[named ?? "default"] { return profile }
        guard let named else { return Partial() }
        let place = path ?? "the configuration directory (neither XDG_CONFIG_HOME nor HOME is set)"
        let known = (file?.profiles.keys.sorted() ?? []).joined(separator: ", ")
        throw Failure.usage(
            "profile `\(named)` is not in \(place)",
            mend: known.isEmpty ? "add [profiles.\(named)] there" : "use one of: \(known)")
    }

    private static func checked(_ found: Partial) throws(Failure) -> Settings {
        let wanted: [(value: String?, flag: String, variable: String, member: String)] = [
            (found.server, "--server", "PERCH_SERVER", "server"),
            (found.certificate, "--certificate", "PERCH_CERTIFICATE", "certificate"),
            (found.key, "--key", "PERCH_KEY", "key"),
            (found.certificateAuthority, "--ca", "PERCH_CA", "ca"),
        ]
        guard let server = found.server, let certificate = found.certificate, let key = found.key,
            let certificateAuthority = found.certificateAuthority
        else {
            throw Failure.usage(
                "it is not said which collector to ask, or as whom",
                mend: "give what is missing by a flag, the environment or a profile in perch/perchctl.toml:",
                details: wanted.filter { $0.value == nil }.map {
                    "\($0.flag), \($0.variable), or `\($0.member) = \"…\"`"
                })
        }
        guard let endpoint = Endpoint(server) else {
            throw Failure.usage("the server's address is not usable", mend: Endpoint.rule)
        }
        return Settings(
            server: endpoint, certificate: certificate, key: key, certificateAuthority: certificateAuthority)
    }
}
