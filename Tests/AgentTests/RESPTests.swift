import Testing

@testable import Agent

struct RESPTests {
    private static let stream = Array(
        "+PONG\r\n-ERR no\r\n:-42\r\n$5\r\nhe\r\no\r\n$-1\r\n*-1\r\n*0\r\n*2\r\n$1\r\na\r\n*2\r\n:1\r\n+x\r\n$0\r\n\r\n"
            .utf8)

    private static func values(_ pieces: [ArraySlice<UInt8>]) throws -> [RESPParser.Reply] {
        var parser = RESPParser()
        var found: [RESPParser.Reply] = []
        for piece in pieces {
            parser.append(piece)
            while let reply = try parser.next() { found.append(reply) }
        }
        return found
    }

    @Test func allKindsOfRepliesAreRead() throws {
        let replies = try Self.values([Self.stream[...]])
        #expect(
            replies.map(\.value) == [
                .simple(Array("PONG".utf8)[...]), .error(Array("ERR no".utf8)[...]), .integer(-42),
                .bulk(Array("he\r\no".utf8)[...]), .null, .null, .array([]),
                .array([.bulk(Array("a".utf8)[...]), .array([.integer(1), .simple(Array("x".utf8)[...])])]),
                .bulk([]),
            ])
        #expect(replies.reduce(0) { $0 + $1.sizeBytes } == Self.stream.count)
    }

    @Test func everyCutInTwoGivesTheSame() throws {
        let whole = try Self.values([Self.stream[...]])
        for cut in 0...Self.stream.count {
            #expect(try Self.values([Self.stream[..<cut], Self.stream[cut...]]) == whole)
        }
    }

    @Test func anyChunkingGivesTheSame() throws {
        var random = HostRandom.seeded("anyChunkingGivesTheSame")
        let stream =
            Self.stream + RedisFixture.bulk(try RedisFixture.bytes("redis-7.0.15-used-aof.txt"))
            + (try RedisFixture.bytes("redis-7.0.15-latency-histogram.resp"))
        let whole = try Self.values([stream[...]])
        #expect(whole.count == 11)
        for _ in 0..<200 {
            var pieces: [ArraySlice<UInt8>] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...(Bool.random(using: &random) ? 3 : 4000), using: &random)
                pieces.append(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            #expect(try Self.values(pieces) == whole)
        }
        #expect(try Self.values(stream.indices.map { stream[$0...$0] }) == whole)
    }

    @Test(arguments: [
        ("HTTP/1.1 400\r\n", RESPError.unknownType(0x48)), ("\u{15}\u{03}", .unknownType(0x15)),
        ("%1\r\n", .unknownType(0x25)), ("\r\n", .unknownType(0x0d)), (":12a\r\n", .badNumber), (":\r\n", .badNumber),
        ("$-2\r\n", .badNumber), ("*-2\r\n", .badNumber), (":99999999999999999999\r\n", .badNumber),
        ("+x\n", .badLineEnd), ("$1\r\nabc", .badLineEnd), ("$4194305\r\n", .tooLong), ("*131073\r\n", .tooMany),
        ("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", .tooDeep),
    ])
    func nonsenseIsRefusedHoweverItArrives(_ text: String, _ error: RESPError) {
        let bytes = Array(text.utf8)
        #expect(throws: error) { try Self.values([bytes[...]]) }
        #expect(throws: error) { try Self.values(bytes.indices.map { bytes[$0...$0] }) }
    }

    @Test func aLineWithoutEndIsRefusedAtItsLimit() throws {
        let limit = [UInt8(ascii: "+")] + [UInt8](repeating: 0x61, count: RESPParser.lineBytes - 2)
        #expect(try Self.values([limit[...], [13, 10]]).count == 1)
        #expect(throws: RESPError.tooLong) { try Self.values([limit[...], [0x61, 0x61, 0x61]]) }
    }

    @Test func manySmallArraysPassTheBoundTogether() {
        var bytes = Array("*2000\r\n".utf8)
        for _ in 0..<2000 {
            bytes += Array("*100\r\n".utf8) + Array(repeating: Array(":1\r\n".utf8), count: 100).joined()
        }
        #expect(throws: RESPError.tooMany) { try Self.values([bytes[...]]) }
    }

    @Test func damagedRepliesNeverCrash() throws {
        var random = HostRandom.seeded("damagedRepliesNeverCrash")
        let reply = try RedisFixture.bytes("redis-7.0.15-latency-histogram.resp")
        for _ in 0..<2000 { _ = try? Self.values([random.damaged(reply[...])]) }
        for _ in 0..<2000 { _ = try? Self.values([random.bytes(60)[...]]) }
    }
}
