import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Rehearsal

/// Measures ingest: durable, decoded, de-duplicated reports of 20 instances per second over kept mutual-TLS
/// connections, one for each host, with the load client on the same cores. Prints a table and one JSON object a line.
@main
enum CollectorBench {
    static let seconds = 15
    static let instances = 20

    static func main() async throws {
        try await Scene.play("bench-collector", measureAll)
    }

    private static func measureAll(_ scene: Scene) async throws {
        let authority = try await CertificateAuthority.create(in: scene)
        let person = try await authority.issue(.person, "operator")
        let collector = try await CollectorProcess(
            in: scene, authority: authority, policies: [:], grants: [.init(person.identity, "operator")])
        try await collector.start()
        let perchctl = Perchctl(scene, as: person, at: collector)
        var credentials: [CertificateAuthority.Credentials] = []
        for number in 0..<64 {
            _ = try await perchctl.run("host", "approve", "host-\(number)")
            credentials.append(try await authority.issue(.agent, "host-\(number)"))
        }
        print("connections  reports/s  ack p50 ms  ack p99 ms  CPU us/report  RSS MB  KB/report")
        for (round, connections) in [1, 16, 64].enumerated() {
            try await measure(collector, Array(credentials.prefix(connections)), round: round)
        }
    }

    private static func measure(
        _ collector: CollectorProcess, _ credentials: [CertificateAuthority.Credentials], round: Int
    ) async throws {
        guard let process = collector.program?.pid else { return }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let before = ProcessUsage(of: process)
        let start = NIODeadline.now()
        let tallies = try await run(collector, credentials, group, until: start + .seconds(Int64(seconds)), round)
        let elapsed = Double((NIODeadline.now() - start).nanoseconds) / 1e9
        let after = ProcessUsage(of: process)
        try await group.shutdownGracefully()
        let count = tallies.reduce(0) { $0 + $1.acknowledged }
        let latencies = tallies.flatMap(\.latencyNanoseconds).sorted()
        let refused = tallies.flatMap(\.refused)
        guard count > 0 else {
            print("\(credentials.count) connections: nothing acknowledged, refused: \(refused)")
            return
        }
        func quantile(_ share: Double) -> Double { Double(latencies[Int(share * Double(latencies.count - 1))]) / 1e6 }
        let rate = Double(count) / elapsed
        let kilobytes = Double(tallies.reduce(0) { $0 + $1.bytes }) / Double(count) / 1000
        let cpu = (after.cpuSeconds - before.cpuSeconds) * 1e6 / Double(count)
        let cells = [
            "\(credentials.count)", "\(Int(rate))", format(quantile(0.5)), format(quantile(0.99)), "\(Int(cpu))",
            "\(Int(after.residentMegabytes))", format(kilobytes),
        ]
        print(cells.map { $0.padding(toLength: 12, withPad: " ", startingAt: 0) }.joined())
        if !refused.isEmpty { print("  refused: \(refused)") }
        if credentials.count == 64 {
            print(#"{"name":"collector.reports_per_s","value":\#(Int(rate)),"unit":"1/s","aim":null}"#)
            print(#"{"name":"collector.ack_p99_ms","value":\#(format(quantile(0.99))),"unit":"ms","aim":null}"#)
        }
    }

    private static func run(
        _ collector: CollectorProcess, _ credentials: [CertificateAuthority.Credentials],
        _ group: MultiThreadedEventLoopGroup, until deadline: NIODeadline, _ round: Int
    ) async throws -> [Sender.Tally] {
        let port = Int(collector.port)
        let futures = try credentials.enumerated().map { number, credential in
            let context = try NIOSSLContext(configuration: tls(credential))
            let promise = group.next().makePromise(of: Sender.Tally.self)
            let maker = ReportMaker(
                host: credential.identity.name, machine: number, run: number + 1000 * round, instances: instances)
            let connected = ClientBootstrap(group: group).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(Sender(maker: maker, deadline: deadline, promise: promise))
                }
            }.connect(host: "127.0.0.1", port: port)
            connected.whenFailure { promise.fail($0) }
            return promise.futureResult
        }
        return try await EventLoopFuture.whenAllSucceed(futures, on: group.next()).get()
    }

    private static func tls(_ credential: CertificateAuthority.Credentials) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv13
        configuration.trustRoots = .file(credential.authority)
        configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(credential.certificate)
            .map { .certificate($0) }
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: credential.key, format: .pem))
        return configuration
    }

    private static func format(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
