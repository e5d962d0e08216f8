import Foundation
import Shared

/// A made-up host whose reports a test can drive: counters grow by what the test says, time by the interval.
struct SyntheticHost {
    struct Redis {
        var name: String
        var runID = [UInt8](repeating: 7, count: Limits.redisRunIDBytes)
        var operations: UInt64 = 1_000_000
        var rejected: UInt64 = 0
        var own: UInt64 = 0
        var cpuMicroseconds: UInt64 = 50_000_000
        var errors: UInt64 = 0
        var netBytes: UInt64 = 9_000_000
        var memory: UInt64 = 100 << 20
        var uptimeSeconds: UInt64 = 5000
        var pingNanoseconds: UInt64 = 80_000
        var cause: Cause = .unspecified
        var isLoading = false
        var rdbOK: UInt64 = 1
        var rdbChanges: UInt64 = 0
        var port: UInt32 = 6379
        /// What one report adds.
        var operationsPerReport: UInt64 = 1000
        var cpuPerReport: UInt64 = 20_000
        var errorsPerReport: UInt64 = 0
    }

    let host: String
    let intervalSeconds: UInt64
    var runID = [UInt8](repeating: 1, count: 16)
    var sequence: UInt64 = 0
    var timeMicroseconds: UInt64
    var instances: [Redis]
    var listening: [(port: UInt32, uid: UInt32)] = []
    var dropped: UInt64 = 0

    init(_ host: String, instances: [String], startSeconds: UInt64, intervalSeconds: UInt64 = 10) {
        self.host = host
        self.intervalSeconds = intervalSeconds
        timeMicroseconds = startSeconds * 1_000_000
        self.instances = instances.map { Redis(name: $0) }
    }

    /// Lets one interval pass and reports it.
    mutating func next() -> Report {
        timeMicroseconds += intervalSeconds * 1_000_000
        sequence += 1
        for index in instances.indices { advance(&instances[index]) }
        var report = Report()
        report.version = Report.currentVersion
        report.host = host
        report.runID = Data(runID)
        report.sequence = sequence
        report.bootID = Data(repeating: 3, count: 16)
        report.timeUs = timeMicroseconds
        report.boottimeUs = timeMicroseconds - 1_000_000_000
        report.intervalUs = intervalSeconds * 1_000_000
        report.agentVersion = "test"
        report.names = instances.map(\.name)
        report.spool.dropped = dropped
        report.hostReadings.set(Catalogue.cpuCount, 4)
        report.instances = instances.enumerated().map { wire($1, name: UInt32($0 + 1)) }
        for socket in listening {
            var port = Perch_V1_Port()
            port.protocol = .tcp
            port.address = Data([0, 0, 0, 0])
            port.port = socket.port
            port.uid = socket.uid
            report.ports.listening.append(port)
        }
        if listening.isEmpty { report.clearPorts() }
        return report
    }

    private func advance(_ redis: inout Redis) {
        redis.operations += redis.operationsPerReport + 2
        redis.own += 2
        redis.cpuMicroseconds += redis.cpuPerReport
        redis.errors += redis.errorsPerReport
        redis.netBytes += redis.operationsPerReport * 100
        redis.uptimeSeconds += intervalSeconds
    }

    private func wire(_ redis: Redis, name: UInt32) -> Instance {
        var instance = Instance()
        instance.name = name
        instance.cause = redis.cause
        instance.port = redis.port
        if redis.cause != .unspecified {
            instance.ping.buckets = [PingHistogram.index(nanoseconds: 2_000_000_000)]
            instance.ping.count = [10]
            return instance
        }
        instance.redisRunID = Data(redis.runID)
        instance.serverTimeUs = timeMicroseconds
        instance.loading = redis.isLoading
        instance.readings = readings(redis)
        instance.ping.buckets = [PingHistogram.index(nanoseconds: redis.pingNanoseconds)]
        instance.ping.count = [10]
        instance.commands.name = [name]
        instance.commands.calls = [redis.operations]
        instance.commands.usec = [redis.cpuMicroseconds]
        instance.commands.durations.buckets = [3]
        instance.commands.durations.count = [redis.operationsPerReport]
        return instance
    }

    private func readings(_ redis: Redis) -> Group {
        var group = Group()
        group.set(Catalogue.redisUptime, redis.uptimeSeconds)
        group.set(Catalogue.redisCommands, redis.operations)
        group.set(Catalogue.redisRejectedCalls, redis.rejected)
        group.set(Catalogue.ownCommands, redis.own)
        group.set(Catalogue.redisCPUUserMain, redis.cpuMicroseconds / 2)
        group.set(Catalogue.redisCPUSystemMain, redis.cpuMicroseconds / 2)
        group.set(Catalogue.redisCommandTime, redis.cpuMicroseconds)
        group.set(Catalogue.redisCommandCalls, redis.operations - redis.own)
        group.set(Catalogue.redisNetInput, redis.netBytes)
        group.set(Catalogue.redisNetOutput, redis.netBytes)
        group.set(Catalogue.ownBytesSent, redis.own * 30)
        group.set(Catalogue.ownBytesReceived, redis.own * 100)
        group.set(Catalogue.redisErrorReplies, redis.errors)
        group.set(Catalogue.ownErrorReplies, 0)
        group.set(Catalogue.redisRejectedConnections, 0)
        group.set(Catalogue.redisMemoryRSS, redis.memory)
        group.set(Catalogue.redisClients, 3)
        group.set(Catalogue.rdbLastOK, redis.rdbOK)
        group.set(Catalogue.rdbChanges, redis.rdbChanges)
        group.set(Catalogue.rdbLastSave, timeMicroseconds / 1_000_000 - 60)
        group.set(Catalogue.aofEnabled, 1)
        group.set(Catalogue.aofLastWriteOK, 1)
        group.set(Catalogue.aofLastRewriteOK, 1)
        return group
    }
}
