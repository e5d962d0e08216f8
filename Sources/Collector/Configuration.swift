/// What `collector.toml` says, checked. ConfigurationFile.swift reads it.
struct Configuration: Sendable, Equatable {
    var listen: Listener
    var health: Listener
    var tls: TLSMaterial.Files
    /// The trust domain of every SPIFFE ID that is accepted here.
    var domain: String
    var storePath: String
    var rawReportHours = 48
    var permissions: String
    /// `nil`: the built-in default policy alone.
    var policies: String?
    /// `nil`: nothing is signed.
    var ledger: Ledger?

    /// `nil`: nobody is served by token.
    var tokens: Listener?
    var alerts: [AlertReceiver] = []

    struct Ledger: Sendable, Equatable {
        /// Signs verdicts and decisions.
        var signingKey: String
        /// Signed until now; introduces `signingKey`.
        var retiringKey: String?
        /// Signs the log's checkpoints.
        var logKey: String
        /// Name of the log, such as `perch.example/log/2026`.
        var origin: String
        /// SQLite file of the latest checkpoint alone, on storage that is never rolled back.
        var checkpoint: String
    }

    struct Listener: Sendable, Equatable {
        var host: String
        /// 0: a free one.
        var port: Int
        /// Where the port is written once it is known.
        var portFile: String?
    }
}
