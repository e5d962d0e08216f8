import Evidence
import Judge
import Policy
import Testing

@testable import Evaluation

@Suite struct UnapprovedLoginRuleTests {
    private static let block = 20_000
    private static let start = UInt64(block * 300)

    private static func access(
        user: String = "ada", from: UInt64 = start, to: UInt64 = start + 200, approved: UInt64 = start - 1000,
        sources: [String] = [], keys: [String] = []
    ) -> ApprovedAccess {
        ApprovedAccess(
            id: "1", user: user, hosts: ["n1"], fromSeconds: from, toSeconds: to, approvedSeconds: approved,
            sources: sources, keys: keys)
    }

    private static func login(
        _ kind: LoginFact.Kind = .accepted, at: UInt64 = start + 10, user: String = "ada", source: String = "10.0.0.5",
        key: String = "SHA256:k", session: String = ""
    ) -> LoginFact {
        LoginFact(kind: kind, timeSeconds: at, user: user, source: source, key: key, session: session)
    }

    /// Findings of consecutive blocks with these logins.
    private func findings(
        _ blocks: [[LoginFact]], _ accesses: [ApprovedAccess], policy: RulePolicy = RulePolicy(),
        change: (inout HostBlock) -> Void = { _ in }
    ) -> [RuleFinding?] {
        var rule = UnapprovedLoginRule()
        return blocks.enumerated().map { step, logins in
            var context = RuleContext(policy: policy, block: Self.block + step, blockSeconds: 300)
            context.records = ApprovedRecords(accesses: accesses)
            var block = HostBlock(
                host: "n1", index: context.block, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
            block.journal.samples = 30
            block.journal.logins = logins
            change(&block)
            return rule.judge(block, context)
        }
    }

    private func state(_ login: LoginFact, _ accesses: [ApprovedAccess]) -> RuleInput.State? {
        findings([[login]], accesses)[0]?.state
    }

    @Test func anApprovedLoginPassesAndAnyOtherFails() {
        #expect(state(Self.login(), [Self.access()]) == .pass)
        #expect(state(Self.login(), []) == .fail)
        #expect(state(Self.login(user: "eve"), [Self.access()]) == .fail)
        // A minute early is in order, more is not.
        #expect(state(Self.login(at: Self.start - 60), [Self.access()]) == .pass)
        #expect(state(Self.login(at: Self.start - 61), [Self.access()]) == .fail)
        #expect(state(Self.login(at: Self.start + 201), [Self.access()]) == .fail)
        // An approval that came later.
        #expect(state(Self.login(), [Self.access(approved: Self.start + 71)]) == .fail)
    }

    @Test func listedSourcesAndKeysBind() {
        #expect(state(Self.login(), [Self.access(sources: ["10.0.0.5"], keys: ["SHA256:k"])]) == .pass)
        #expect(state(Self.login(), [Self.access(sources: ["10.0.0.6"])]) == .fail)
        #expect(state(Self.login(), [Self.access(keys: ["SHA256:other"])]) == .fail)
    }

    @Test(arguments: ["root", "redis", "redis-a", ""])
    func sharedAccountsAreNobodysLogin(_ user: String) {
        let finding = findings([[Self.login(user: user)]], [Self.access(user: user)])[0]
        #expect(finding?.state == .fail)
        #expect(finding?.fact.hasPrefix("unattributable") == true)
    }

    @Test func aSessionFollowsItsCredentialAndMustEndInTime() {
        let accepted = Self.login()
        let began = Self.login(.sessionStart, at: Self.start + 11, source: "", key: "", session: "7")
        let keyed = [Self.access(keys: ["SHA256:k"])]
        let overstayed = findings([[accepted, began]], keyed)[0]
        #expect(overstayed?.state == .fail)
        #expect(overstayed?.fact.hasPrefix("overstayed: session 7") == true)
        let ended = Self.login(.sessionEnd, at: Self.start + 100, session: "7")
        #expect(findings([[accepted, began, ended], []], keyed).map(\.?.state) == [.pass, .pass])
        // A session without a credential that was in order.
        #expect(state(began, keyed) == .fail)
    }

    @Test func theDeploymentToolsAccountNeedsItsKeyAndItsAddress() {
        var policy = RulePolicy()
        policy.automation = [Automation(user: "deploy", keys: ["SHA256:k"], sources: ["10.0.0.5"])]
        func state(_ login: LoginFact) -> RuleInput.State? { findings([[login]], [], policy: policy)[0]?.state }
        #expect(state(Self.login(user: "deploy")) == .pass)
        #expect(state(Self.login(user: "deploy", source: "10.0.0.9")) == .fail)
        #expect(state(Self.login(user: "deploy", key: "SHA256:stolen")) == .fail)
    }

    @Test func whatCannotBeSeenIsUnknown() {
        let unread = findings([[]], []) { block in
            block.journal.samples = 0
            block.journal.cause = .denied
        }
        #expect(unread[0]?.state == .unknown)
        #expect(findings([[]], []) { $0.journal.samples = 0 }[0]?.state == .unknown)
        #expect(findings([[]], []) { $0.journal.loginsLeftOut = 1 }[0]?.state == .fail)
        #expect(findings([[Self.login()]], [Self.access()]) { $0.skewMilliseconds = 31_000 }[0]?.state == .unknown)
    }
}
