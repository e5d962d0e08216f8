// The HTTPS client against real TLS servers on loopback: who is let in, who is not, and that not one byte of a report
// goes to somebody else.
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Shared
import Testing

@testable import Agent

@Suite struct ClientTests {
    private static let collectorID = "spiffe://perch.example/perch/collector/main"
    private static let agentID = "spiffe://perch.example/perch/agent/db-1"

    /// A client with its event loop and everything that it reported.
    private final class Bench {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let events = Collected<Client.Event>()
        let client: Client
        let port: Int

        init(_ pki: TestPKI, agent: TestPKI.Pair, port: Int, deadlines: Client.Deadlines = Client.Deadlines()) throws {
            let collector = Configuration.Collector(
                host: "127.0.0.1", port: port, spiffeID: ClientTests.collectorID, certificate: agent.certificate,
                key: agent.key, certificateAuthority: pki.authorityPath)
            let events = events
            self.port = port
            client = Client(
                eventLoop: group.next(), context: try Credentials(collector).context, collector: collector,
                deadlines: deadlines
            ) { event, _ in events.add(event) }
        }

        func connect() throws {
            client.connect([try SocketAddress(ipAddress: "127.0.0.1", port: port)], connection: 1)
        }

        func send(_ sequence: UInt64) throws {
            var report = Report()
            report.runID = .init(RunID(high: 1, low: 1).bytes)
            report.sequence = sequence
            let body = try #require(BatchBody.gzipped([try report.serializedBytes()]))
            client.send(body, connection: 1)
        }

        func event(_ index: Int) async -> Client.Event? {
            await eventually("event \(index)", { events.all.count > index })
            return events.all.count > index ? events.all[index] : nil
        }

        func stop() async {
            client.close()
            try? await group.shutdownGracefully()
        }
    }

    private func agent(_ pki: TestPKI) throws -> TestPKI.Pair {
        try pki.leaf("agent", names: ["URI:" + Self.agentID], usage: "clientAuth")
    }

    private func server(_ pki: TestPKI) throws -> TestPKI.Pair {
        try pki.leaf("collector", names: ["URI:" + Self.collectorID, "DNS:collector.example"], usage: "serverAuth")
    }

    @Test func aReportReachesTheCollectorAndItsAnswerComesBack() async throws {
        let pki = try TestPKI()
        let collector = try await TestCollector(server(pki), authority: pki.authorityPath, reply: acknowledging)
        let bench = try Bench(pki, agent: agent(pki), port: collector.port)
        try bench.connect()
        guard case .connected? = await bench.event(0) else { Issue.record("\(bench.events.all)"); return }
        for number in 1...3 as ClosedRange<UInt64> {
            try bench.send(number)
            guard case .answered(let answer)? = await bench.event(Int(number)) else {
                Issue.record("\(bench.events.all)")
                return
            }
            #expect(answer.meaning == .committed([RunID(high: 1, low: 1): number]))
        }
        let request = try #require(collector.seen.first)
        #expect(request.head.uri == "/v1/reports")
        #expect(request.head.method == .POST)
        #expect(request.head.headers["content-type"] == ["application/x-protobuf"])
        #expect(collector.seen.map { $0.batch?.reports.first?.sequence } == [1, 2, 3])
        // All over one connection.
        #expect(collector.connectionCount == 1)
        await bench.stop()
        await collector.stop()
    }

