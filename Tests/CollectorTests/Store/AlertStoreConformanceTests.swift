import Shared
import Testing

@testable import Collector

/// What every store must do with alerts and tokens.
@Suite struct AlertStoreConformanceTests {
    private static func row(_ id: String, receiver: String = "a", next: UInt64 = 10) -> DeliveryRow {
        DeliveryRow(
            id: id, receiver: receiver, type: "host.silent", createdMicroseconds: 5, body: [1, 0, 255],
            nextMicroseconds: next)
    }

    @Test(arguments: StoreFactory.allCases)
    func whatWasAnnouncedIsReplacedAndRemovedBySubject(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        try await store.announce(
            [AnnouncedRow(subject: "host/a", body: [1]), AnnouncedRow(subject: "host/b", body: [2])], removing: [], [])
        try await store.announce([AnnouncedRow(subject: "host/a", body: [3])], removing: ["host/b", "host/c"], [])
        #expect(try await store.announced() == [AnnouncedRow(subject: "host/a", body: [3])])
    }

    @Test(arguments: StoreFactory.allCases)
    func deliveriesComeInOrderWhenTheirTimeHasCome(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        let rows = [
            Self.row("1"), Self.row("2", next: 30), Self.row("3", receiver: "b"), Self.row("4", next: 20),
        ]
        try await store.announce([], removing: [], rows)
        #expect(try await store.dueDeliveries(receiver: "a", at: 9, limit: 9).isEmpty)
        #expect(try await store.dueDeliveries(receiver: "a", at: 20, limit: 9) == [rows[0], rows[3]])
        #expect(try await store.dueDeliveries(receiver: "a", at: 99, limit: 2) == [rows[0], rows[1]])
        var later = rows[0]
        later.attempts = 3
        later.nextMicroseconds = 50
        later.fault = "HTTP 500"
        try await store.update(later)
        #expect(try await store.delivery(id: "1") == later)
        try await store.removeDelivery(id: "2")
        try await store.update(rows[1])
        #expect(try await store.delivery(id: "2") == nil)
        #expect(
            try await store.deliveryCounts() == [
                DeliveryCount(receiver: "a", waiting: 2, dead: 0), DeliveryCount(receiver: "b", waiting: 1, dead: 0),
            ])
    }

    @Test(arguments: StoreFactory.allCases)
    func theDeadAreKeptUpToANumberAndTheUnknownGivenUp(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        try await store.announce([], removing: [], (1...4).map { Self.row("\($0)", receiver: $0 == 4 ? "b" : "a") })
        try await store.giveUpDeliveries(exceptFor: ["b"], fault: "gone")
        #expect(try await store.deadDeliveries(limit: 9).map(\.id) == ["1", "2", "3"])
        #expect(try await store.deadDeliveries(limit: 1).map(\.fault) == ["gone"])
        try await store.forgetDeadDeliveries(keeping: 2)
        #expect(try await store.deadDeliveries(limit: 9).map(\.id) == ["2", "3"])
        #expect(try await store.dueDeliveries(receiver: "b", at: 10, limit: 9).map(\.id) == ["4"])
    }

    @Test(arguments: StoreFactory.allCases)
    func tokensAreKeptRevokedCountedAndForgotten(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        var rows = (1...2).map {
            TokenRow(
                id: "\($0)", rollout: "r1", digest: [UInt8($0)], note: "argo", createdBy: "ops",
                createdMicroseconds: 1, expiresMicroseconds: UInt64($0) * 100)
        }
        for row in rows { try await store.insert(row) }
        #expect(try await store.tokens() == rows)
        try await store.revokeToken(id: "1", by: "ops", atMicroseconds: 7)
        try await store.revokeToken(id: "1", by: "eve", atMicroseconds: 8)
        try await store.noteUses([TokenUse(token: "2", count: 3, lastMicroseconds: 9)])
        try await store.noteUses([TokenUse(token: "2", count: 1, lastMicroseconds: 5)])
        (rows[0].revokedMicroseconds, rows[0].revokedBy) = (7, "ops")
        (rows[1].uses, rows[1].lastUsedMicroseconds) = (4, 9)
        #expect(try await store.tokens() == rows)
        #expect(try await store.forgetTokens(expiredBefore: 150) == 1)
        #expect(try await store.tokens() == [rows[1]])
    }
}
