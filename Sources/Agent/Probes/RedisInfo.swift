// INFO everything of one instance, as the catalogue's measurements and the statistics of commands and errors. It must
// never make a number out of a missing field, and never count the agent's own commands: METRICS.md names the traps.
import Terms

struct RedisInfo: Sendable {
    struct Command: Sendable, Equatable {
        var name: String
        var calls: UInt64
        var microseconds: UInt64
        var rejected: UInt64
        var failed: UInt64
    }

    enum Mode: Sendable { case data, sentinel }

    /// The epoch of every counter here; in an INFO that was read it is there.
    var runID: RedisRunID?
    /// 0: the server does not say (before 6.2).
    var serverTimeMicroseconds: UInt64 = 0
    var isLoading = false
    var mode = Mode.data
    /// 0: TCP is off.
    var tcpPort: UInt16 = 0
    var version = ""
    var build = ""
    var readings: Sample.Values = []
    /// All but the agent's own, the most called first.
    var commands: [Command] = []
    var errors: [(code: String, count: UInt64)] = []
    /// Set: the server has stopped counting single codes.
    var errorsCause: AbsenceCause?
    /// `nil`: AOF is off.
    var aofSizeBytes: UInt64?
    /// Commands and error codes that were cut to stay within limits.
    var truncated: UInt64 = 0

    /// More lines than any server prints; module and error statistics may be many.
    static let lines = 100_000

    func reading(_ measurement: Measurement) -> Reading<UInt64>? {
        readings.first { $0.measurement.number == measurement.number }?.reading
    }

    /// - Throws: `parse` for a text that is no INFO.
    static func parse(_ text: ByteText) throws(AbsenceCause) -> RedisInfo {
        var builder = RedisInfoBuilder()
        var rest = text
        var count = 0
        while let end = rest.firstIndex(of: 0x0a) {
            var line = rest[..<end]
            rest = rest[(end + 1)...]
            if line.last == 0x0d { line = line.dropLast() }
            count += 1
            guard count <= lines else { throw .parse }
            builder.add(line)
        }
        // A last line without its end was cut off.
        return try builder.finish()
    }
}

/// Collects the lines; the order of sections and fields is the server's business.
private struct RedisInfoBuilder {
    private var info = RedisInfo()
    private var found: [UInt32: Reading<UInt64>] = [:]
    private var isAOFOn = false
    private var sawCommands = false
    private var sawRejected = false
    private var valkeyVersion: String?
    private var sums = RedisInfo.Command(name: "", calls: 0, microseconds: 0, rejected: 0, failed: 0)
    private var isOverflown = false

