import Shared
import Testing

@testable import Agent

struct RedisConversationTests {
    private static let secret = RedisRequest.auth(username: "perch", password: Secret(bytes: Array("s3cret".utf8)))
    private static let emptyHistogram = Array(
        "*2\r\n$4\r\ninfo\r\n*4\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n*2\r\n:264\r\n:1\r\n".utf8)

    private static func ready() -> RedisConversation {
        var conversation = RedisConversation()
        _ = conversation.opened(auth: nil, atNanoseconds: 0)
        return conversation
    }

    private static func observation(_ events: [RedisConversation.Event]) -> RedisConversation.Observation? {
        for case .observed(let observation) in events { return observation }
        return nil
    }

    private static func failure(_ events: [RedisConversation.Event]) -> RedisConversation.Failure? {
        for case .failed(let failure) in events { return failure }
        return nil
    }

    @Test func onlyFourThingsAreEverSaid() {
        #expect(RedisRequest.ping.bytes == Array("*1\r\n$4\r\nPING\r\n".utf8))
        #expect(RedisRequest.info.bytes == Array("*2\r\n$4\r\nINFO\r\n$10\r\neverything\r\n".utf8))
        #expect(RedisRequest.latencyHistogram.bytes == Array("*2\r\n$7\r\nLATENCY\r\n$9\r\nHISTOGRAM\r\n".utf8))
        #expect(Self.secret.bytes == Array("*3\r\n$4\r\nAUTH\r\n$5\r\nperch\r\n$6\r\ns3cret\r\n".utf8))
    }

