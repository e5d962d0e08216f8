import Shared
import Testing

@testable import Collector

@Suite struct AlertChangesTests {
    private typealias RolloutNow = AlertSituation.RolloutNow

    private static func situation(_ fill: (inout RolloutNow) -> Void) -> AlertSituation {
        var rollout = RolloutNow()
        rollout.stages = [.init(stage: .mirroring, by: "deploy", reason: "created")]
        fill(&rollout)
        var situation = AlertSituation()
        situation.rollouts["r1"] = rollout
        situation.words["r1"] = .init(
            verdictID: "v1", summary: "p99 is 41 % higher", gateReasons: [.open: ["p99 is 41 % higher"]])
        return situation
    }

    private static func types(_ before: AlertSituation, _ after: AlertSituation) -> [String] {
        AlertChanges.between(before, after).map(\.type)
    }

    @Test func theSameSituationIsNoNews() {
        let situation = Self.situation { $0.verdict = .fail }
        #expect(AlertChanges.between(situation, situation).isEmpty)
    }

    @Test func aNewRolloutIsOneAlert() {
        let drafts = AlertChanges.between(AlertSituation(), Self.situation { _ in })
        #expect(drafts.map(\.type) == ["stage.reached"])
        #expect(drafts.first?.text == "r1: created, mirroring begins, by deploy")
    }

    @Test func aFailTellsTheVerdictAndTheGatesThatClosed() {
        let before = Self.situation {
            $0.verdict = .pass; $0.gates = ["open": .open]
        }
        let after = Self.situation {
            $0.verdict = .fail
            $0.gates = ["open": .blocked, "migrating": .blocked, "switched": .blocked, "retired": .blocked]
        }
        let drafts = AlertChanges.between(before, after)
        #expect(drafts.map(\.type) == ["verdict.changed", "gate.changed"])
        #expect(drafts[0].text == "r1: FAIL, before PASS: p99 is 41 % higher")
        #expect(drafts[0].data.verdict == .fail && drafts[0].data.before == .pass && drafts[0].data.verdictID == "v1")
        #expect(drafts[1].data.gates?.map(\.from) == [.open, .waiting, .waiting, .waiting])
        #expect(
            drafts[1].text
                == "r1: gate open is blocked, migrating is blocked, switched is blocked, retired is blocked: "
                + "p99 is 41 % higher")
    }

    /// Both stages were reached between two looks.
    @Test func noStageIsLeftOut() {
        let after = Self.situation {
            $0.stages.append(.init(stage: .open, by: "deploy", reason: ""))
            $0.stages.append(.init(stage: .rolledBack, by: "deploy", reason: "p99 doubled"))
        }
        let drafts = AlertChanges.between(Self.situation { _ in }, after)
        #expect(
            drafts.map(\.text) == ["r1: stage open reached, by deploy", "r1: rolled back, by deploy: p99 doubled"])
    }

    @Test func overridesAreToldWhenTheyBeginAndEnd() {
        let override = GateOverride(id: "o1", by: "boss", until: "2026-11-20T12:00:00Z", checks: ["fleet.p99.guard"])
        let with = Self.situation { $0.overrides = ["o1": override] }
        let without = Self.situation { _ in }
        #expect(Self.types(without, with) == ["override.granted"])
        #expect(Self.types(with, without) == ["override.ended"])
    }

    @Test func aLoginIsToldOnce() {
        let one = Self.situation { $0.logins = [.init(host: "n1", block: 4, fact: "unapproved: eve logged in")] }
        let two = Self.situation {
            $0.logins = [
                .init(host: "n1", block: 4, fact: "unapproved: eve logged in"),
                .init(host: "n1", block: 9, fact: "unapproved: eve logged in"),
            ]
        }
        #expect(Self.types(Self.situation { _ in }, one) == ["login.unapproved"])
        #expect(Self.types(one, two) == ["login.unapproved"])
        #expect(Self.types(two, two).isEmpty)
        #expect(Self.types(two, Self.situation { _ in }).isEmpty)
    }

    @Test func everyStepOfARequestForAccessIsTold() {
        func access(_ steps: [AccessView.State]) -> AlertSituation {
            var situation = AlertSituation()
            situation.accesses["a1"] = .init(
                steps: steps, user: "ada", hosts: ["db-7"], requestedBy: "ops", reason: "journal", decidedBy: "boss",
                decisionReason: "fine", endedBy: "ops")
            return situation
        }
        let drafts = AlertChanges.between(AlertSituation(), access([.requested, .approved, .ended]))
        #expect(
            drafts.map(\.text) == [
                "access of ada to db-7 is asked for by ops: journal", "access of ada to db-7 is approved by boss: fine",
                "access of ada to db-7 has ended by ops",
            ])
        #expect(Self.types(access([.requested]), access([.requested, .lapsed])) == ["access.lapsed"])
    }

    @Test func aFleetThatFallsSilentIsOneAlert() {
        func fleet(isSilent: Bool) -> AlertSituation {
            var situation = AlertSituation()
            for number in 10..<40 {
                situation.hosts["db-\(number)"] = .init(state: .active, isSilent: isSilent, by: "agent \(number)")
            }
            return situation
        }
        let drafts = AlertChanges.between(fleet(isSilent: false), fleet(isSilent: true))
        #expect(drafts.map(\.type) == ["host.silent"])
        #expect(drafts.first?.data.hosts?.count == 30)
        #expect(drafts.first?.text.contains("and 20 more") == true)
        #expect(Self.types(fleet(isSilent: true), fleet(isSilent: false)) == ["host.reporting"])
        #expect(Self.types(AlertSituation(), fleet(isSilent: false)) == ["host.active"])
    }

    @Test(arguments: [
        (nil, "waiting"), (HostView.State.pending, "pending"), (.retired, "retired"), (.banned, "banned"),
    ])
    func everyStateOfAHostHasItsAlert(state: HostView.State?, event: String) {
        var after = AlertSituation()
        after.hosts["db-1"] = .init(state: state, by: "ops", reason: "why")
        #expect(Self.types(AlertSituation(), after) == ["host.\(event)"])
        var duplicate = after
        duplicate.hosts["db-1"]?.isDuplicate = true
        #expect(Self.types(after, duplicate) == ["host.duplicate"])
    }

    @Test func policiesAreToldWhenProposedAndWhenApproved() {
        func proposal(approvedBy: String) -> AlertSituation {
            var situation = AlertSituation()
            situation.policies["p1"] = .init(name: "strict", digest: "ab", proposedBy: "ops", approvedBy: approvedBy)
            return situation
        }
        #expect(Self.types(AlertSituation(), proposal(approvedBy: "")) == ["policy.proposed"])
        #expect(Self.types(proposal(approvedBy: ""), proposal(approvedBy: "boss")) == ["policy.approved"])
        #expect(Self.types(AlertSituation(), proposal(approvedBy: "boss")) == ["policy.proposed", "policy.approved"])
    }
}