    mutating func add(_ line: ByteText) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            // The section is there even if no command has run yet.
            if line.reads("# Commandstats") { sawCommands = true }
            return
        }
        let key = line[..<colon]
        let value = line[(colon + 1)...]
        if let name = key.dropping("cmdstat_") { return addCommand(name, value) }
        if let code = key.dropping("errorstat_") { return addError(code, value) }
        let name = key.string
        if let field = InfoField.all[name] {
            found[field.measurement.number] = field.form.reading(value)
            if name == "aof_enabled" { isAOFOn = value.reads("1") }
            if name == "aof_current_size" { info.aofSizeBytes = ProcText.decimal(value) }
            return
        }
        addIdentity(name, value)
    }

    private mutating func addIdentity(_ name: String, _ value: ByteText) {
        switch name {
        case "run_id":
            if let run = RedisRunID(hexadecimal: value) { info.runID = run }
        case "server_time_usec": info.serverTimeMicroseconds = ProcText.decimal(value) ?? 0
        case "loading": info.isLoading = value.reads("1")
        case "redis_mode": info.mode = value.reads("sentinel") ? .sentinel : .data
        case "tcp_port": info.tcpPort = ProcText.decimal(value).flatMap(UInt16.init(exactly:)) ?? 0
        case "redis_version": info.version = Self.label(value)
        case "valkey_version": valkeyVersion = Self.label(value)
        case "redis_build_id": info.build = Self.label(value)
        default: break
        }
    }

    /// `calls=1,usec=5,usec_per_call=5.00,rejected_calls=0,failed_calls=0`; the last two since 6.2.
    private mutating func addCommand(_ name: ByteText, _ value: ByteText) {
        sawCommands = true
        var command = RedisInfo.Command(name: Self.label(name), calls: 0, microseconds: 0, rejected: 0, failed: 0)
        guard !command.name.isEmpty, !RedisRequest.ownNames.contains(command.name.lowercased()) else {
            sawRejected =
                sawRejected
                || value.split(separator: UInt8(ascii: ",")).contains {
                    $0.dropping("rejected_calls=") != nil
                }
            return
        }
        for part in value.split(separator: UInt8(ascii: ","), maxSplits: 16) {
            if let text = part.dropping("calls=") {
                command.calls = number(text)
            } else if let text = part.dropping("usec=") {
                command.microseconds = number(text)
            } else if let text = part.dropping("rejected_calls=") {
                sawRejected = true
                command.rejected = number(text)
            } else if let text = part.dropping("failed_calls=") {
                command.failed = number(text)
            }
        }
        info.commands.append(command)
        sums.calls = sum(sums.calls, command.calls)
        sums.microseconds = sum(sums.microseconds, command.microseconds)
        sums.rejected = sum(sums.rejected, command.rejected)
        sums.failed = sum(sums.failed, command.failed)
    }

    private mutating func number(_ text: ByteText) -> UInt64 {
        guard let value = ProcText.decimal(text) else {
            isOverflown = true
            return 0
        }
        return value
    }

    private mutating func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        if overflow { isOverflown = true }
        return sum
    }

    private mutating func addError(_ code: ByteText, _ value: ByteText) {
        // Either name alone says that single codes are not counted any more (Redis #13141, Valkey 8).
        if code.reads("ERRORSTATS_DISABLED") || code.reads("ERRORSTATS_OVERFLOW") {
            info.errorsCause = .unsupported
            return
        }
        guard let text = value.dropping("count="), let count = ProcText.decimal(text) else {
            if info.errorsCause == nil { info.errorsCause = .parse }
            return
        }
        info.errors.append((Self.label(code), count))
    }

    mutating func finish() throws(AbsenceCause) -> RedisInfo {
        // A sentinel has a run id too; what has none is no Redis.
        guard info.runID != nil, !info.version.isEmpty else { throw .parse }
        if let valkeyVersion { info.version = ProcText.cut("valkey " + valkeyVersion, limitBytes: Limits.labelBytes) }
        if !isAOFOn { info.aofSizeBytes = nil }
        finishErrors()
        finishCommands()
        for field in InfoField.ordered {
            let reading = found[field.measurement.number] ?? .absent(.unsupported)
            info.readings.append((field.measurement, reading))
        }
        return info
    }

    private mutating func finishErrors() {
        if info.errorsCause != nil { info.errors = [] }
        guard info.errors.count > Limits.errorCodesPerInstance else { return }
        info.errors.sort { ($1.count, $0.code) < ($0.count, $1.code) }
        info.truncated += UInt64(info.errors.count - Limits.errorCodesPerInstance)
        info.errors.removeLast(info.errors.count - Limits.errorCodesPerInstance)
    }

    private mutating func finishCommands() {
        func reading(_ value: UInt64, isThere: Bool) -> Reading<UInt64> {
            guard isThere else { return .absent(.unsupported) }
            return isOverflown ? .absent(.parse) : .value(value)
        }
        info.readings += [
            (Catalogue.redisRejectedCalls, reading(sums.rejected, isThere: sawRejected)),
            (Catalogue.redisFailedCalls, reading(sums.failed, isThere: sawRejected)),
            (Catalogue.redisCommandTime, reading(sums.microseconds, isThere: sawCommands)),
            (Catalogue.redisCommandCalls, reading(sums.calls, isThere: sawCommands)),
        ]
        info.commands.sort { ($1.calls, $0.name) < ($0.calls, $1.name) }
        guard info.commands.count > Limits.commandsPerInstance else { return }
        info.truncated += UInt64(info.commands.count - Limits.commandsPerInstance)
        info.commands.removeLast(info.commands.count - Limits.commandsPerInstance)
    }

    private static func label(_ bytes: ByteText) -> String {
        ProcText.cut(ProcText.label(bytes), limitBytes: Limits.labelBytes)
    }
}

/// One field of INFO, its measurement and how its text is read.
private struct InfoField {
    enum Form {
        case number
        /// Seconds with a fraction, to microseconds; also a ratio, to parts per million.
        case millionths
        /// `ok` is 1.
        case status
        /// `up` is 1.
        case link
        case role