    @Test func aSecretNeverPrints() {
        let secret = Secret(bytes: Array("hunter2".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\(Self.secret)"] {
            #expect(!text.contains("hunter2") && !text.contains("104") && !text.contains("s3cret"))
        }
    }

    @Test func authComesFirstAndNothingIsSentBeforeItsAnswer() {
        var conversation = RedisConversation()
        #expect(conversation.opened(auth: Self.secret, atNanoseconds: 0) == [Self.secret])
        let early = conversation.pingTick(atNanoseconds: 1)
        #expect(!early)
        #expect(conversation.observe(atNanoseconds: 1).isEmpty)
        let events = conversation.received(Array("+OK\r\n".utf8), atNanoseconds: 2)
        #expect(events.count == 1)
        #expect(conversation.isReady)
        // The tick that came too early is made up for.
        let madeUp = conversation.overduePing(atNanoseconds: 3)
        #expect(madeUp)
    }

    @Test(arguments: [
        ("+PONG\r\n", true), ("-NOAUTH Authentication required.\r\n", true),
        ("-LOADING Redis is loading the dataset in memory\r\n", true),
        ("HTTP/1.1 400 Bad Request\r\n", false), ("-ERR what?\r\n", false), ("+HELLO\r\n", false), (":1\r\n", false),
    ])
    func aStrangerIsToldThePasswordOnlyOnceItSpeaksLikeARedis(_ answer: String, _ isRedis: Bool) {
        var conversation = RedisConversation()
        #expect(conversation.opened(auth: Self.secret, isStranger: true, atNanoseconds: 0) == [.ping])
        let events = conversation.received(Array(answer.utf8), atNanoseconds: 1)
        #expect((Self.failure(events) == .notRedis) == !isRedis)
        guard isRedis else { return }
        #expect(!conversation.isReady)
        #expect(conversation.authenticate(atNanoseconds: 2) == [Self.secret])
        #expect(conversation.authenticate(atNanoseconds: 2).isEmpty)
        _ = conversation.received(Array("+OK\r\n".utf8), atNanoseconds: 3)
        #expect(conversation.isReady)
    }

    @Test(arguments: [
        ("-WRONGPASS invalid username-password pair or user is disabled.\r\n", true),
        ("-ERR max number of clients reached\r\n", true),
        ("-ERR AUTH <password> called without any password configured for the default user.\r\n", false),
    ])
    func aRefusedPasswordEndsTheConnection(_ text: String, _ isDenied: Bool) {
        var conversation = RedisConversation()
        _ = conversation.opened(auth: Self.secret, atNanoseconds: 0)
        let events = conversation.received(Array(text.utf8), atNanoseconds: 1)
        #expect((Self.failure(events) == .denied) == isDenied)
        #expect(conversation.isReady == !isDenied)
    }

    @Test func onlyOnePingIsUnderWay() {
        var conversation = Self.ready()
        let first = conversation.pingTick(atNanoseconds: 100)
        #expect(first)
        let second = conversation.pingTick(atNanoseconds: 200)
        #expect(!second)
        _ = conversation.received(Array("+PONG\r\n".utf8), atNanoseconds: 400)
        #expect(conversation.takePings(atNanoseconds: 500).counts.values.reduce(0, +) == 2)
        let third = conversation.pingTick(atNanoseconds: 600)
        #expect(third)
    }

    @Test func theShortWayForPongIsTheLongWay() {
        for isShort in [true, false] {
            var conversation = Self.ready()
            let pong = Array("+PONG\r\n".utf8)
            let unasked = conversation.receivedPong(pong, atNanoseconds: 1)
            #expect(!unasked)
            _ = conversation.pingTick(atNanoseconds: 10)
            if isShort {
                let short = conversation.receivedPong(pong, atNanoseconds: 30)
                #expect(short)
            } else {
                #expect(conversation.received(pong, atNanoseconds: 30).isEmpty)
            }
            #expect(conversation.own == OwnCounts(commands: 1, bytesSent: 14, bytesReceived: 7, connections: 1))
            #expect(!conversation.isPingUnderWay)
            #expect(conversation.takePings(atNanoseconds: 40).counts == [20: 1])
        }
    }

    @Test func theShortWayWaitsForAReplyInPieces() {
        var conversation = Self.ready()
        _ = conversation.pingTick(atNanoseconds: 10)
        _ = conversation.received(Array("+PO".utf8), atNanoseconds: 20)
        let inPieces = conversation.receivedPong(Array("+PONG\r\n".utf8), atNanoseconds: 30)
        #expect(!inPieces)
    }

    @Test func aServerInTroubleStillAnswersItsPings() {
        var conversation = Self.ready()
        _ = conversation.pingTick(atNanoseconds: 0)
        _ = conversation.received(Array("-MISCONF Redis is configured to save\r\n".utf8), atNanoseconds: 50)
        #expect(conversation.takePings(atNanoseconds: 60).counts.count == 1)
        // Refused before it ran: no processed command, but an error reply of ours.
        #expect(conversation.own.commands == 0)
        #expect(conversation.own.errorReplies == 1)
    }

    @Test func aForbiddenPingIsNotTriedAgainAtOnce() {
        var conversation = Self.ready()
        _ = conversation.pingTick(atNanoseconds: 0)
        _ = conversation.received(Array("-NOPERM this user has no permissions\r\n".utf8), atNanoseconds: 50)
        let (counts, cause) = conversation.takePings(atNanoseconds: 60)
        #expect(counts.isEmpty && cause == .denied)
        let again = conversation.pingTick(atNanoseconds: 1_000_000_000)
        #expect(!again)
        let later = conversation.pingTick(atNanoseconds: RedisConversation.refusalNanoseconds + 51)
        #expect(later)
    }

    @Test func ownDoingsAreCountedAsOfInfo() throws {
        var conversation = Self.ready()
        _ = conversation.pingTick(atNanoseconds: 0)
        _ = conversation.received(Array("+PONG\r\n".utf8), atNanoseconds: 10)
        #expect(conversation.observe(atNanoseconds: 20) == [.info, .latencyHistogram])
        #expect(conversation.isObserving)
        #expect(conversation.observe(atNanoseconds: 25).isEmpty)
        let info = RedisFixture.bulk(try RedisFixture.bytes("redis-7.0.15-fresh.txt"))
        let events = conversation.received(info + Self.emptyHistogram, atNanoseconds: 30)
        let observation = try #require(Self.observation(events))
        #expect(observation.own.commands == 1)
        #expect(observation.own.connections == 1)
        #expect(observation.own.bytesReceived == 7)
        let sent = [RedisRequest.ping, .info, .latencyHistogram].reduce(0) { $0 + $1.bytes.count }
        #expect(observation.own.bytesSent == UInt64(sent))
        #expect(conversation.own.commands == 3)
        #expect(conversation.own.bytesReceived == UInt64(7 + info.count + Self.emptyHistogram.count))
    }

    @Test func withoutTheRightToLatencyInfoIsStillRead() throws {
        var conversation = Self.ready()
        _ = conversation.observe(atNanoseconds: 0)
        let info = RedisFixture.bulk(try RedisFixture.bytes("redis-7.0.15-fresh.txt"))
        let events = conversation.received(info + Array("-NOPERM no\r\n".utf8), atNanoseconds: 30)
        let observation = try #require(Self.observation(events))
        #expect({ if case .absent(.denied) = observation.latency { true } else { false } }())
        #expect(conversation.observe(atNanoseconds: 40) == [.info])
        let next = try #require(Self.observation(conversation.received(info, atNanoseconds: 50)))
        #expect({ if case .absent(.denied) = next.latency { true } else { false } }())
        let later = RedisConversation.refusalNanoseconds + 31
        #expect(conversation.observe(atNanoseconds: later) == [.info, .latencyHistogram])
    }

    @Test(arguments: [
        ("-NOAUTH Authentication required.\r\n", RedisConversation.Failure.denied),
        ("-NOPERM this user has no permissions\r\n", .denied), ("-ERR unknown command\r\n", .unreadable),
        ("$5\r\nhello\r\n", .unreadable), ("+OK\r\n", .notRedis), ("SSH-2.0-OpenSSH\r\n", .notRedis),
    ])
    func whatIsNoInfoEndsTheConnection(_ text: String, _ failure: RedisConversation.Failure) {
        var conversation = Self.ready()
        _ = conversation.observe(atNanoseconds: 0)
        #expect(Self.failure(conversation.received(Array(text.utf8), atNanoseconds: 1)) == failure)
    }

    @Test func aReplyThatNobodyAskedForEndsTheConnection() {
        var conversation = Self.ready()
        let own = conversation.own.commands
        #expect(
            Self.failure(conversation.received(Array("-ERR max number of clients reached\r\n".utf8), atNanoseconds: 1))
                == .denied)
        #expect(conversation.own.commands == own)
        var other = Self.ready()
        #expect(Self.failure(other.received(Array("+hello\r\n".utf8), atNanoseconds: 1)) == .notRedis)
    }

