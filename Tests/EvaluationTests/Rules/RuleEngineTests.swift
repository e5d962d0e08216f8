import Evidence
import Judge
import Policy
import Shared
import Testing

@testable import Evaluation

/// Blocks are 300 s with 30 samples; the roll-out has one old and two new hosts.
@Suite struct RuleEngineTests {
    private var policy = PolicyDocument(name: "test")

    private func host(_ name: String, _ index: Int, _ change: (inout HostBlock) -> Void = { _ in }) -> HostBlock {
        var block = HostBlock(host: name, index: index, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
        block.journal.samples = 30
        block.ports.samples = 5
        block.ports.seen = [Self.port(22, samples: 5)]
        var instance = InstanceBlock(
            name: "6379",
            copy: CopyBlock(samplesSeen: 30, samplesExpected: 30, observedMicroseconds: 300_000_000, absent: .coverage))
        instance.port = 6379
        instance.uid = 110
        instance.rdb.fewestChanges = 0
        instance.rdb.sampledSeconds = UInt64(index) * 300 + 299
        for _ in 0..<30 { instance.aof.off.add(false) }
        for _ in 0..<30 { instance.rdb.failed.add(false) }
        for _ in 0..<30 { instance.aof.failed.add(false) }
        block.instances = [instance]
        change(&block)
        return block
    }

    private static func port(_ port: UInt16, samples: Int, address: String = "0.0.0.0", uid: UInt32 = 0) -> PortFact {
        var fact = PortFact(transport: "tcp", address: address, port: port, uid: uid)
        for _ in 0..<samples { fact.listening.add(true) }
        return fact
    }

    /// States of one rule on n1, block by block.
    private func states(
        _ rule: Rule, _ policy: PolicyDocument, blocks: Int, new: (inout HostBlock, Int) -> Void = { _, _ in },
        old: (inout HostBlock, Int) -> Void = { _, _ in }, other: (inout HostBlock, Int) -> Void = { _, _ in },
        spec: RolloutSpec = RuleEngineTests.spec, records: ApprovedRecords = ApprovedRecords()
    ) -> [RuleInput.State?] {
        var engine = RuleEngine(policy: policy, spec: spec)
        return (0..<blocks).map { index in
            let block = 20_000 + index
            let inputs = engine.add(
                [
                    "o1": host("o1", block) { old(&$0, index) }, "n1": host("n1", block) { new(&$0, index) },
                    "n2": host("n2", block) { other(&$0, index) },
                ], index: block, records: records)
            return inputs.first { $0.host == "n1" && $0.rule == rule.rawValue }?.state
        }
    }

    static let spec = RolloutSpec(
        id: "r", artifacts: [], policy: "test", old: ["o1"], new: ["n1", "n2"], pairs: .auto)

    @Test(arguments: Rule.allCases.filter { $0 != .packageOrigin })
    func aHealthyHostPassesEveryRule(_ rule: Rule) {
        #expect(states(rule, policy, blocks: 3) == [.pass, .pass, .pass])
    }

    @Test(arguments: Rule.allCases.filter { $0 != .packageOrigin })
    func aSilentHostIsUnknownAfterThreeBlocks(_ rule: Rule) {
        let result = states(rule, policy, blocks: 5) { block, index in
            if index > 0 { block = HostBlock(silent: "n1", index: block.index, blockSeconds: 300) }
        }
        #expect(result == [.pass, nil, nil, .unknown, .unknown])
    }

    @Test func aForeignPortFailsAfterThreeSamplesEvenAcrossBlocks() {
        let result = states(.portAllowlist, policy, blocks: 3) { block, _ in
            block.ports.samples = 2
            block.ports.seen.append(Self.port(4444, samples: 2))
        }
        #expect(result == [.pass, .fail, .fail])
    }

    @Test func portsOfTheOldSideOfRedisAndOfLoopbackAreAllowed() {
        let result = states(.portAllowlist, policy, blocks: 2) { block, _ in
            block.ports.seen += [
                Self.port(9100, samples: 5), Self.port(6379, samples: 5, uid: 110),
                Self.port(5555, samples: 5, address: "127.0.0.1"),
            ]
        } old: { block, _ in
            block.ports.seen += [Self.port(9100, samples: 5)]
        }
        #expect(result == [.pass, .pass])
    }

    @Test func aListedPortOfAnotherOwnerFails() {
        var policy = policy
        policy.rules.allowedPorts = [AllowedPort(transport: .tcp, ports: 22...22, uid: 0)]
        let result = states(.portAllowlist, policy, blocks: 1) { block, _ in
            block.ports.seen = [Self.port(22, samples: 5, uid: 33)]
        }
        #expect(result == [.fail])
    }

    @Test func aRequiredPortThatIsGoneFailsAfterSixSamples() {
        var policy = policy
        policy.rules.allowedPorts = [
            AllowedPort(transport: .tcp, ports: 22...22),
            AllowedPort(transport: .tcp, ports: 80...80, isRequired: true),
        ]
        #expect(states(.portExpected, policy, blocks: 2) == [.pass, .fail])
    }

    @Test func portsThatCannotBeReadAreUnknown() {
        let result = states(.portAllowlist, policy, blocks: 1) { block, _ in
            block.ports.samples = 0
            block.ports.seen = []
            block.ports.cause = .denied
        }
        #expect(result == [.unknown])
    }

    @Test func failingSavesFailAfterSixReports() {
        let result = states(.rdbFreshness, policy, blocks: 2) { block, index in
            block.instances[0].rdb.failed = RunFact()
            for step in 0..<30 { block.instances[0].rdb.failed.add(index == 1 || step >= 25) }
        }
        #expect(result == [.pass, .fail])
    }

    @Test(arguments: [(UInt64(7100), RuleInput.State.pass), (7300, .fail)])
    func changesMayWaitForTwiceTheInterval(_ age: UInt64, expected: RuleInput.State) {
        let result = states(.rdbFreshness, policy, blocks: 1) { block, _ in
            block.instances[0].rdb.fewestChanges = 4
            block.instances[0].rdb.savedSeconds = (block.instances[0].rdb.sampledSeconds ?? 0) - age
        }
        #expect(result == [expected])
    }

    @Test func withoutAnySaveNothingIsKnownUntilOneIsSeen() {
        let result = states(.rdbFreshness, policy, blocks: 1) { block, _ in
            block.instances[0].rdb.fewestChanges = 4
            block.instances[0].rdb.savedSeconds = nil
        }
        #expect(result == [.unknown])
    }

    @Test func aBrokenOrMissingAOFFails() {
        let broken = states(.aofFreshness, policy, blocks: 1) { block, _ in
            for _ in 0..<3 { block.instances[0].aof.failed.add(true) }
        }
        #expect(broken == [.fail])
        let off: (inout HostBlock, Int) -> Void = { block, _ in
            block.instances[0].aof.off = RunFact()
            for _ in 0..<5 { block.instances[0].aof.off.add(true) }
        }
        #expect(states(.aofFreshness, policy, blocks: 1, new: off) == [.pass])
        var required = policy
        required.rules.aof = .required
        #expect(states(.aofFreshness, required, blocks: 1, new: off) == [.fail])
    }

    @Test func oneRestartWithholdsPassAndASecondFails() {
        let result = states(.processRestarts, policy, blocks: 30) { block, index in
            if index == 20 || index == 25 { block.instances[0].starts = 1 }
        }
        #expect(result[19] == .pass)
        #expect(result[20] == .attention)
        #expect(result[25] == .fail)
    }

    @Test func restartsDuringWarmUpAndLongAgoAreForgiven() {
        let early = states(.processRestarts, policy, blocks: 15) { block, index in
            if index < 12 { block.instances[0].starts = 1 }
        }
        #expect(early.allSatisfy { $0 == .pass })
        let longAgo = states(.processRestarts, policy, blocks: 320) { block, index in
            if index == 20 { block.instances[0].starts = 1 }
        }
        #expect(longAgo[307] == .attention)
        #expect(longAgo[308] == .pass)
    }

    @Test func anOOMKillFailsAtOnce() {
        #expect(states(.processRestarts, policy, blocks: 1) { block, _ in block.instances[0].oomKills = 1 } == [.fail])
    }

    private func line(_ count: UInt64, history: Bool = false) -> FingerprintFact {
        FingerprintFact(id: 77, unit: "redis@6379.service", count: count, sample: "boom", isHistory: history)
    }

    @Test func aNewErrorLineOnTwoHostsFailsAndOnOneWithholdsPass() {
        let both: (inout HostBlock, Int) -> Void = { block, index in
            if index < 2 { block.journal.fingerprints = [self.line(3)] }
        }
        #expect(states(.journalNew, policy, blocks: 3, new: both, other: both) == [.attention, .fail, .fail])
        let result = states(.journalNew, policy, blocks: 290) { block, index in
            if index == 0 { block.journal.fingerprints = [self.line(50)] }
        }
        #expect(result[0] == .attention)
        #expect(result[287] == .attention)
        #expect(result[288] == .pass)
    }

    @Test func whatTheOldHostsKnowIsNotNew() {
        let result = states(.journalNew, policy, blocks: 1) { block, _ in
            block.journal.fingerprints = [self.line(100)]
        } old: { block, _ in
            block.journal.fingerprints = [self.line(1, history: true)]
        }
        #expect(result == [.pass])
    }

    @Test func anUnreadableJournalIsUnknownOnEitherSide() {
        let unreadable: (inout HostBlock, Int) -> Void = { block, _ in
            block.journal.samples = 0
            block.journal.cause = .denied
        }
        #expect(states(.journalNew, policy, blocks: 1, new: unreadable) == [.unknown])
        #expect(states(.journalNew, policy, blocks: 1, old: unreadable) == [.unknown])
    }

    @Test func theAgentsTroublesAreShown() {
        #expect(states(.agentHealth, policy, blocks: 1) { block, _ in block.agent.dropped = 1 } == [.attention])
        #expect(states(.agentHealth, policy, blocks: 1) { block, _ in block.skewMilliseconds = 31_000 } == [.attention])
    }
}
