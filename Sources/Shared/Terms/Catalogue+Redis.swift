// Measurements of one Redis instance, from INFO unless said otherwise.
extension Catalogue {
    private static func counter(
        _ number: UInt32, _ name: String, _ attribute: String = "", unit: String, per: UInt64 = 1,
        _ direction: Measurement.Direction = .neutral
    ) -> Measurement {
        Measurement(number, name, attribute, unit: unit, per: per, .counter, .instance, direction)
    }
    private static func gauge(
        _ number: UInt32, _ name: String, unit: String, per: UInt64 = 1, _ direction: Measurement.Direction = .neutral
    ) -> Measurement {
        Measurement(number, name, unit: unit, per: per, .gauge, .instance, direction)
    }
    private static let micro: UInt64 = 1_000_000

    public static let redisUptime = gauge(200, "redis.uptime", unit: "s")
    /// Main thread alone: this is what is judged; children are forks for RDB and AOF.
    public static let redisCPUUserMain = counter(201, "redis.cpu.time", "state=user_main_thread", unit: "s", per: micro)
    public static let redisCPUSystemMain = counter(
        202, "redis.cpu.time", "state=sys_main_thread", unit: "s", per: micro)
    public static let redisCPUUser = counter(203, "redis.cpu.time", "state=user", unit: "s", per: micro)
    public static let redisCPUSystem = counter(204, "redis.cpu.time", "state=sys", unit: "s", per: micro)
    public static let redisCPUUserChildren = counter(
        205, "redis.cpu.time", "state=user_children", unit: "s", per: micro)
    public static let redisCPUSystemChildren = counter(
        206, "redis.cpu.time", "state=sys_children", unit: "s", per: micro)
    public static let redisMemoryUsed = gauge(210, "redis.memory.used", unit: "By")
    public static let redisMemoryRSS = gauge(211, "redis.memory.rss", unit: "By", .lowerIsBetter)
    public static let redisMemoryPeak = gauge(212, "redis.memory.peak", unit: "By")
    public static let redisFragmentation = gauge(213, "redis.memory.fragmentation_ratio", unit: "1", per: micro)
    /// 0: no limit.
    public static let redisMaxmemory = gauge(214, "redis.maxmemory", unit: "By")
    public static let redisClients = gauge(220, "redis.clients.connected", unit: "{client}")
    public static let redisBlockedClients = gauge(221, "redis.clients.blocked", unit: "{client}")
    public static let redisConnections = counter(222, "redis.connections.received", unit: "{connection}")
    public static let redisRejectedConnections = counter(
        223, "redis.connections.rejected", unit: "{connection}", .lowerIsBetter)
    /// Calls refused before they ran (MISCONF, OOM, NOPERM) are not in it: add the commands' `rejected`.
    public static let redisCommands = counter(230, "redis.commands.processed", unit: "{command}")
    public static let redisNetInput = counter(231, "redis.net.input", unit: "By")
    public static let redisNetOutput = counter(232, "redis.net.output", unit: "By")
    public static let redisHits = counter(233, "redis.keyspace.hits", unit: "{hit}")
    public static let redisMisses = counter(234, "redis.keyspace.misses", unit: "{miss}")
    public static let redisExpired = counter(235, "redis.keys.expired", unit: "{key}")
    public static let redisEvicted = counter(236, "redis.keys.evicted", unit: "{key}", .lowerIsBetter)
    public static let redisErrorReplies = counter(
        240, "perch.redis.error_replies", unit: "{error}", .lowerIsBetter)
    public static let redisDeniedAuth = counter(241, "perch.redis.acl.denied", "kind=auth", unit: "{call}")
    public static let redisDeniedCommand = counter(242, "perch.redis.acl.denied", "kind=cmd", unit: "{call}")
    public static let redisDeniedKey = counter(243, "perch.redis.acl.denied", "kind=key", unit: "{call}")
    public static let redisDeniedChannel = counter(244, "perch.redis.acl.denied", "kind=channel", unit: "{call}")
    /// Rejected calls of all commands together; the per-command list may be cut, this sum is not.
    public static let redisRejectedCalls = counter(
        245, "perch.redis.cmd.errors", "kind=rejected", unit: "{call}", .lowerIsBetter)
    public static let redisFailedCalls = counter(
        246, "perch.redis.cmd.errors", "kind=failed", unit: "{call}", .lowerIsBetter)
    /// Time and calls of all commands but the agent's own.
    public static let redisCommandTime = counter(247, "redis.cmd.usec", unit: "us")
    public static let redisCommandCalls = counter(248, "redis.cmd.calls", unit: "{call}")
    public static let redisOffset = gauge(250, "redis.replication.offset", unit: "By")
    public static let redisReplicas = gauge(251, "redis.slaves.connected", unit: "{replica}")
    /// 0 master, 1 replica.
    public static let redisRole = gauge(252, "redis.role", unit: "{role}")
    public static let redisLinkUp = gauge(253, "perch.redis.replication.link_up", unit: "{bool}", .higherIsBetter)
    /// Of the latest fork only: read it together with the number of forks.
    public static let redisLatestFork = gauge(260, "redis.latest_fork", unit: "us", .lowerIsBetter)
    public static let redisForks = counter(261, "perch.redis.forks", unit: "{fork}")
    static let redis = [
        redisUptime, redisCPUUserMain, redisCPUSystemMain, redisCPUUser, redisCPUSystem, redisCPUUserChildren,
        redisCPUSystemChildren, redisMemoryUsed, redisMemoryRSS, redisMemoryPeak, redisFragmentation, redisMaxmemory,
        redisClients, redisBlockedClients, redisConnections, redisRejectedConnections, redisCommands, redisNetInput,
        redisNetOutput, redisHits, redisMisses, redisExpired, redisEvicted, redisErrorReplies, redisDeniedAuth,
        redisDeniedCommand, redisDeniedKey, redisDeniedChannel, redisRejectedCalls, redisFailedCalls,
        redisCommandTime, redisCommandCalls, redisOffset, redisReplicas, redisRole, redisLinkUp, redisLatestFork,
        redisForks,
    ]

