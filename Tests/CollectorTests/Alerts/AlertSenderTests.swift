import Foundation
import Logging
import ServiceLifecycle
import Shared
import Testing

@testable import Collector

@Suite struct AlertSenderTests {
    private struct Post {
        let store: any Store
        let clock: ManualClock
        let sender: AlertSender

        func queue(_ text: String, receiver: String = "inbox") async throws {
            let now = clock.nowMicroseconds()
            let body = StoredJSON.encoded(
                AlertBody(type: "host.silent", timestamp: "", text: text, data: AlertData()))
            try await store.announce(
                [], removing: [],
                [
                    DeliveryRow(
                        id: UUIDv7.make(nowMicroseconds: now), receiver: receiver, type: "host.silent",
                        createdMicroseconds: now, body: body, nextMicroseconds: now)
                ])
        }

        func counts() async throws -> [DeliveryCount] { try await store.deliveryCounts() }
    }

    /// The sender stands still unless the test asks it to deliver; its clients end with it.
    private static func run(_ receivers: [AlertReceiver], _ body: (Post) async throws -> Void) async throws {
        let store = try TestStore.make()
        let clock = ManualClock(microseconds: SystemClock().nowMicroseconds())
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let sender = try AlertSender(store: store, clock: clock, receivers: AlertReceivers(receivers), logger: logger)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(Post(store: store, clock: clock, sender: sender)))
        } catch {
            result = .failure(error)
        }
        await sender.close()
        try result.get()
    }

    @Test func anAlertArrivesOnceSignedForItsReceiver() async throws {
        let pki = try await TestPKI.shared()
        let inbox = try await AlertInbox.open(pki, certificate: "collector")
        try await Self.run([TestReceiver.make(inbox, authority: pki.certificate("ca"))]) { post in
            try await post.queue("db-7: no report for 3 periods — „still“")
            await post.sender.deliverDue()
            await post.sender.deliverDue()
            let message = try #require(inbox.messages.first)
            #expect(inbox.messages.count == 1)
            #expect(message.headers["content-type"] == "application/json")
            #expect(message.headers["webhook-timestamp"] == "\(post.clock.nowMicroseconds() / 1_000_000)")
            #expect(try message.headers["webhook-signature"] == TestReceiver.signatureByPython(message))
            let body = try JSONDecoder().decode(AlertBody.self, from: Data(message.body))
            #expect(body.text == "db-7: no report for 3 periods — „still“")
            #expect(try await post.counts().isEmpty)
            #expect(await post.sender.metricsText.contains("perch_alerts_delivered_total{receiver=\"inbox\"} 1\n"))
        }
        await inbox.close()
    }

    @Test func aReceiverThatFailsIsAskedAgainLaterWithTheSameIdAndThenTakesAll() async throws {
        let pki = try await TestPKI.shared()
        let inbox = try await AlertInbox.open(pki)
        inbox.answer(500)
        try await Self.run([TestReceiver.make(inbox)]) { post in
            try await post.queue("one")
            try await post.queue("two")
            await post.sender.deliverDue()
            await post.sender.deliverDue()
            // One attempt; the second alert waits with the receiver.
            #expect(inbox.messages.count == 1)
            #expect(try await post.counts() == [DeliveryCount(receiver: "inbox", waiting: 2, dead: 0)])
            inbox.answer(204)
            post.clock.advance(microseconds: 13_000_000)
            await post.sender.deliverDue()
            #expect(try await post.counts().isEmpty)
            let ids = inbox.messages.map { $0.headers["webhook-id"] }
            #expect(ids.count == 3 && ids[0] == ids[1] && ids[1] != ids[2])
            #expect(inbox.messages[1].headers["webhook-signature"] != inbox.messages[0].headers["webhook-signature"])
        }
        await inbox.close()
    }

    @Test func afterSixteenAttemptsItIsGivenUpAndAPersonCanBeginAnew() async throws {
        let pki = try await TestPKI.shared()
        let inbox = try await AlertInbox.open(pki)
        inbox.answer(503)
        try await Self.run([TestReceiver.make(inbox)]) { post in
            try await post.queue("one")
            for _ in 0..<(Limits.alertAttempts + 3) {
                await post.sender.deliverDue()
                post.clock.advance(microseconds: 8 * 3_600_000_000)
            }
            #expect(inbox.messages.count == Limits.alertAttempts)
            let dead = try #require(try await post.sender.dead().first)
            #expect(dead.attempts == Limits.alertAttempts && dead.lastFault == "HTTP 503: sorry" && dead.text == "one")
            #expect(await post.sender.metricsText.contains("perch_alerts_dead{receiver=\"inbox\"} 1\n"))
            inbox.answer(200)
            #expect(try await post.sender.retry(dead.id).receiver == "inbox")
            await post.sender.deliverDue()
            #expect(try await post.counts().isEmpty && inbox.messages.count == Limits.alertAttempts + 1)
            await #expect(throws: Problem.self) { try await post.sender.retry(dead.id) }
        }
        await inbox.close()
    }

    @Test func aReceiverThatWantsNoMoreIsNotAskedAgain() async throws {
        let inbox = try await AlertInbox.open(try await TestPKI.shared())
        inbox.answer(410)
        try await Self.run([TestReceiver.make(inbox)]) { post in
            try await post.queue("one")
            await post.sender.deliverDue()
            #expect(try await post.counts() == [DeliveryCount(receiver: "inbox", waiting: 0, dead: 1)])
        }
        await inbox.close()
    }

    @Test func oneDeadReceiverHoldsUpNobody() async throws {
        let pki = try await TestPKI.shared()
        let (gone, inbox) = (try await AlertInbox.open(pki), try await AlertInbox.open(pki))
        await gone.close()
        try await Self.run([TestReceiver.make(gone, name: "gone"), TestReceiver.make(inbox)]) { post in
            for name in ["gone", "inbox", "gone", "inbox"] { try await post.queue("x", receiver: name) }
            await post.sender.deliverDue()
            #expect(inbox.messages.count == 2)
            #expect(try await post.counts() == [DeliveryCount(receiver: "gone", waiting: 2, dead: 0)])
            let test = await post.sender.test(by: "ops")
            #expect(test.outcomes.map(\.receiver) == ["gone", "inbox"])
            #expect(test.outcomes.map(\.isDelivered) == [false, true])
            #expect(test.outcomes[0].status == 0 && test.outcomes[0].detail == "Connection refused")
            #expect(inbox.types.last == "test")
        }
        await inbox.close()
    }

    @Test func aReceiverWithAForeignCertificateGetsNothing() async throws {
        let pki = try await TestPKI.shared()
        let inbox = try await AlertInbox.open(pki, certificate: "collector")
        // The system's authorities, not ours.
        try await Self.run([TestReceiver.make(inbox)]) { post in
            try await post.queue("one")
            await post.sender.deliverDue()
            #expect(inbox.messages.isEmpty)
            #expect(try await post.counts() == [DeliveryCount(receiver: "inbox", waiting: 1, dead: 0)])
        }
        await inbox.close()
    }

    @Test func whatWaitsForAReceiverThatIsGoneFromTheConfigurationIsGivenUp() async throws {
        let store = try TestStore.make()
        let sender = try AlertSender(
            store: store, clock: SystemClock(), receivers: AlertReceivers([]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await store.announce(
            [], removing: [],
            [
                DeliveryRow(
                    id: "1", receiver: "old", type: "host.silent", createdMicroseconds: 1, body: [], nextMicroseconds: 1
                )
            ])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sender.run() }
            try await eventually("it is given up") { try await !store.deadDeliveries(limit: 1).isEmpty }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(try await sender.dead().first?.lastFault == "the receiver is not configured any more")
        await #expect(throws: Problem.self) { try await sender.retry("1") }
    }

    @Test func pausesGrowToSixHoursAndLastLongerThanADay() {
        var random = SystemRandomNumberGenerator()
        var total = 0.0
        for attempts in 1..<Limits.alertAttempts {
            let seconds = AlertBackoff.delaySeconds(afterAttempts: attempts, using: &random) ?? 0
            #expect((8...6 * 3600 * 1.2).contains(seconds))
            total += seconds
        }
        #expect(total > 0.8 * 86_400)
        #expect(AlertBackoff.delaySeconds(afterAttempts: Limits.alertAttempts, using: &random) == nil)
    }

    @Test(arguments: [
        "", "whsec_", "secret", "whsec_!!!!", "whsec_c2hvcnQ=",
        "whsec_" + Data(repeating: 1, count: 65).base64EncodedString(),
    ])
    func aSecretOfAnotherFormIsRefusedWithoutBeingShown(text: String) throws {
        let file = try TestDirectory.make() + "/secret"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        do {
            _ = try AlertSecrets(file: file)
            Issue.record("taken")
        } catch {
            #expect(error.description.contains(file) && error.description.contains("openssl rand"))
            #expect(text.count < 7 || !error.description.contains(text))
        }
    }

    @Test func whileASecretIsReplacedBothSign() throws {
        let file = try TestDirectory.make() + "/secret"
        let other = "whsec_" + Data(repeating: 9, count: 24).base64EncodedString()
        try (TestReceiver.secretText + "\n" + other).write(toFile: file, atomically: true, encoding: .utf8)
        let secrets = try AlertSecrets(file: file)
        let signatures = secrets.signature(id: "a", seconds: 1, body: [1]).split(separator: " ")
        #expect(signatures.count == 2 && Set(signatures).count == 2 && signatures.allSatisfy { $0.hasPrefix("v1,") })
        #expect("\(secrets)" == "•••")
    }
}