        func reading(_ text: ByteText) -> Reading<UInt64> {
            // -1 is Redis' way to say "none".
            if text.first == UInt8(ascii: "-") { return .absent(.unsupported) }
            let value: UInt64? =
                switch self {
                case .number: ProcText.decimal(text)
                case .millionths: ProcText.microseconds(ofSeconds: text)
                case .status: text.reads("ok") ? 1 : text.reads("err") ? 0 : nil
                case .link: text.reads("up") ? 1 : text.reads("down") ? 0 : nil
                case .role: text.reads("master") ? 0 : text.reads("slave") ? 1 : nil
                }
            return value.map { .value($0) } ?? .absent(.parse)
        }
    }

    var measurement: Measurement
    var form: Form

    static let all: [String: InfoField] = Dictionary(
        uniqueKeysWithValues: table.map { ($0.0, InfoField(measurement: $0.1, form: $0.2)) })
    static let ordered = table.map { InfoField(measurement: $0.1, form: $0.2) }

    private static let table: [(String, Measurement, Form)] = [
        ("uptime_in_seconds", Catalogue.redisUptime, .number),
        ("used_cpu_user_main_thread", Catalogue.redisCPUUserMain, .millionths),
        ("used_cpu_sys_main_thread", Catalogue.redisCPUSystemMain, .millionths),
        ("used_cpu_user", Catalogue.redisCPUUser, .millionths),
        ("used_cpu_sys", Catalogue.redisCPUSystem, .millionths),
        ("used_cpu_user_children", Catalogue.redisCPUUserChildren, .millionths),
        ("used_cpu_sys_children", Catalogue.redisCPUSystemChildren, .millionths),
        ("used_memory", Catalogue.redisMemoryUsed, .number),
        ("used_memory_rss", Catalogue.redisMemoryRSS, .number),
        ("used_memory_peak", Catalogue.redisMemoryPeak, .number),
        ("mem_fragmentation_ratio", Catalogue.redisFragmentation, .millionths),
        ("maxmemory", Catalogue.redisMaxmemory, .number),
        ("connected_clients", Catalogue.redisClients, .number),
        ("blocked_clients", Catalogue.redisBlockedClients, .number),
        ("total_connections_received", Catalogue.redisConnections, .number),
        ("rejected_connections", Catalogue.redisRejectedConnections, .number),
        ("total_commands_processed", Catalogue.redisCommands, .number),
        ("total_net_input_bytes", Catalogue.redisNetInput, .number),
        ("total_net_output_bytes", Catalogue.redisNetOutput, .number),
        ("keyspace_hits", Catalogue.redisHits, .number),
        ("keyspace_misses", Catalogue.redisMisses, .number),
        ("expired_keys", Catalogue.redisExpired, .number),
        ("evicted_keys", Catalogue.redisEvicted, .number),
        ("total_error_replies", Catalogue.redisErrorReplies, .number),
        ("acl_access_denied_auth", Catalogue.redisDeniedAuth, .number),
        ("acl_access_denied_cmd", Catalogue.redisDeniedCommand, .number),
        ("acl_access_denied_key", Catalogue.redisDeniedKey, .number),
        ("acl_access_denied_channel", Catalogue.redisDeniedChannel, .number),
        ("master_repl_offset", Catalogue.redisOffset, .number),
        ("connected_slaves", Catalogue.redisReplicas, .number),
        ("role", Catalogue.redisRole, .role),
        // Replicas only.
        ("master_link_status", Catalogue.redisLinkUp, .link),
        ("latest_fork_usec", Catalogue.redisLatestFork, .number),
        ("total_forks", Catalogue.redisForks, .number),
        ("rdb_changes_since_last_save", Catalogue.rdbChanges, .number),
        ("rdb_last_save_time", Catalogue.rdbLastSave, .number),
        ("rdb_last_bgsave_status", Catalogue.rdbLastOK, .status),
        ("rdb_saves", Catalogue.rdbSaves, .number),
        ("rdb_bgsave_in_progress", Catalogue.rdbSaving, .number),
        ("aof_enabled", Catalogue.aofEnabled, .number),
        ("aof_last_write_status", Catalogue.aofLastWriteOK, .status),
        ("aof_last_bgrewrite_status", Catalogue.aofLastRewriteOK, .status),
        // Printed only while the AOF is on.
        ("aof_delayed_fsync", Catalogue.aofDelayedFsyncs, .number),
        ("aof_current_size", Catalogue.aofSize, .number),
    ]
}
