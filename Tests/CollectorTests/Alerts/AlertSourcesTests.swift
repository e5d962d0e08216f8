import Foundation
import Logging
import Shared
import Testing

@testable import Collector

/// The present as alerts see it, read from a running collector's parts.
@Suite struct AlertSourcesTests {
    private static func sources(_ server: TestServer, startMicroseconds: UInt64 = 0) -> AlertSources {
        AlertSources(
            judging: server.api.judging, desk: server.api.desk, policies: server.api.policies,
            registry: server.api.registry, latest: server.api.latest, clock: server.clock,
            startMicroseconds: startMicroseconds)
    }

    @Test func aHostIsSilentAfterThreePeriodsAndNotBecauseTheCollectorWasDown() async throws {
        try await TestServer.run { server in
            try await server.register("db-1", "db-2")
            var host = server.host("db-1")
            #expect(try await server.post([host.next()], as: "db-1").status == 200)
            #expect(try await server.client("db-3").send(TestServer.request([server.host("db-3").first])).status == 403)
            let sources = Self.sources(server)
            var hosts = await sources.situation().hosts
            #expect(hosts["db-1"]?.state == .active && hosts["db-1"]?.isSilent == false)
            #expect(hosts["db-2"]?.state == .pending && hosts["db-2"]?.isSilent == false)
            #expect(hosts["db-3"] == AlertSituation.HostNow(state: nil))
            server.clock.advance(microseconds: 60_000_000)
            #expect(await sources.situation().hosts["db-1"]?.isSilent == false)
            server.clock.advance(microseconds: 1)
            hosts = await sources.situation().hosts
            #expect(hosts["db-1"]?.isSilent == true && hosts["db-2"]?.isSilent == false)
            let restarted = Self.sources(server, startMicroseconds: server.clock.nowMicroseconds())
            #expect(await restarted.situation().hosts["db-1"]?.isSilent == false)
        }
    }

    @Test func rolloutsRequestsAndPoliciesAreThere() async throws {
        try await TestServer.run { server in
            var request = TestClient.Request(
                method: .POST, path: "/v1/rollouts", body: Array(RoleTableTests.rollout("r1", new: "n1").utf8))
            request.headers.add(name: "Content-Type", value: "application/json")
            #expect(try await server.client("ops").send(request).status == 201)
            let ask = AccessAsk(
                user: "ada", hosts: ["db-7"], from: Timestamp.text(microseconds: server.clock.nowMicroseconds()),
                reason: "the journal of db-7 cannot be read", ticket: "INC-42")
            let ops = try SpiffeID(domain: "perch.example", kind: .person, name: "ops")
            let view = try await server.api.desk.ask(ask, by: ops)
            _ = try await server.api.policies.propose("version: 1\nname: strict\n", by: ops.description)
            let before = await Self.sources(server).situation()
            #expect(before.rollouts["r1"]?.stages.map(\.stage) == [.mirroring])
            #expect(before.rollouts["r1"]?.gates == [:] && before.words["r1"]?.gateReasons[.open]?.isEmpty == false)
            #expect(before.accesses[view.id]?.steps == [.requested])
            #expect(before.policies.values.map(\.name) == ["strict"])
            _ = try await server.api.judging.rollBack("r1", reason: "enough", by: "ops", expecting: nil)
            let after = await Self.sources(server).situation()
            #expect(AlertChanges.between(before, after).map(\.type) == ["stage.reached", "gate.changed"])
            #expect(after.rollouts["r1"]?.gates.count == 4)
        }
    }
}

extension SyntheticHost {
    fileprivate var first: Report {
        var copy = self
        return copy.next()
    }
}
