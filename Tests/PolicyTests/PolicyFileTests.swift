import Foundation
import Judge
import Shared
import Testing

@testable import Policy

@Suite struct PolicyFileTests {
    @Test func theShippedDefaultSaysWhatTheCodeDefaultsTo() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "packaging/policies/default.yaml")
        let written = try PolicyFile.read(String(contentsOf: file, encoding: .utf8), file: "default.yaml")
        var expected = try PolicyFile.read("version: 1\nname: default\n", file: "short.yaml")
        expected.description = written.description
        #expect(written == expected)
        #expect(expected.judge.metrics == MetricPolicy.defaults)
        #expect(expected.gates.ages[.retired] == Span(seconds: 864_000))
    }

    @Test func aDemonstrationCanLiveADayInMinutes() throws {
        let policy = try PolicyFile.read(
            """
            version: 1
            name: demo
            block_seconds: 1
            min_hours_pass: 8
            metrics:
              p50: {margin: 25%}
              net: {level: observe}
              slow: {above_us: 2113, factor: 2, floor_per_million: 5, level: warn}
            rules:
              port_allowlist: {level: observe, allow: [tcp/22, {port: tcp/7000-7010, required: true, uid: 12}]}
              aof_freshness: {expected: required}
            gates:
              open: {age: 90s, min_pairs: 6}
              migrating: {age: 2m}
            """, file: "demo.yaml")
        #expect(policy.judge.blockSeconds == 1)
        #expect(policy.judge.metrics.first { $0.metric == .p50 }?.marginRatio == 1.25)
        #expect(policy.judge.metrics.first { $0.metric == .net }?.weight == .observe)
        #expect(policy.judge.slowEdgeIndex == 11)
        #expect(policy.judge.metrics.first { $0.metric == .slow }?.floorPerOperation == 5e-6)
        #expect(policy.judge.weight(ofRule: "port_allowlist") == .observe)
        #expect(
            policy.rules.allowedPorts == [
                AllowedPort(transport: .tcp, ports: 22...22),
                AllowedPort(transport: .tcp, ports: 7000...7010, isRequired: true, uid: 12),
            ])
        #expect(policy.rules.aof == .required)
        #expect(policy.gates.ages[.open] == Span(seconds: 90))
        #expect(policy.judge.minPairs == 6)
    }

    /// One mistake each: text, line, and a word of the message.
    @Test(arguments: [
        ("version: 2\nname: a\n", 1, "version: 1"),
        ("name: a\n", 1, "version"),
        ("version: 1\n", 1, "name"),
        ("version: 1\nname: a/b\n", 1, "characters"),
        ("version: 1\nname: a\ncolour: red\n", 3, "colour"),
        ("version: 1\nname: a\nname: b\n", 3, "twice"),
        ("version: 1\nname: a\nmetrics:\n  cpu: {margin: 15}\n", 4, "percentage"),
        ("version: 1\nname: a\nmetrics:\n  cpu: {factor: 2}\n", 4, "factor"),
        ("version: 1\nname: a\nmetrics:\n  cpu:\n    level: maybe\n", 5, "`fail`"),
        ("version: 1\nname: a\nmetrics:\n  gpu: {}\n", 4, "gpu"),
        ("version: 1\nname: a\nmetrics: [1]\n", 3, "mapping"),
        ("version: 1\nname: a\nmetrics:\n  slow: {above_us: 1000}\n", 4, "1056"),
        ("version: 1\nname: a\nblock_seconds: 0\n", 3, "block_seconds"),
        ("version: 1\nname: a\nrules:\n  port_allowlist:\n    allow: [22]\n", 5, "tcp/22"),
        ("version: 1\nname: a\nrules:\n  no_such_rule: {level: fail}\n", 4, "port_allowlist"),
        ("version: 1\nname: a\ngates:\n  open: {age: 2 days}\n", 4, "2d"),
        ("version: 1\nname: a\ngates:\n  open: {age: 9d}\n", 4, "later gate"),
        ("version: 1\nname: a\nsilence: {wait_blocks: 9, longest_wait_blocks: 3}\n", 3, "wait_blocks"),
        ("version: 1\n\tname: a\n", 2, "YAML"),
        ("", 1, "empty"),
        ("- a\n", 1, "mapping"),
    ])
    func aMistakeNamesItsLineAndItsMend(_ text: String, line: Int, word: String) throws {
        let error = #expect(throws: Mistakes.self) { try PolicyFile.read(text, file: "p.yaml") }
        let mistakes = try #require(error).all
        #expect(mistakes.contains { $0.line == line && $0.description.contains(word) }, "\(mistakes)")
    }

    @Test func allMistakesAreToldAtOnce() throws {
        let error = #expect(throws: Mistakes.self) {
            try PolicyFile.read("version: 1\nname: a\nx: 1\nmetrics:\n  cpu: {margin: x}\ny: 2\n", file: "p.yaml")
        }
        #expect(error?.all.map(\.line) == [3, 5, 6])
    }
}

@Suite struct SpanTests {
    @Test(arguments: [("90s", 90), ("10m", 600), ("36h", 129_600), ("2d", 172_800), ("0s", 0)])
    func isReadAndPrinted(_ text: String, seconds: Int) {
        #expect(Span(text)?.seconds == seconds)
        #expect(Span(text).map { Span($0.description) } == Span(text))
    }

    @Test(arguments: ["", "s", "10", "-1s", "1.5h", "1w", "99999999999999999999d", "4000d", " 1s"])
    func otherSpellingsAreRefused(_ text: String) { #expect(Span(text) == nil) }
}
