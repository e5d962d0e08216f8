import Testing

@testable import Policy

@Suite struct PolicyFactsTests {
    private func policy(_ more: String) throws -> PolicyDocument {
        try PolicyFile.read("version: 1\nname: a\n" + more, file: "p.yaml")
    }

    @Test func everyMemberHasOneLine() throws {
        let facts = try policy("").facts
        #expect(Set(facts.map(\.path)).count == facts.count)
        #expect(facts.first { $0.path == "metrics.cpu.margin" }?.value == "15%")
        #expect(facts.first { $0.path == "metrics.slow.above_us" }?.value == "1056")
        #expect(facts.first { $0.path == "metrics.err.factor" }?.value == "1.5")
        #expect(facts.first { $0.path == "gates.open.age" }?.value == "2d")
    }

    @Test func equalPoliciesDoNotDiffer() throws {
        #expect(try PolicyDifference.between(policy(""), policy("")).isEmpty)
    }

    @Test func eachChangeIsNamed() throws {
        let changed = try policy(
            "metrics: {cpu: {margin: 12.5%}, log: {level: observe}}\nrules: {port_allowlist: {allow: [tcp/22]}}\n")
        let differences = try PolicyDifference.between(policy(""), changed)
        #expect(
            differences == [
                PolicyDifference(path: "metrics.cpu.margin", before: "15%", after: "12.5%"),
                PolicyDifference(path: "metrics.log.level", before: "fail", after: "observe"),
                PolicyDifference(path: "rules.port_allowlist.allow", before: "", after: "tcp/22"),
            ])
    }
}
