import Evaluation
import Evidence
import Policy
import Shared
import Testing

@testable import Collector

@Suite struct RolloutFoldTests {
    private static let start = 20_000
    private static let spec = RolloutSpec(
        id: "r1", artifacts: [], policy: "test", old: ["o1"], new: ["n1"], pairs: .none)

    /// Unapproved logins that alerts are told of, after blocks with these users' logins on n1.
    private static func logins(_ users: [[String]], weight: String = "fail") throws -> [String] {
        let text = "version: 1\nname: test\nblock_seconds: 300\nrules: {unapproved_login: {level: \(weight)}}\n"
        let policy = try PolicyFile.read(text, file: "test")
        var fold = RolloutFold(spec: spec, policy: policy)
        let rollout = Rollout(
            spec: spec, policyText: text, policyDigest: "", createdBy: "tool", createdAtMicroseconds: 0)
        for (step, names) in users.enumerated() {
            let index = start + step
            var blocks: [String: HostBlock] = [:]
            for host in ["o1", "n1"] {
                var block = HostBlock(
                    host: host, index: index, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
                block.journal.samples = 30
                block.journal.logins = names.map {
                    LoginFact(
                        kind: .accepted, timeSeconds: UInt64(index * 300 + 10), user: $0, source: "10.0.0.5", key: "",
                        session: "")
                }
                blocks[host] = block
            }
            _ = fold.add(blocks, index: index, rollout.context(ApprovedRecords()))
        }
        return fold.situation.unapprovedLogins.map { "\($0.host) \($0.block - start) \($0.fact)" }
    }

    @Test func anUnapprovedLoginIsNotedWhereItBegins() throws {
        #expect(
            try Self.logins([[], ["eve"], [], ["eve"], ["eve"], ["bob"]]) == [
                "n1 1 unapproved: eve logged in from 10.0.0.5", "n1 3 unapproved: eve logged in from 10.0.0.5",
                "n1 5 unapproved: bob logged in from 10.0.0.5",
            ])
    }

    @Test func aRuleThatIsOnlyShownRaisesNoAlarm() throws {
        #expect(try Self.logins([["eve"]], weight: "observe").isEmpty)
    }

    @Test func theNewestAreKept() throws {
        let users = (0..<250).map { [["eve"], []][$0 % 2] }
        #expect(try Self.logins(users).count == UnapprovedLogin.most)
        #expect(try Self.logins(users).last?.hasPrefix("n1 248 ") == true)
    }
}
