// Spool, delivery and client together against a collector on loopback: outages, bad reports, large backlogs.
import Foundation
import NIOPosix
import Shared
import Testing

@testable import Agent

@Suite struct CourierTests {
    private static let collectorID = "spiffe://perch.example/perch/collector/main"
    private static let run = RunID(high: 5, low: 6)

    private final class Bench {
        let pki: TestPKI
        let directory = TemporaryDirectory()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let events = Collected<(Client.Event, UInt64)>()
        let spool: Spool
        private(set) var courier: Courier
        private var taken = 0

        init(_ pki: TestPKI, port: Int) throws {
            self.pki = pki
            let agent = try pki.leaf("agent", names: ["URI:spiffe://perch.example/perch/agent/db-1"])
            spool = try Spool(directory: directory.path + "/spool", limitBytes: 64 << 20)
            let collector = Configuration.Collector(
                host: "127.0.0.1", port: port, spiffeID: CourierTests.collectorID, certificate: agent.certificate,
                key: agent.key, certificateAuthority: pki.authorityPath)
            let events = events
            let client = Client(
                eventLoop: group.next(), context: try Credentials(collector).context, collector: collector
            ) {
                events.add(($0, $1))
            }
            courier = Courier(
                spool: spool, client: client, collector: collector, clock: .system,
                log: Log(clock: .system, hasPrefix: true) { _ in }, seed: 1, lookUp: { _, _ in })
        }

        func append(_ sequence: UInt64, names: Int = 5) throws {
            let report = Report.with {
                $0.runID = .init(CourierTests.run.bytes)
                $0.sequence = sequence
                $0.names = (0..<names).map { "name-\(sequence)-\($0)" }
            }
            spool.append(ReportKey(run: CourierTests.run, sequence: sequence), try report.serializedBytes())
        }

        /// The main thread's part.
        func turn() {
            let all = events.all
            for (event, connection) in all[taken...] { courier.received(event, connection: connection) }
            taken = all.count
            if let wake = courier.wakeMicroseconds, wake <= Clock.system.monotonicMicroseconds() { courier.poke() }
        }

        func drain() async {
            courier.poke()
            await eventually(
                "the spool is empty", withinSeconds: 30,
                {
                    turn()
                    return spool.waiting == 0
                })
        }

        func stop() async { try? await group.shutdownGracefully() }
    }

    private func server(_ pki: TestPKI) throws -> TestPKI.Pair {
        try pki.leaf("collector", names: ["URI:" + Self.collectorID], usage: "serverAuth")
    }

    @Test func aBacklogArrivesInOrderInFewRequests() async throws {
        let pki = try TestPKI()
        let collector = try await TestCollector(server(pki), authority: pki.authorityPath, reply: acknowledging)
        let bench = try Bench(pki, port: collector.port)
        for number in 1...2000 as ClosedRange<UInt64> { try bench.append(number, names: 20) }
        await bench.drain()
        let sequences = collector.seen.flatMap { $0.batch?.reports.map(\.sequence) ?? [] }
        #expect(sequences == Array(1...2000))
        #expect(collector.seen.count <= 6)
        #expect(
            collector.seen.allSatisfy { $0.bodyBytes <= Limits.inflatedBytes && ($0.batch?.reports.count ?? 0) <= 512 })
        await bench.stop()
        await collector.stop()
    }

    @Test func badReportsAreSetAsideAndTheRestArrives() async throws {
        let pki = try TestPKI()
        let bad: Set<UInt64> = [17, 18, 90]
        let collector = try await TestCollector(server(pki), authority: pki.authorityPath) { request in
            if request.batch?.reports.contains(where: { bad.contains($0.sequence) }) == true {
                return Reply(status: .conflict, body: Array("{\"code\":\"sequence-conflict\"}".utf8))
            }
            return acknowledging(request)
        }
        let bench = try Bench(pki, port: collector.port)
        for number in 1...100 as ClosedRange<UInt64> { try bench.append(number) }
        await bench.drain()
        #expect(bench.spool.state.setAside == 3)
        #expect(bench.spool.state.lastRefusal == "sequence-conflict")
        #expect(bench.directory.names("spool/refused").count == 3)
        #expect(bench.courier.delivered == 97)
        await bench.stop()
        await collector.stop()
    }

    @Test func connectionsThatBreakLoseNothing() async throws {
        let pki = try TestPKI()
        let collector = try await TestCollector(server(pki), authority: pki.authorityPath, reply: acknowledging)
        let bench = try Bench(pki, port: collector.port)
        for round in 0..<5 as Range<UInt64> {
            for number in 1...20 { try bench.append(round * 20 + UInt64(number)) }
            await bench.drain()
            collector.dropConnections()
        }
        let arrived = Set(collector.seen.flatMap { $0.batch?.reports.map(\.sequence) ?? [] })
        #expect(arrived == Set(1...100))
        #expect(bench.spool.dropped == 0)
        await bench.stop()
        await collector.stop()
    }
}
