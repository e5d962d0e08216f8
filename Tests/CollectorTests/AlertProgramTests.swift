import Foundation
import Glibc
import NIOHTTP1
import Shared
import Testing

@testable import Collector

/// Alerts of the real program: what happened is told, whatever is killed and whoever does not listen.
@Suite struct AlertProgramTests {
    private static func register(_ host: String, _ instance: ProgramTests.Instance) async throws {
        var request = TestClient.Request(method: .PUT, path: "/v1/hosts/\(host)", body: Array("{}".utf8))
        request.headers.add(name: "Content-Type", value: "application/json")
        #expect(try await instance.client("ops").send(request).status == 201)
    }

    private static func metric(_ name: String, _ instance: ProgramTests.Instance) async throws -> String? {
        try await instance.health("/metrics").text.split(separator: "\n").first { $0.hasPrefix(name + "{") }
            .flatMap { $0.split(separator: " ").last }.map(String.init)
    }

    @Test func nothingIsLostByAKillAndAReceiverThatFails() async throws {
        let pki = try await TestPKI.shared()
        let inbox = try await AlertInbox.open(pki, certificate: "collector")
        inbox.answer(500)
        let receiver = try TestReceiver.make(inbox)
        let instance = try ProgramTests.Instance(
            pki,
            more: """
                [[alert]]
                name = "inbox"
                url = "\(inbox.url)"
                secret_file = "\(receiver.secretFile)"
                certificate_authority = "\(pki.certificate("ca"))"
                """)
        try await instance.start()
        try await Self.register("db-1", instance)
        // Tried and refused; it waits in the store.
        try await eventually("it was tried") { !inbox.messages.isEmpty }
        try await eventually("it waits") { try await Self.metric("perch_alerts_waiting", instance) == "1" }
        #expect(try await Self.metric("perch_alert_attempts_failed_total", instance) == "1")
        instance.signal(SIGKILL)
        _ = try await instance.wait()

        inbox.answer(204)
        try await instance.start()
        // A kill right after the change: told by whichever of the two processes came to it.
        try await Self.register("db-2", instance)
        instance.signal(SIGKILL)
        _ = try await instance.wait()
        try await instance.start()
        try await eventually("both are told") {
            let texts = inbox.messages.map(\.text)
            return ["db-1", "db-2"].allSatisfy { host in texts.contains { $0.contains("\(host): pending") } }
        }
        try await eventually("nothing waits") { try await Self.metric("perch_alerts_waiting", instance) == "0" }
        // Again with the same id, at most: each of the two is one alert.
        let ids = Set(
            inbox.messages.filter { $0.text.contains("host.pending") }.compactMap { $0.headers["webhook-id"] })
        #expect(ids.count == 2)
        let last = try #require(inbox.messages.last)
        #expect(try last.headers["webhook-signature"] == TestReceiver.signatureByPython(last))
        #expect(try MetricsText.faults(try await instance.health("/metrics").text) == "")
        instance.signal(SIGTERM)
        #expect(try await instance.wait() == 0, "\(instance.log)")
        await inbox.close()
    }
}
