import Shared
import Testing

@testable import Agent

struct RedisInfoTests {
    @Test func aUsedServerGivesItsNumbers() throws {
        let info = try RedisFixture.info("redis-7.0.15-used-aof.txt")
        #expect(info.version == "7.0.15")
        #expect(info.runID?.bytes.count == 20)
        #expect(info.serverTimeMicroseconds > 1_700_000_000_000_000)
        #expect(!info.isLoading)
        #expect(info.tcpPort == 7388)
        #expect(info.reading(Catalogue.redisRole) == .value(0))
        #expect(info.reading(Catalogue.redisLinkUp) == .absent(.unsupported))
        #expect(info.reading(Catalogue.rdbLastOK) == .value(1))
        #expect(info.reading(Catalogue.rdbSaves) == .value(1))
        #expect(info.reading(Catalogue.aofEnabled) == .value(1))
        #expect(info.reading(Catalogue.aofSize) == .value(136))
        #expect(info.aofSizeBytes == 136)
        #expect(info.reading(Catalogue.redisDeniedAuth) == .absent(.unsupported))
        #expect(info.reading(Catalogue.redisMaxmemory) == .value(0))
    }

    /// One reading for each measurement that INFO can give, no number twice.
    @Test func everyMeasurementIsThereOnce() throws {
        let info = try RedisFixture.info("redis-7.0.15-fresh.txt")
        let numbers = info.readings.map(\.measurement.number)
        #expect(Set(numbers).count == numbers.count)
        let elsewhere: [Measurement] = [Catalogue.rdbFileTime, Catalogue.rdbFileSize, Catalogue.aofLastWrite]
        let wanted = Catalogue.all.filter {
            $0.level == .instance && (200..<290).contains($0.number) && !elsewhere.contains($0)
        }
        #expect(Set(numbers) == Set(wanted.map(\.number)))
    }

    @Test func fractionsAreExact() throws {
        let info = try RedisFixture.info("redis-7.0.15-fresh.txt") {
            $0.replace(/used_cpu_user_main_thread:[0-9.]*/, with: "used_cpu_user_main_thread:4503599627.370497")
            $0.replace(/mem_fragmentation_ratio:[0-9.]*/, with: "mem_fragmentation_ratio:1.07")
            $0.replace(/used_cpu_sys:[0-9.]*/, with: "used_cpu_sys:-nan")
        }
        #expect(info.reading(Catalogue.redisCPUUserMain) == .value(4_503_599_627_370_497))
        #expect(info.reading(Catalogue.redisFragmentation) == .value(1_070_000))
        #expect(info.reading(Catalogue.redisCPUSystem) == .absent(.unsupported))
    }

    @Test func minusOneIsNoNumber() throws {
        let info = try RedisFixture.info("redis-7.0.15-fresh.txt") {
            $0.replace(/rdb_last_save_time:[0-9]*/, with: "rdb_last_save_time:-1")
            $0.replace(/used_memory:[0-9]*/, with: "used_memory:lots")
        }
        #expect(info.reading(Catalogue.rdbLastSave) == .absent(.unsupported))
        #expect(info.reading(Catalogue.redisMemoryUsed) == .absent(.parse))
    }