    @Test func afterReconnectingOldRepliesAreForgottenAndCountsGoOn() {
        var conversation = Self.ready()
        _ = conversation.pingTick(atNanoseconds: 0)
        _ = conversation.received(Array("+PO".utf8), atNanoseconds: 1)
        conversation.closed()
        #expect(conversation.received(Array("NG\r\n".utf8), atNanoseconds: 2).isEmpty)
        _ = conversation.opened(auth: nil, atNanoseconds: 3)
        #expect(!conversation.isPingUnderWay)
        #expect(conversation.own.connections == 2)
        #expect(conversation.silentSinceNanoseconds == nil)
    }

    /// Against a small model: whatever comes, no more than one PING and one INFO are under way.
    @Test func randomEventsKeepTheInvariants() throws {
        var random = HostRandom.seeded("randomEventsKeepTheInvariants")
        let info = RedisFixture.bulk(try RedisFixture.bytes("redis-7.0.15-fresh.txt"))
        for _ in 0..<200 {
            var conversation = RedisConversation()
            var owed: [RedisRequest] = []
            var now: UInt64 = 0
            for _ in 0..<60 {
                now += UInt64.random(in: 1...3_000_000_000, using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 0:
                    if owed.isEmpty {
                        owed = conversation.opened(
                            auth: Bool.random(using: &random) ? Self.secret : nil, atNanoseconds: now)
                    }
                case 1: if conversation.pingTick(atNanoseconds: now) { owed.append(.ping) }
                case 2: owed += conversation.observe(atNanoseconds: now)
                case 3:
                    conversation.closed()
                    owed = []
                default:
                    guard !owed.isEmpty else { continue }
                    let answer: [UInt8]
                    switch owed.removeFirst() {
                    case .auth: answer = Array("+OK\r\n".utf8)
                    case .ping: answer = Array("+PONG\r\n".utf8)
                    case .info: answer = info
                    case .latencyHistogram: answer = Self.emptyHistogram
                    }
                    #expect(Self.failure(conversation.received(answer, atNanoseconds: now)) == nil)
                }
                #expect(owed.filter { $0 == .ping }.count <= 1)
                #expect(owed.filter { $0 == .info }.count <= 1)
                #expect(owed.isEmpty == (conversation.silentSinceNanoseconds == nil))
            }
        }
    }
}
