import Shared
import Testing

@testable import Collector

@Suite struct AccessTableTests {
    static let text = """
        [[grant]]
        id = "spiffe://perch.example/perch/tool/deploy"
        role = "deployer"
        [[grant]]
        id = "spiffe://perch.example/perch/tool/scoped"
        role = "deployer"
        rollouts = ["2026-*", "exact"]
        [[grant]]
        id = "spiffe://perch.example/perch/tool/audit"
        role = "auditor"
        [[grant]]
        id = "spiffe://perch.example/perch/person/ops"
        role = "operator"
        [[grant]]
        id = "spiffe://perch.example/perch/person/boss"
        role = "approver"
        [[grant]]
        id = "spiffe://perch.example/perch/tool/part"
        role = "auditor"
        rollouts = ["2026-*"]
        """

    private static func table(_ text: String = text) throws -> AccessTable {
        try AccessTable(text: text, file: "permissions.toml", domain: "perch.example")
    }

    private static func id(_ kind: SpiffeID.Kind, _ name: String) throws -> SpiffeID {
        try SpiffeID(domain: "perch.example", kind: kind, name: name)
    }

    private static func code(
        _ action: Action, _ caller: SpiffeID, _ rollout: (id: String, creator: String)? = nil
    ) throws -> ProblemCode? {
        let table = try table()
        do throws(Problem) {
            try table.require(action, caller: caller, rollout: rollout)
            return nil
        } catch {
            return error.code
        }
    }

    /// IDENTITY.md 2, written down a second time: D deployer, A auditor, O operator, P approver.
    @Test(arguments: [
        (Action.readRollout, "DAOP"), (.createRollout, "DO"), (.changeRollout, "DO"), (.overrideVerdict, "P"),
        (.readEvidence, "AOP"), (.readHosts, "AOP"), (.registerHost, "O"), (.retireHost, "O"), (.banHost, "P"),
        (.manageTokens, "O"), (.readPolicies, "AOP"), (.proposePolicy, "O"), (.approvePolicy, "P"),
        (.importOrigins, "O"), (.requestAccess, "OP"), (.approveAccess, "P"),
        (.readAccess, "AOP"),
    ])
    func eachRoleMayDoWhatTheTableSays(_ action: Action, _ letters: String) throws {
        let callers: [(Character, SpiffeID)] = [
            ("D", try Self.id(.tool, "deploy")), ("A", try Self.id(.tool, "audit")),
            ("O", try Self.id(.person, "ops")), ("P", try Self.id(.person, "boss")),
        ]
        for (letter, caller) in callers {
            let expected: ProblemCode? = letters.contains(letter) ? nil : .notGranted
            #expect(try Self.code(action, caller) == expected, "\(action) by \(caller)")
        }
        for stranger in [try Self.id(.agent, "db-1"), try Self.id(.person, "nobody"), try Self.id(.person, "deploy")] {
            #expect(try Self.code(action, stranger) == .notGranted, "\(action) by \(stranger)")
        }
    }

    @Test func everyActionStandsInTheTable() {
        for action in Action.allCases { #expect(!Role.holders(of: action).isEmpty) }
    }

    @Test func aDeployerReachesItsOwnRolloutsAndThoseItIsGranted() throws {
        let deploy = try Self.id(.tool, "deploy")
        let scoped = try Self.id(.tool, "scoped")
        #expect(try Self.code(.changeRollout, deploy, ("r", deploy.description)) == nil)
        #expect(try Self.code(.changeRollout, deploy, ("r", scoped.description)) == .notFound)
        #expect(try Self.code(.readRollout, deploy, ("r", "")) == .notFound)
        #expect(try Self.code(.createRollout, deploy, ("anything", deploy.description)) == nil)
        #expect(try Self.code(.changeRollout, scoped, ("2026-11", deploy.description)) == nil)
        #expect(try Self.code(.changeRollout, scoped, ("exact", deploy.description)) == nil)
        #expect(try Self.code(.changeRollout, scoped, ("exactly", deploy.description)) == .notFound)
        #expect(try Self.code(.createRollout, scoped, ("2027-1", scoped.description)) == .notGranted)
        #expect(try Self.code(.createRollout, scoped, ("2026-1", scoped.description)) == nil)
    }

    @Test func theOtherRolesReachEverythingUnlessTheirGrantIsNarrower() throws {
        let audit = try Self.id(.tool, "audit")
        let part = try Self.id(.tool, "part")
        #expect(try Self.code(.readRollout, audit, ("r", "someone")) == nil)
        #expect(try Self.code(.readRollout, part, ("2026-1", "someone")) == nil)
        #expect(try Self.code(.readRollout, part, ("r", "someone")) == .notFound)
    }

    // MARK: The file

    @Test(arguments: [
        ("role = \"operator\"", "role = \"auditor\"", "operator"),
        ("role = \"approver\"", "role = \"king\"", "king"),
        ("perch.example/perch/tool/audit", "other.example/perch/tool/audit", "other.example"),
        ("perch/tool/audit", "perch/agent/audit", "host registry"),
        ("\"exact\"", "\"a*b\"", "a*b"),
        ("role = \"approver\"", "rol = \"approver\"", "rol"),
        ("tool/part", "tool/audit", "twice"),
        ("[[grant]]\nid = \"spiffe://perch.example/perch/tool/deploy\"", "[[grants]]\nid = \"x\"", "grant"),
    ])
    func aFileWithAMistakeIsRefusedWithItsLine(_ old: String, _ new: String, _ word: String) throws {
        let text = Self.text.replacing(old, with: new)
        #expect(text != Self.text)
        let mistakes = #expect(throws: FileMistakes.self) { try Self.table(text) }
        #expect(mistakes?.description.contains(word) == true, "\(mistakes?.description ?? "")")
        #expect(mistakes?.description.hasPrefix("permissions.toml:") == true)
    }

    @Test func anOperatorOfSomeRolloutsAloneIsNotEnough() throws {
        let text = Self.text.replacing("role = \"operator\"", with: "role = \"operator\"\nrollouts = [\"x\"]")
        #expect(throws: FileMistakes.self) { try Self.table(text) }
    }
}