    @Test(arguments: [
        ["URI:spiffe://perch.example/perch/collector/other"], ["URI:spiffe://other.example/perch/collector/main"],
        ["URI:spiffe://perch.example/perch/agent/main"], [], ["DNS:collector.example"],
        ["URI:spiffe://perch.example/perch/collector/main", "URI:spiffe://perch.example/perch/collector/other"],
    ])
    func aCollectorWithAnotherNameGetsNothing(names: [String]) async throws {
        let pki = try TestPKI()
        let pair = try pki.leaf("collector", names: names, usage: "serverAuth")
        let collector = try await TestCollector(pair, authority: pki.authorityPath, reply: acknowledging)
        let bench = try Bench(pki, agent: agent(pki), port: collector.port)
        try bench.connect()
        // Written at once: it must not go out before the peer is known.
        try bench.send(1)
        guard case .disconnected(let reason)? = await bench.event(0) else {
            Issue.record("\(bench.events.all)"); return
        }
        if bench.events.all.count == 1 { #expect(reason.contains("not for") || reason.contains("had ended")) }
        await eventually(
            "the name is refused",
            {
                bench.events.all.contains {
                    if case .disconnected(let reason) = $0 { reason.contains("not for") } else { false }
                }
            })
        #expect(!bench.events.all.contains { if case .connected = $0 { true } else { false } })
        await bench.stop()
        await collector.stop()
        #expect(collector.seen.isEmpty)
    }

    @Test func aCollectorOfAForeignAuthorityGetsNothing() async throws {
        let pki = try TestPKI()
        try pki.authority("foreign")
        let pair = try pki.leaf("collector", names: ["URI:" + Self.collectorID], usage: "serverAuth", by: "foreign")
        let collector = try await TestCollector(pair, authority: pki.authorityPath, reply: acknowledging)
        let bench = try Bench(pki, agent: agent(pki), port: collector.port)
        try bench.connect()
        guard case .disconnected(let reason)? = await bench.event(0) else {
            Issue.record("\(bench.events.all)"); return
        }
        #expect(reason.contains("CERTIFICATE_VERIFY_FAILED"), "\(reason)")
        await bench.stop()
        await collector.stop()
        #expect(collector.seen.isEmpty)
    }

    @Test func aClientCertificateIsNoServers() async throws {
        let pki = try TestPKI()
        let pair = try pki.leaf("collector", names: ["URI:" + Self.collectorID], usage: "clientAuth")
        let collector = try await TestCollector(pair, authority: pki.authorityPath, reply: acknowledging)
        let bench = try Bench(pki, agent: agent(pki), port: collector.port)
        try bench.connect()
        guard case .disconnected? = await bench.event(0) else { Issue.record("\(bench.events.all)"); return }
        await bench.stop()
        await collector.stop()
        #expect(collector.seen.isEmpty)
    }

    @Test func olderTLSIsRefused() async throws {
        let pki = try TestPKI()
        let collector = try await TestCollector(
            server(pki), authority: pki.authorityPath, maximum: .tlsv12, reply: acknowledging)
        let bench = try Bench(pki, agent: agent(pki), port: collector.port)
        try bench.connect()
        guard case .disconnected? = await bench.event(0) else { Issue.record("\(bench.events.all)"); return }
        await bench.stop()
        await collector.stop()
        #expect(collector.seen.isEmpty)
    }

    /// Under TLS 1.3 the client's handshake is over before the server has looked at its certificate.
    @Test func aForeignAgentIsToldSo() async throws {
        let pki = try TestPKI()
        try pki.authority("foreign")
        let foreign = try pki.leaf("agent", names: ["URI:" + Self.agentID], usage: "clientAuth", by: "foreign")
        let collector = try await TestCollector(server(pki), authority: pki.authorityPath, reply: acknowledging)
        let bench = try Bench(pki, agent: foreign, port: collector.port)
        try bench.connect()
        await eventually(
            "the end",
            {
                bench.events.all.contains { if case .disconnected = $0 { true } else { false } }
            })
        await bench.stop()
        await collector.stop()
        #expect(collector.seen.isEmpty)
    }

    @Test func aServerThatNeverAnswersIsGivenUp() async throws {
        let pki = try TestPKI()
        let collector = try await TestCollector(server(pki), authority: pki.authorityPath) { _ in Reply(isSilent: true)
        }
        let bench = try Bench(
            pki, agent: agent(pki), port: collector.port, deadlines: Client.Deadlines(requestMilliseconds: 200))
        try bench.connect()
        _ = await bench.event(0)
        try bench.send(1)
        guard case .disconnected(let reason)? = await bench.event(1) else {
            Issue.record("\(bench.events.all)"); return
        }
        #expect(reason == "no answer in time")
        await bench.stop()
        await collector.stop()
    }

    @Test func aListenerThatSpeaksNoTLSIsGivenUp() async throws {
        let pki = try TestPKI()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let silent = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let bench = try Bench(
            pki, agent: agent(pki), port: silent.localAddress?.port ?? 0,
            deadlines: Client.Deadlines(handshakeMilliseconds: 200))
        try bench.connect()
        guard case .disconnected(let reason)? = await bench.event(0) else {
            Issue.record("\(bench.events.all)"); return
        }
        #expect(reason == "no TLS handshake in time")
        await bench.stop()
        try? await silent.close().get()
        try? await group.shutdownGracefully()
    }

    @Test func nobodyListensAndTheReasonSaysSo() async throws {
        let pki = try TestPKI()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let gone = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = gone.localAddress?.port ?? 0
        try await gone.close().get()
        let bench = try Bench(pki, agent: agent(pki), port: port)
        try bench.connect()
        guard case .disconnected(let reason)? = await bench.event(0) else {
            Issue.record("\(bench.events.all)"); return
        }
        #expect(reason.contains("cannot connect to"))
        await bench.stop()
        try? await group.shutdownGracefully()
    }

    @Test func refusalsCarryTheirCodeAndRetryAfter() async throws {
        let pki = try TestPKI()
        let collector = try await TestCollector(server(pki), authority: pki.authorityPath) { _ in
            Reply(
                status: .serviceUnavailable,
                headers: [
                    ("Retry-After", "17"), ("Content-Type", "application/problem+json"), ("Connection", "close"),
                ],
                body: Array("{\"code\":\"overloaded\",\"retryable\":true}".utf8))
        }
        let bench = try Bench(pki, agent: agent(pki), port: collector.port)
        try bench.connect()
        _ = await bench.event(0)
        try bench.send(1)
        guard case .answered(let answer)? = await bench.event(1) else { Issue.record("\(bench.events.all)"); return }
        #expect(answer.meaning == .busy && answer.code == "overloaded" && answer.retryAfterSeconds == 17)
        #expect(answer.endsConnection)
        await bench.stop()
        await collector.stop()
    }

    @Test func anEndlessAnswerIsCutOff() async throws {
        let pki = try TestPKI()
        let collector = try await TestCollector(server(pki), authority: pki.authorityPath) { _ in
            Reply(body: [UInt8](repeating: 65, count: Answer.bodyBytes + 1))
        }
        let bench = try Bench(pki, agent: agent(pki), port: collector.port)
        try bench.connect()
        _ = await bench.event(0)
        try bench.send(1)
        guard case .disconnected(let reason)? = await bench.event(1) else {
            Issue.record("\(bench.events.all)"); return
        }
        #expect(reason.contains("longer than"))
        await bench.stop()
        await collector.stop()
    }

    @Test func whatCannotBeUsedAsCredentialsIsNamed() throws {
        let pki = try TestPKI()
        let good = try agent(pki)
        func failure(_ certificate: String, _ key: String, _ authority: String) -> Credentials.Failure? {
            do {
                _ = try Credentials(
                    Configuration.Collector(
                        host: "h", port: 1, spiffeID: Self.collectorID, certificate: certificate, key: key,
                        certificateAuthority: authority))
                return nil
            } catch {
                return error
            }
        }
        #expect(failure(good.certificate, good.key, pki.authorityPath) == nil)
        #expect(failure("/nonexistent", good.key, pki.authorityPath)?.key == "certificate")
        #expect(failure(good.certificate, "/nonexistent", pki.authorityPath)?.key == "key")
        #expect(failure(good.certificate, good.key, "/nonexistent")?.key == "certificate_authority")
        #expect(failure(good.certificate, good.key, good.key)?.key == "certificate_authority")
        let other = try pki.leaf("other", names: ["URI:" + Self.agentID])
        #expect(failure(good.certificate, other.key, pki.authorityPath)?.key == "key")
        for names in [[], ["URI:" + Self.collectorID], ["URI:" + Self.agentID, "URI:spiffe://a.b/perch/agent/x"]] {
            let pair = try pki.leaf("odd", names: names)
            #expect(failure(pair.certificate, pair.key, pki.authorityPath)?.key == "certificate", "\(names)")
        }
    }

    @Test func aBatchInflatesToWhatWasPutIn() throws {
        let reports = (1...100).map { number in
            Report.with {
                $0.host = "db-1"
                $0.sequence = UInt64(number)
                $0.names = (0..<number * 10).map { "name-\($0)" }
            }
        }
        let encoded: [[UInt8]] = try reports.map { try $0.serializedBytes() }
        let body = try #require(BatchBody.gzipped(encoded))
        let plain = try ReportBatch.with { $0.reports = reports }.serializedBytes() as [UInt8]
        #expect(body.readableBytes < plain.count / 2)
        let file = TemporaryDirectory()
        try Data(body.readableBytesView).write(to: URL(fileURLWithPath: file.path + "/b.gz"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/gunzip")
        process.arguments = [file.path + "/b.gz"]
        try process.run()
        process.waitUntilExit()
        let inflated = try Data(contentsOf: URL(fileURLWithPath: file.path + "/b"))
        #expect(Array(inflated) == plain)
        #expect(try ReportBatch(serializedBytes: inflated).reports == reports)
    }
}
