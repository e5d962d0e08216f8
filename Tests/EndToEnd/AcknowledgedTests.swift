import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL
import Rehearsal
import Shared
import SwiftProtobuf
import Synchronization
import Testing

/// A client that counts acknowledgements itself, against a collector that is killed under it: what was acknowledged is
/// in the store, once.
@Suite struct AcknowledgedTests {
    @Test(.timeLimit(.minutes(2)))
    func everyAcknowledgedReportIsStoredOnceAlthoughTheCollectorIsKilled() async throws {
        try await Scene.play("acknowledged") { scene in
            let hosts = (1...4).map { "db-\($0)" }
            let site = try await Site.open(scene, hosts: hosts)
            let end = Flag()
            let acknowledged = try await withThrowingTaskGroup(of: (String, UInt64).self) { group in
                for host in hosts {
                    let sender = Sender(host: host, credentials: try await site.authority.issue(.agent, host))
                    group.addTask {
                        (host, try await sender.send(to: site.collector) { end.isSet })
                    }
                }
                for _ in 0..<3 {
                    try await site.waitForReports("db-1", more: 40, seconds: 30)
                    await site.collector.kill()
                    try await site.collector.start()
                }
                try await site.waitForReports("db-4", more: 40, seconds: 30)
                end.set()
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for host in hosts {
                let highest = try #require(acknowledged[host])
                let run = try #require(try await site.runs(host).first)
                #expect(highest > 100)
                #expect(run.isContiguousFromOne, "\(host): \(run)")
                #expect(UInt64(run.last) >= highest, "\(host) was told \(highest), and the store ends at \(run.last)")
            }
        }
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}

/// Sends small reports of one host in order, each again until it is acknowledged, as an agent does.
private struct Sender: Sendable {
    let host: String
    let credentials: CertificateAuthority.Credentials

    /// - Returns: The highest acknowledged sequence.
    func send(to collector: CollectorProcess, until isEnough: @Sendable () -> Bool) async throws -> UInt64 {
        let client = HTTPClient(configuration: try configuration())
        do {
            let highest = try await send(with: client, to: collector, until: isEnough)
            try await client.shutdown()
            return highest
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func configuration() throws -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv13
        tls.trustRoots = .file(credentials.authority)
        tls.certificateChain = try NIOSSLCertificate.fromPEMFile(credentials.certificate).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: credentials.key, format: .pem))
        return HTTPClient.Configuration(tlsConfiguration: tls)
    }

    private func send(
        with client: HTTPClient, to collector: CollectorProcess, until isEnough: @Sendable () -> Bool
    ) async throws -> UInt64 {
        let run = withUnsafeBytes(of: UUID().uuid) { Array($0) }
        var highest: UInt64 = 0
        var failures = 0
        while !isEnough(), highest < 100_000 {
            let body = try batch(run: run, sequence: highest + 1).serializedBytes() as [UInt8]
            var request = HTTPClientRequest(url: "https://\(collector.address)/v1/reports")
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/x-protobuf")
            request.body = .bytes(ByteBuffer(bytes: body))
            do {
                let response = try await client.execute(request, timeout: .seconds(5))
                let answer = try await response.body.collect(upTo: 1 << 20)
                guard response.status == .ok else {
                    // Restarting, or too busy: an agent waits too. Anything else is no business of this test.
                    try #require(response.status.code >= 500, "\(response.status): \(String(buffer: answer))")
                    throw HTTPClientError.remoteConnectionClosed
                }
                let ack = try Ack(serializedBytes: Array(buffer: answer))
                highest = try #require(ack.runs.first { Array($0.runID) == run }).committed
                failures = 0
            } catch is ExpectationFailedError {
                throw RehearsalError.late(what: "an acknowledgement that this test understands", seconds: 0)
            } catch {
                failures += 1
                if failures > 600 { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        return highest
    }

    /// Every report differs in its time and is the same when it is sent again.
    private func batch(run: [UInt8], sequence: UInt64) -> ReportBatch {
        var report = Report()
        report.version = Report.currentVersion
        report.host = host
        report.runID = Data(run)
        report.sequence = sequence
        report.bootID = Data(repeating: 7, count: 16)
        report.timeUs = Self.begin + sequence * 1000
        report.boottimeUs = 1_000_000_000 + sequence * 1000
        report.intervalUs = 10_000_000
        report.agentVersion = "test"
        report.machineIDDigest = Data(repeating: 9, count: 32)
        var batch = ReportBatch()
        batch.reports = [report]
        return batch
    }

    private static let begin = UInt64(Date().timeIntervalSince1970 * 1_000_000)
}