    @Test func theAgentsOwnCommandsAreLeftOut() throws {
        let info = try RedisFixture.info("redis-7.0.15-used-aof.txt")
        let names = info.commands.map(\.name)
        for own in ["ping", "info", "auth", "hello", "latency|histogram"] { #expect(!names.contains(own)) }
        #expect(names.contains("config|get"))
        #expect(names.contains("get") && names.contains("set"))
        let config = info.commands.first { $0.name == "config|get" }
        #expect(config?.rejected == 1)
        #expect(info.reading(Catalogue.redisRejectedCalls) == .value(1))
        let calls = info.commands.reduce(0) { $0 + $1.calls }
        #expect(info.reading(Catalogue.redisCommandCalls) == .value(calls))
        #expect(info.commands.map(\.calls) == info.commands.map(\.calls).sorted(by: >))
    }

    @Test func sumsHoldAllCommandsThoughTheListIsCut() throws {
        let extra = (0..<300).map {
            "cmdstat_m.c\($0):calls=\($0 + 1),usec=2,usec_per_call=2.00,rejected_calls=3,failed_calls=4\r\n"
        }
        let plain = try RedisFixture.info("redis-7.0.15-fresh.txt")
        let info = try RedisFixture.info("redis-7.0.15-fresh.txt") {
            $0.replace("# Commandstats\r\n", with: "# Commandstats\r\n" + extra.joined())
            $0.replace("# Commandstats\n", with: "# Commandstats\n" + extra.joined())
        }
        #expect(info.commands.count == Limits.commandsPerInstance)
        #expect(info.truncated == UInt64(plain.commands.count + 300 - Limits.commandsPerInstance))
        #expect(info.reading(Catalogue.redisRejectedCalls) == .value(900))
        #expect(info.reading(Catalogue.redisFailedCalls) == .value(1200))
        #expect(info.commands.first?.calls == 300)
    }

    @Test func sumsThatOverflowAreAbsent() throws {
        let info = try RedisFixture.info("redis-7.0.15-fresh.txt") {
            $0.replace(
                "# Commandstats",
                with: "cmdstat_a:calls=18446744073709551615,usec=1\r\ncmdstat_b:calls=1,usec=1\r\n# Commandstats")
        }
        #expect(info.reading(Catalogue.redisCommandCalls) == .absent(.parse))
    }

    @Test func errorCodesAreKeptByTheLargest() throws {
        let codes = (0..<200).map { "errorstat_C\($0):count=\($0)\r\n" }.joined()
        let info = try RedisFixture.info("redis-7.0.15-fresh.txt") {
            $0.replace("# Errorstats", with: "# Errorstats\r\n" + codes)
        }
        #expect(info.errors.count == Limits.errorCodesPerInstance)
        #expect(info.errors.first?.count == 199)
        #expect(info.truncated == 72)
        #expect(info.errorsCause == nil)
    }

    @Test(arguments: [
        "hand-made-redis-7.4-errorstats-disabled.txt", "hand-made-valkey-8.0-errorstats-overflow.txt",
    ])
    func codesThatAreNoLongerCountedAreAbsent(_ name: String) throws {
        let info = try RedisFixture.info(name)
        #expect(info.errors.isEmpty)
        #expect(info.errorsCause == .unsupported)
        #expect(info.reading(Catalogue.redisErrorReplies)?.value != nil)
    }

    @Test func newerServersTellMore() throws {
        let redis = try RedisFixture.info("hand-made-redis-7.4-errorstats-disabled.txt")
        #expect(redis.reading(Catalogue.redisDeniedCommand) == .value(4))
        let valkey = try RedisFixture.info("hand-made-valkey-8.0-errorstats-overflow.txt")
        #expect(valkey.version == "valkey 8.0.1")
    }

    @Test func aReplicaTellsOfItsLink() throws {
        let info = try RedisFixture.info("redis-7.0.15-replica.txt")
        #expect(info.reading(Catalogue.redisRole) == .value(1))
        #expect(info.reading(Catalogue.redisLinkUp) == .value(0))
        #expect(info.reading(Catalogue.aofDelayedFsyncs) == .absent(.unsupported))
        #expect(info.aofSizeBytes == nil)
    }

    @Test func loadingAndSentinelsAreMarked() throws {
        let info = try RedisFixture.info("redis-7.0.15-fresh.txt") {
            $0.replace("loading:0", with: "loading:1")
            $0.replace("redis_mode:standalone", with: "redis_mode:sentinel")
        }
        #expect(info.isLoading)
        #expect(info.mode == .sentinel)
    }

    @Test func whatIsNoInfoIsRefused() {
        #expect(throws: AbsenceCause.parse) { try RedisInfo.parse(Array("hello\r\n".utf8)[...]) }
        #expect(throws: AbsenceCause.parse) { try RedisInfo.parse([]) }
    }

    @Test func truncatedAndDamagedTextsNeverCrashAndNeverLie() throws {
        var random = HostRandom.seeded("truncatedAndDamagedTexts")
        let text = try RedisFixture.bytes("redis-7.0.15-used-aof.txt")
        let whole = try RedisInfo.parse(text[...])
        let sums = [
            Catalogue.redisRejectedCalls, Catalogue.redisFailedCalls, Catalogue.redisCommandTime,
            Catalogue.redisCommandCalls,
        ]
        for end in text.indices {
            guard let part = try? RedisInfo.parse(text[..<end]) else { continue }
            for (measurement, reading) in part.readings where !sums.contains(measurement) {
                #expect(reading.value == nil || whole.reading(measurement) == reading)
            }
        }
        for _ in 0..<1000 { _ = try? RedisInfo.parse(random.damaged(text[...])) }
    }
}
