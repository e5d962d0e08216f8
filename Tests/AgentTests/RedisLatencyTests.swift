import Shared
import Testing

@testable import Agent

struct RedisLatencyTests {
    private static let edges = CommandHistogram.edgesMicroseconds

    private static func info(run: UInt8 = 1, processed: UInt64, _ names: [String]) -> RedisInfo {
        var info = RedisInfo()
        info.runID = RedisRunID(bytes: [UInt8](repeating: run, count: 20))
        info.readings = [(Catalogue.redisCommands, .value(processed))]
        info.commands = names.map { RedisInfo.Command(name: $0, calls: 1, microseconds: 1, rejected: 0, failed: 0) }
        return info
    }

    /// Cumulative: `count` calls at the edge with this index.
    private static func counts(_ index: Int, _ count: UInt64) -> [UInt64] {
        edges.indices.map { $0 >= index ? count : 0 }
    }

    @Test func theServersReplyIsRead() throws {
        var parser = RESPParser()
        parser.append(try RedisFixture.bytes("redis-7.0.15-latency-histogram.resp"))
        let reply = try #require(try parser.next())
        let histograms = try #require(RedisLatency.parse(reply.value))
        #expect(histograms["set"]?[3] == 5)
        #expect(histograms["set"]?[4] == 7)
        #expect(histograms["set"]?.last == 7)
        #expect(histograms["config|get"]?.count == 21)
    }

    @Test(arguments: [
        "*1\r\n$1\r\na\r\n", "+OK\r\n", "*2\r\n:1\r\n*0\r\n", "*2\r\n$1\r\na\r\n*2\r\n$5\r\ncalls\r\n:1\r\n",
        "*2\r\n$1\r\na\r\n*2\r\n$14\r\nhistogram_usec\r\n*2\r\n:3\r\n:1\r\n",
        "*2\r\n$1\r\na\r\n*2\r\n$14\r\nhistogram_usec\r\n*4\r\n:1\r\n:5\r\n:2\r\n:4\r\n",
        "*2\r\n$1\r\na\r\n*2\r\n$14\r\nhistogram_usec\r\n*2\r\n:1\r\n:-5\r\n",
    ])
    func otherRepliesAreNotUnderstood(_ text: String) throws {
        #expect(RedisLatency.parse(try RedisFixture.reply(text)) == nil)
    }

    @Test func differencesAreCountsPerEdge() throws {
        var latency = RedisLatency()
        let first = try latency.differences(
            to: ["get": Self.counts(2, 10), "info": Self.counts(8, 1)], of: Self.info(processed: 10, ["get"]))
        #expect(first.isEmpty)
        var next = Self.counts(2, 12)
        for index in 5..<21 { next[index] += 3 }
        let second = try latency.differences(
            to: ["get": next, "info": Self.counts(8, 2)], of: Self.info(processed: 20, ["get", "set"]))
        #expect(second["get"]?[2] == 2)
        #expect(second["get"]?[5] == 3)
        #expect(second["get"]?.reduce(0, +) == 5)
        // Refused before it ran: it has calls in INFO and no histogram.
        #expect(second["set"] == [UInt64](repeating: 0, count: 21))
    }

    @Test func aCommandThatFirstRanNowHasAllItsCounts() throws {
        var latency = RedisLatency()
        _ = try latency.differences(to: ["info": Self.counts(8, 1)], of: Self.info(processed: 1, []))
        let next = try latency.differences(
            to: ["set": Self.counts(3, 7), "info": Self.counts(8, 2)], of: Self.info(processed: 9, ["set"]))
        #expect(next["set"]?[3] == 7)
    }

    @Test func whatRanBetweenInfoAndTheReplyIsNotLost() throws {
        var latency = RedisLatency()
        _ = try latency.differences(to: ["info": Self.counts(8, 1)], of: Self.info(processed: 1, []))
        _ = try latency.differences(
            to: ["set": Self.counts(3, 2), "info": Self.counts(8, 2)], of: Self.info(processed: 2, []))
        let next = try latency.differences(
            to: ["set": Self.counts(3, 5), "info": Self.counts(8, 3)], of: Self.info(processed: 6, ["set"]))
        #expect(next["set"]?[3] == 5)
    }

    @Test func aFallOrANewRunGivesNoDifference() throws {
        var latency = RedisLatency()
        _ = try latency.differences(
            to: ["get": Self.counts(2, 10), "set": Self.counts(2, 1), "info": Self.counts(8, 5)],
            of: Self.info(processed: 10, ["get", "set"]))
        let fallen = try latency.differences(
            to: ["get": Self.counts(2, 3), "set": Self.counts(2, 2), "info": Self.counts(8, 6)],
            of: Self.info(processed: 20, ["get", "set"]))
        #expect(fallen["get"] == nil)
        #expect(fallen["set"]?.reduce(0, +) == 1)
        let restarted = try latency.differences(
            to: ["get": Self.counts(2, 30), "info": Self.counts(8, 1)], of: Self.info(run: 2, processed: 30, ["get"]))
        #expect(restarted.isEmpty)
    }

    /// CONFIG RESETSTAT, and a busy server that has passed its old counts since.
    @Test func aResetIsSeenByTheTotal() throws {
        var latency = RedisLatency()
        _ = try latency.differences(
            to: ["get": Self.counts(2, 10), "info": Self.counts(8, 1)], of: Self.info(processed: 1000, ["get"]))
        let reset = try latency.differences(
            to: ["get": Self.counts(2, 11), "info": Self.counts(8, 2)], of: Self.info(processed: 20, ["get"]))
        #expect(reset.isEmpty)
    }

    @Test func trackingThatIsOffIsUnsupported() throws {
        var latency = RedisLatency()
        #expect(throws: AbsenceCause.unsupported) {
            try latency.differences(to: [:], of: Self.info(processed: 1, ["get"]))
        }
        _ = try latency.differences(
            to: ["get": Self.counts(2, 10), "info": Self.counts(8, 1)], of: Self.info(processed: 2, ["get"]))
        #expect(throws: AbsenceCause.unsupported) {
            try latency.differences(
                to: ["get": Self.counts(2, 10), "info": Self.counts(8, 1)], of: Self.info(processed: 5, ["get"]))
        }
    }

    @Test func packingLosesNothing() {
        var random = HostRandom.seeded("packingLosesNothing")
        // One for all, as an instance keeps it.
        var packed = PackedHistograms()
        for _ in 0..<200 {
            var histograms: RedisLatency.Histograms = [:]
            for command in 0..<Int.random(in: 0...40, using: &random) {
                var count: UInt64 = 0
                histograms["command|\(command)é"] = Self.edges.indices.map { _ in
                    // Rises as a rule; a server that lies may fall or wrap.
                    let step = random.next() >> UInt64.random(in: 0..<64, using: &random)
                    if Bool.random(using: &random) { count &+= step }
                    return count
                }
            }
            packed.keep(histograms)
            #expect(packed.unpacked == histograms)
        }
    }
}