    /// At risk until the next save.
    public static let rdbChanges = gauge(270, "redis.rdb.changes_since_last_save", unit: "{change}")
    /// Redis sets it to the start time at start: a true save is later than the start by more than 1 s.
    public static let rdbLastSave = gauge(271, "perch.redis.rdb.last_save", unit: "s")
    public static let rdbLastOK = gauge(272, "perch.redis.rdb.last_ok", unit: "{bool}", .higherIsBetter)
    public static let rdbSaves = counter(273, "perch.redis.rdb.saves", unit: "{save}")
    public static let rdbSaving = gauge(274, "perch.redis.rdb.in_progress", unit: "{bool}")
    /// The dump file's own time (microseconds since 1970) and size, where the agent may stat it.
    public static let rdbFileTime = gauge(275, "perch.redis.rdb.file.time", unit: "s", per: micro)
    public static let rdbFileSize = gauge(276, "perch.redis.rdb.file.size", unit: "By")
    public static let aofEnabled = gauge(280, "perch.redis.aof.enabled", unit: "{bool}")
    public static let aofLastWriteOK = gauge(281, "perch.redis.aof.last_write_ok", unit: "{bool}", .higherIsBetter)
    public static let aofLastRewriteOK = gauge(282, "perch.redis.aof.last_rewrite_ok", unit: "{bool}", .higherIsBetter)
    /// Newest time in the append-only directory, else the tick at which the size last grew.
    public static let aofLastWrite = gauge(283, "perch.redis.aof.last_write", unit: "s", per: micro)
    public static let aofDelayedFsyncs = counter(
        284, "perch.redis.aof.delayed_fsyncs", unit: "{fsync}", .lowerIsBetter)
    public static let aofSize = gauge(285, "perch.redis.aof.size", unit: "By")
    static let persistence = [
        rdbChanges, rdbLastSave, rdbLastOK, rdbSaves, rdbSaving, rdbFileTime, rdbFileSize, aofEnabled,
        aofLastWriteOK, aofLastRewriteOK, aofLastWrite, aofDelayedFsyncs, aofSize,
    ]

    /// What the agent itself asked of this instance since the agent's start; the collector takes it out.
    public static let ownCommands = counter(290, "perch.agent.redis.commands", unit: "{command}")
    public static let ownBytesSent = counter(291, "perch.agent.redis.sent", unit: "By")
    public static let ownBytesReceived = counter(292, "perch.agent.redis.received", unit: "By")
    public static let ownErrorReplies = counter(293, "perch.agent.redis.error_replies", unit: "{error}")
    public static let ownConnections = counter(294, "perch.agent.redis.connections", unit: "{connection}")
    public static let pingTimeouts = counter(295, "perch.redis.ping.timeouts", unit: "{ping}", .lowerIsBetter)
    static let ownCalls = [
        ownCommands, ownBytesSent, ownBytesReceived, ownErrorReplies, ownConnections, pingTimeouts,
    ]

    /// The unit's own control group; absent when the instance is no unit of its own.
    public static let unitPressureCPU = counter(
        310, "perch.system.pressure.stall.time", "scope=unit,resource=cpu,kind=some", unit: "us", .lowerIsBetter)
    public static let unitPressureMemory = counter(
        311, "perch.system.pressure.stall.time", "scope=unit,resource=memory,kind=some", unit: "us", .lowerIsBetter)
    public static let unitPressureIO = counter(
        312, "perch.system.pressure.stall.time", "scope=unit,resource=io,kind=some", unit: "us", .lowerIsBetter)
    public static let unitOOMKills = counter(
        313, "perch.system.oom_kills", "scope=unit", unit: "{kill}", .lowerIsBetter)
    static let unit = [unitPressureCPU, unitPressureMemory, unitPressureIO, unitOOMKills]
}
