import FoundationEssentials
import Shared
import Synchronization
import Testing

@testable import Collector

/// Each row of the table of bad input, over a real TLS connection: the right refusal, nothing stored that should not
/// be, and a server that goes on serving good input.
@Suite struct BadInputTests {
    // MARK: No or foreign client certificate

    /// Refused in the handshake: there is nothing to read but the end of the connection.
    private func expectNoConversation(
        _ server: TestServer, _ client: TestClient, _ reason: Metrics.Refusal,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = server.metrics.snapshot.refusals[reason] ?? 0
        await #expect(throws: (any Error).self, sourceLocation: sourceLocation) {
            _ = try await client.get("/v1/hosts")
        }
        try await eventually("the refusal is counted", sourceLocation: sourceLocation) {
            server.metrics.snapshot.refusals[reason] ?? 0 > before
        }
        let good = try await server.client("ops").get("/v1/hosts")
        #expect(good.status == 200, sourceLocation: sourceLocation)
    }

    @Test func noCertificateIsRefused() async throws {
        try await TestServer.run { server in
            try await expectNoConversation(server, server.client(nil), .tls)
        }
    }

    @Test func aCertificateOfAnotherAuthorityIsRefused() async throws {
        try await TestServer.run { server in
            try await expectNoConversation(server, server.client("foreign"), .tls)
        }
    }

    @Test func olderProtocolsThanTLS13AreRefused() async throws {
        try await TestServer.run { server in
            let client = try TestClient(
                server.pki, port: server.port, as: "db-1", minimum: .tlsv12, maximum: .tlsv12)
            try await expectNoConversation(server, client, .tls)
        }
    }

    @Test(arguments: ["two-uris", "no-uri", "other-domain", "bad-path"])
    func aCertificateWithoutExactlyOneIdentityOfOursIsRefused(_ name: String) async throws {
        try await TestServer.run { server in
            try await expectNoConversation(server, server.client(name), .identity)
        }
    }

    @Test(arguments: [
        ("server-use", Metrics.Refusal.tls), ("no-use", .certificate), ("is-ca", .certificate), ("rsa", .certificate),
    ])
    func aCertificateForAnotherUseIsRefused(_ name: String, _ reason: Metrics.Refusal) async throws {
        try await TestServer.run { server in
            try await expectNoConversation(server, server.client(name), reason)
        }
    }

    @Test func aCertificateThatExpiresDuringTheConnectionIsRefusedAtTheNextRequest() async throws {
        try await TestServer.run { server in
            let request = TestClient.Request(path: "/v1/hosts")
            let replies = try await server.client("ops").conversation { exchange in
                let before = try await exchange.send(request)
                server.clock.advance(microseconds: 25 * 3600 * 1_000_000)
                return [before, try await exchange.send(request)]
            }
            #expect(replies[0].status == 200)
            #expect(try replies[1].problem().code == .certificateExpired)
            // Our own certificate was for a day, too: from now on nobody is served.
            await #expect(throws: (any Error).self) { try await server.client("ops").get("/v1/hosts") }
            try await eventually("it is counted") { server.metrics.snapshot.refusals[.expired] ?? 0 > 0 }
        }
    }

    // MARK: Role or host not allowed

    @Test func anUnknownHostIsRefusedAndWaits() async throws {
        try await TestServer.run { server in
            var host = server.host("db-1")
            var report = host.next()
            report.machineIDDigest = Data(repeating: 5, count: 32)
            let problem = try await server.post([report], as: "db-1").problem()
            #expect(problem.code == .hostUnknown && problem.status == 403 && !problem.retryable)
            let page = try await server.client("ops").get("/v1/hosts").json(HostPage.self)
            #expect(page.waiting.map(\.host) == ["db-1"])
            #expect(page.waiting.first?.address == "127.0.0.1")
            #expect(page.waiting.first?.machineIDDigest == String(repeating: "05", count: 32))
            #expect(try await server.stored("db-1").isEmpty)
        }
    }

    @Test func aPendingHostIsRefusedUntilAReportMatchesItsRegistration() async throws {
        try await TestServer.run { server in
            let registration = Host.Registration(
                machineIDDigest: [UInt8](repeating: 5, count: 32), addresses: AddressRange("127.0.0.0/8"))
            _ = try await server.api.registry.register("db-1", registration, by: "test")
            var host = server.host("db-1")
            let stranger = host.next()
            #expect(try await server.post([stranger], as: "db-1").problem().code == .hostPending)
            #expect(try await server.store.events(limit: 9).map(\.kind) == [.registrationMismatch])
            var own = host.next()
            own.machineIDDigest = Data(repeating: 5, count: 32)
            #expect(try await server.post([own], as: "db-1").status == 200)
            #expect(await server.api.registry.host("db-1")?.state == .active)
            // Another machine-id later: pending again, and no report makes it active.
            #expect(try await server.post([host.next()], as: "db-1").problem().code == .hostPending)
            var again = host.next()
            again.machineIDDigest = Data(repeating: 5, count: 32)
            #expect(try await server.post([again], as: "db-1").problem().code == .hostPending)
            #expect(try await server.stored("db-1").count == 1)
        }
    }

    @Test func aBannedAndARetiredHostAreRefused() async throws {
        try await TestServer.run { server in
            try await server.register("db-1", "db-2")
            var (first, second) = (server.host("db-1"), server.host("db-2"))
            #expect(try await server.post([first.next()], as: "db-1").status == 200)
            #expect(try await server.post([second.next()], as: "db-2").status == 200)
            let retire = TestClient.Request(method: .POST, path: "/v1/hosts/db-1/retire")
            let ban = TestClient.Request(method: .POST, path: "/v1/hosts/db-2/ban")
            #expect(try await server.client("ops").send(retire).status == 200)
            #expect(try await server.client("ops").send(ban).problem().code == .notGranted)
            #expect(try await server.client("boss").send(ban).status == 200)
            #expect(try await server.post([first.next()], as: "db-1").problem().code == .hostRetired)
            #expect(try await server.post([second.next()], as: "db-2").problem().code == .hostBanned)
            #expect(try await server.stored("db-1").count == 1)
        }
    }

    @Test func onlyAgentsMaySendReports() async throws {
        try await TestServer.run { server in
            var host = server.host("ops")
            #expect(try await server.post([host.next()], as: "ops").problem().code == .notGranted)
            let other = try await server.client("db-1").get("/v1/hosts").problem()
            #expect(other.code == .notGranted && other.status == 403)
        }
    }

    @Test func aReportForAnotherHostIsRefusedAndNoted() async throws {
        try await TestServer.run { server in
            try await server.register("db-1", "db-2")
            var (own, other) = (server.host("db-1"), server.host("db-2"))
            let problem = try await server.post([own.next(), other.next()], as: "db-1").problem()
            #expect(problem.code == .wrongHost && problem.detail.contains("reports[1].host"))
            let event = try #require(try await server.store.events(limit: 9).first)
            #expect(event.kind == .wrongHost && event.host == "db-1" && event.caller.hasSuffix("/agent/db-1"))
            #expect(try await server.stored("db-1").isEmpty)
            #expect(try await server.stored("db-2").isEmpty)
        }
    }

    // MARK: Malformed

    @Test(arguments: [[], [0x0a], [0x0a, 0x05, 0x08], [0xff, 0xff, 0xff], Array("GET / HTTP/1.1".utf8)] as [[UInt8]])
    func bytesThatAreNoReportsAreRefused(_ body: [UInt8]) async throws {
        try await TestServer.run { server in
            try await server.register("db-1")
            let problem = try await server.post(body: body, as: "db-1").problem()
            #expect(problem.code == .malformed && problem.status == 400)
        }
    }

    /// There are no doubles on the wire, so nothing non-finite can be sent: a field that would hold one is refused as a
    /// number that cannot be.
    @Test func numbersThatCannotBeAreRefusedByTheirField() async throws {
        try await TestServer.run { server in
            try await server.register("db-1")
            var host = server.host("db-1")
            var report = host.next()
            report.instances[0].ping.buckets = [9, 9]
            report.instances[0].ping.count = [1, 1]
            let first = try await server.post([host.next(), report], as: "db-1").problem()
            #expect(first.code == .malformed)
            #expect(first.detail.hasPrefix("reports[1].instances[0].ping.step[1]"))
            report = host.next()
            report.instances[0].readings.value[0] = .max
            let second = try await server.post([report], as: "db-1").problem()
            #expect(second.detail.hasPrefix("reports[0].instances[0].readings.value[0]"))
            #expect(try await server.stored("db-1").isEmpty)
        }
    }

    @Test func countsBeyondTheLimitsAreRefused() async throws {
        try await TestServer.run { server in
            try await server.register("db-1")
            var host = server.host("db-1")
            var report = host.next()
            report.facts = (0...Limits.facts).map { _ in
                var fact = Perch_V1_Fact()
                fact.key = 1
                fact.value = 1
                return fact
            }
            let problem = try await server.post([report], as: "db-1").problem()
            #expect(problem.code == .malformed && problem.detail.contains("reports[0].facts"))
            let many = try await server.post((0...Limits.reportsPerBatch).map { _ in host.next() }, as: "db-1")
                .problem()
            #expect(many.code == .malformed && many.detail.contains("reports"))
            #expect(try await server.stored("db-1").isEmpty)
        }
    }

    @Test func aFutureVersionIsRefused() async throws {
        try await TestServer.run { server in
            try await server.register("db-1")
            var host = server.host("db-1")
            var report = host.next()
            report.version = Report.currentVersion + 1
            let problem = try await server.post([report], as: "db-1").problem()
            #expect(problem.code == .versionUnsupported && problem.status == 400)
        }
    }

    @Test func otherMediaTypesAndEncodingsAreRefused() async throws {
        try await TestServer.run { server in
            try await server.register("db-1")
            var host = server.host("db-1")
            var request = try TestServer.request([host.next()])
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
            let media = try await server.client("db-1").send(request).problem()
            #expect(media.code == .mediaType && media.status == 415)
            request = try TestServer.request([host.next()])
            request.headers.replaceOrAdd(name: "Content-Encoding", value: "br")
            #expect(try await server.client("db-1").send(request).problem().code == .mediaType)
        }
    }

    // MARK: Too large

    @Test(arguments: [true, false])
    func aBodyOverOneMebibyteIsRefused(hasLength: Bool) async throws {
        try await TestServer.run { server in
            try await server.register("db-1")
            var request = TestServer.request(body: [UInt8](repeating: 0x0a, count: Limits.bodyBytes + 1))
            if !hasLength { request.headers.add(name: "Transfer-Encoding", value: "chunked") }
            let problem = try await server.client("db-1").send(request).problem()
            #expect(problem.code == .tooLarge && problem.status == 413)
        }
    }

    @Test func aBodyThatInflatesToMoreThanFourMebibytesIsRefused() async throws {
        try await TestServer.run { server in
            try await server.register("db-1")
            let bomb = try Compression.deflate([UInt8](repeating: 0, count: 200 << 20), .gzip, level: 9)
            #expect(bomb.count < Limits.bodyBytes)
            let problem = try await server.post(body: bomb, as: "db-1", encoding: "gzip").problem()
            #expect(problem.code == .tooLarge && problem.status == 413)
        }
    }

    @Test func tooManyInstancesAreRefused() async throws {
        try await TestServer.run { server in
            try await server.register("db-1", "db-2")
            func report(_ name: String, _ count: Int) -> Report {
                var host = server.host(name)
                var report = host.next()
                report.names = (0..<count).map { "r\($0)" }
                report.instances = (0..<count).map {
                    var instance = Instance()
                    instance.name = UInt32($0 + 1)
                    return instance
                }
                return report
            }
            let problem = try await server.post([report("db-1", Limits.instances + 1)], as: "db-1").problem()
            #expect(problem.code == .tooLarge && problem.detail.contains("reports[0].instances"))
            #expect(try await server.post([report("db-2", Limits.instances)], as: "db-2").status == 200)
        }
    }

    // MARK: Sequence

    @Test func theSameSequenceWithOtherContentIsAConflictAndNoted() async throws {
        try await TestServer.run { server in
            try await server.register("db-1")
            var host = server.host("db-1")
            let report = host.next()
            #expect(try await server.post([report], as: "db-1").status == 200)
            var forged = report
            forged.agentVersion = "another"
            let problem = try await server.post([forged], as: "db-1").problem()
            #expect(problem.code == .sequenceConflict && problem.status == 409)
            #expect(try await server.store.events(limit: 9).map(\.kind) == [.sequenceConflict])
            #expect(try await server.stored("db-1") == [report])
        }
    }

    @Test func aResendIsHarmless() async throws {
        try await TestServer.run { server in
            try await server.register("db-1")
            var host = server.host("db-1")
            let reports = [host.next(), host.next()]
            for _ in 0..<3 {
                let reply = try await server.post(reports, as: "db-1")
                #expect(reply.status == 200)
                let ack = try Ack(serializedBytes: reply.body)
                #expect(ack.runs.map(\.committed) == [2])
                #expect(ack.runs.first?.runID == reports[0].runID)
            }
            #expect(try await server.stored("db-1") == reports)
            #expect(server.sink.reports.map(\.report) == reports)
            #expect(server.metrics.snapshot.duplicates == 4)
        }
    }

    // MARK: Overloaded, or the store cannot be written

    @Test func aStoreThatCannotBeWrittenIsToldToComeBack() async throws {
        let faulty = Handed<FaultyReports>()
        let options = TestServer.Options(reports: { faulty.set(FaultyReports($0, .failing)) })
        try await TestServer.run(options) { server in
            try await server.register("db-1")
            var host = server.host("db-1")
            let report = host.next()
            let reply = try await server.post([report], as: "db-1")
            let problem = try reply.problem()
            #expect(problem.code == .storageUnavailable && problem.status == 503 && problem.retryable)
            #expect(reply.headers.first(name: "Retry-After") != nil)
            #expect(!problem.detail.contains("disk"))
            #expect(server.sink.reports.isEmpty)
            faulty.value?.set(.working)
            #expect(try await server.post([report], as: "db-1").status == 200)
            #expect(try await server.stored("db-1") == [report])
        }
    }

    @Test func beyondTheQueueARequestIsToldToComeBack() async throws {
        let faulty = Handed<FaultyReports>()
        let options = TestServer.Options(
            reports: { faulty.set(FaultyReports($0, .held)) }, bounds: Committer.Bounds(reports: 1))
        try await TestServer.run(options) { server in
            try await server.register("db-1")
            var host = server.host("db-1")
            let reports = [host.next(), host.next(), host.next()]
            // One in the transaction, one in the queue; the third finds it full.
            async let first = server.post([reports[0]], as: "db-1")
            try await eventually("the first is being committed") { faulty.value?.commits == [1] }
            async let second = server.post([reports[1]], as: "db-1")
            try await eventually("the second waits") { server.api.committer.queueLength == 1 }
            let refused = try await server.post([reports[2]], as: "db-1")
            let problem = try refused.problem()
            #expect(problem.code == .overloaded && problem.status == 503 && problem.retryable)
            #expect(refused.headers.first(name: "Retry-After") != nil)
            faulty.value?.set(.working)
            #expect(try await first.status == 200)
            #expect(try await second.status == 200)
            #expect(try await server.post([reports[2]], as: "db-1").status == 200)
            #expect(try await server.stored("db-1") == reports)
        }
    }
}

/// A place for something that is made inside and needed outside.
final class Handed<Value: Sendable>: Sendable {
    private let held = Mutex<Value?>(nil)
    var value: Value? { held.withLock { $0 } }
    func set(_ value: Value) -> Value {
        held.withLock { $0 = value }
        return value
    }
}
