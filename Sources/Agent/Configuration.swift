/// What `/etc/perch/agent.toml` says, checked. ConfigurationFile.swift reads it.
struct Configuration: Sendable, Equatable {
    /// The host's id: last segment of its SPIFFE ID. Taken from the certificate when not written.
    var host: String
    var collector: Collector?
    var intervalMilliseconds = 10_000
    var stateDirectory = "/var/lib/perch-agent"
    var spoolBytes = 64 << 20
    var redis = Redis()
    var journal = Journal()
    /// Paths whose digests are reported.
    var watchedFiles: [String] = []
    /// Package names, or prefixes ending in `*`.
    var watchedPackages = [
        "redis-server", "redis-tools", "redis", "openssl", "libssl3", "libc6", "perch-agent", "linux-image-*",
    ]
    /// Probes that are switched off here; their measurements are absent with cause `unsupported`.
    var disabledProbes: Set<String> = []

    struct Collector: Sendable, Equatable {
        /// Host name or address.
        var host: String
        var port: Int
        /// The SPIFFE ID that the collector's certificate must carry.
        var spiffeID: String
        var certificate: String
        var key: String
        var certificateAuthority: String
    }

    struct Redis: Sendable, Equatable {
        /// Users whose listening sockets are taken for Redis; `*` at the end matches any rest.
        var users = ["redis", "redis-*"]
        /// Look for instances by sockets and ports.
        var isDiscovering = true
        var instances: [Instance] = []
        /// ACL user and the file that holds its password; `nil`: no AUTH.
        var username: String?
        var passwordFile: String?
        var pingMilliseconds = 1000
        /// Where data lie: `{name}` and `{port}` are filled in. The first that exists is taken.
        var dataDirectories = [
            "/var/lib/redis-{name}", "/var/lib/redis-{port}", "/var/lib/redis/{name}", "/var/lib/redis",
        ]
        /// Unix sockets to look for; the same fillers.
        var socketPatterns = ["/run/redis-{name}/redis.sock", "/run/redis/redis-server.sock"]
        var databaseFile = "dump.rdb"
        var appendOnlyDirectory = "appendonlydir"

        struct Instance: Sendable, Equatable {
            var name: String
            /// `host:port` on loopback, or an absolute path of a unix socket.
            var address: String
            var dataDirectory: String?
            var unit: String?
            var username: String?
            var passwordFile: String?
        }
    }

    struct Journal: Sendable, Equatable {
        /// A directory of journal files instead of the system's own; for hosts that keep it elsewhere.
        var directory: String?
        var historyDays = 7
        var historyEntries = 100_000
    }
}
