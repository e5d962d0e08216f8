import Testing

@testable import Ledger

@Suite struct VerdictStatementTests {
    private func check(_ id: String, _ outcome: VerdictCheck.Outcome) -> VerdictCheck {
        VerdictCheck(
            id: id, outcome: outcome, reason: "withinBound", observed: -3, bound: nil, unit: "ppm", samples: nil)
    }

    private func verdict(
        _ verdict: VerdictStatement.Verdict, _ outcomes: [VerdictCheck.Outcome]
    ) throws -> VerdictStatement {
        var statement = try Example().verdict()
        statement.verdict = verdict
        statement.checks = outcomes.enumerated().map { check("c\($0.offset)", $0.element) }
        return statement
    }

    @Test func everyMemberIsReadAsItWasWritten() throws {
        var statement = try verdict(.fail, [.inconclusive, .pass, .fail, .warn, .observed])
        let id = statement.verdictID
        statement.stage = .rolledBack
        statement.look = VerdictStatement.Look(number: 41, basis: .moved, judging: 2)
        statement.overrides = [VerdictStatement.Reference(id: id, entrySha256: Digest(of: [1]))]
        statement.invalidations = [VerdictStatement.Reference(id: id, entrySha256: Digest(of: [2]))]
        statement.supersedes = id
        statement.checks.append(
            VerdictCheck(
                id: "host.cpu.interval:db-1", outcome: .pass, reason: "mostlyIdle", observed: .max, bound: .min,
                unit: "1", samples: VerdictCheck.Samples(old: 0, new: .max),
                explanation: ["sentence": "é \"quoted\"", "n_eff": "46000", "R": "1"]))
        let bytes = try statement.encoded()
        #expect(try VerdictStatement(reading: bytes) == statement)
        let text = String(decoding: bytes, as: UTF8.self)
        // In policy order, whatever the outcome; WARN and OBSERVED stand in no list.
        #expect(text.contains("\"failedTests\":[\"c0\",\"c2\"],\"passedTests\":[\"c1\",\"host.cpu.interval:db-1\"]"))
        #expect(text.contains("\"result\":\"FAILED\""))
    }

    @Test(
        arguments: [
            (VerdictStatement.Verdict.pass, [.pass, .warn], true), (.pass, [.observed], true), (.pass, [.fail], false),
            (.pass, [.pass, .inconclusive], false), (.inconclusive, [.inconclusive], true),
            (.inconclusive, [.inconclusive, .fail], false), (.inconclusive, [.pass], false), (.fail, [.fail], true),
            // A FAIL latches: its checks may have passed since.
            (.fail, [.pass], true), (.pass, [], false), (.fail, [], false),
        ] as [(VerdictStatement.Verdict, [VerdictCheck.Outcome], Bool)])
    func theVerdictMustBeWhatItsChecksSay(
        _ answer: VerdictStatement.Verdict, _ outcomes: [VerdictCheck.Outcome], _ fits: Bool
    ) throws {
        let statement = try verdict(answer, outcomes)
        #expect((refusal { _ = try statement.encoded() } == nil) == fits)
    }

    @Test func onlyPassReadsAsPassed() {
        #expect(VerdictStatement.Verdict.allCases.map(\.result) == ["PASSED", "FAILED", "FAILED"])
    }

    /// Each change keeps the JSON canonical, so that the meaning alone is wrong.
    @Test(arguments: [
        ("\"result\":\"PASSED\"", "\"result\":\"FAILED\""), ("\"result\":\"PASSED\"", "\"result\":\"WARNED\""),
        ("\"v\":\"1\"", "\"v\":\"2\""), ("\"v\":\"1\",", ""), ("test-result/v0.1", "test-result/v0.2"),
        ("\"verdict\":\"PASS\"", "\"verdict\":\"FAIL\""), ("\"verdict\":\"PASS\"", "\"verdict\":\"OK\""),
        ("\"failedTests\":[]", "\"failedTests\":[\"redis.errors\"]"), ("\"warnedTests\":[]", "\"warnedTests\":[\"x\"]"),
        ("\"redis.errors\",\"host.ports\"]", "\"host.ports\",\"redis.errors\"]"),
        ("\"stage\":\"mirroring\"", "\"stage\":\"Mirroring\""), ("\"stage\":\"mirroring\",", ""),
        ("\"look\":{\"number\":\"2\"", "\"look\":{\"number\":\"02\""), ("\"number\":\"2\",", ""),
        ("\"planned\":\"7\"", "\"planned\":\"-7\""), ("\"observed\":\"2\"", "\"observed\":\"9223372036854775808\""),
        ("\"observed\":\"2\"", "\"observed\":\"-0\""), ("\"reason\":\"withinBound\"", "\"reason\":\"within bound\""),
        ("\"outcome\":\"PASS\"", "\"outcome\":\"pass\""), ("\"id\":\"redis.errors\"", "\"id\":\"host.ports\""),
        ("\"evaluatedAt\":\"2026-11-20T12:05:00Z\"", "\"evaluatedAt\":\"2026-11-20T11:59:59Z\""),
        ("\"evaluatedAt\":\"2026-11-20T12:05:00Z\"", "\"evaluatedAt\":\"2026-11-20T12:05:00.0Z\""),
        ("\"to\":\"2026-11-20T12:00:00Z\"", "\"to\":\"2026-11-20T00:00:00Z\""),
        ("7e11\",\"window\"", "7E11\",\"window\""), ("\"judge\":{\"name\":\"example-judge\",", "\"judge\":{"),
        ("\"rollout\":\"2026-11-redis-tls\"", "\"rollout\":\"\""), ("\"url\":\"https", "\"url\":\"\",\"urm\":\"https"),
        ("\"configuration\":[{", "\"configuration\":[],\"d\":[{"), ("\"samples\":{\"new\":\"24\",", "\"samples\":{"),
        ("\"rollout\":", "\"overrides\":[],\"rollout\":"), ("\"verdict\":", "\"unknown\":\"\",\"verdict\":"),
        ("\"unit\":\"ppm\"", "\"unit\":\"ppm\",\"véto\":\"\""), ("\"unit\":\"ppm\"", "\"unit\":\"ppm\",\"x y\":\"1\""),
        ("\"unit\":\"ppm\"", "\"unit\":\"ppm\",\"x\":[]"), ("\"unit\":\"ppm\"", "\"unit\":true"),
        ("\"supersedes\"", "\"supersedes\""), ("\"stage\":", "\"stage\":[],\"stagf\":"),
    ])
    func anotherMeaningIsRefused(_ old: String, _ new: String) throws {
        let text = try Fixtures.text("verdict.statement.json")
        guard old != new else { return }
        #expect(text.contains(old))
        let error = refusal { _ = try VerdictStatement(reading: text.with(old, new).bytes) }
        #expect(error?.area == .statement || error?.area == .canonical, "\(new)")
    }

    @Test func aNewerVersionIsNamedBeforeItsMembers() throws {
        let text = try Fixtures.text("verdict.statement.json").with("\"v\":\"1\"", "\"v\":\"2\",\"vain\":\"\"")
        #expect(
            refusal { _ = try VerdictStatement(reading: text.bytes) }?.description
                == "statement: predicate.perch_canary.v is not 1, the version known here")
    }

    @Test func limitsAreKeptByWriters() throws {
        let most = try verdict(.pass, [VerdictCheck.Outcome](repeating: .pass, count: LedgerLimits.checks))
        _ = try most.encoded()
        var more = most
        more.checks.append(check("last", .pass))
        #expect(refusal { _ = try more.encoded() }?.area == .statement)
        more = try verdict(.pass, [.pass])
        more.url = String(repeating: "u", count: LedgerLimits.textBytes)
        _ = try more.encoded()
        more.url += "u"
        #expect(refusal { _ = try more.encoded() }?.area == .statement)
        more = try verdict(.pass, [.pass])
        more.configuration = []
        #expect(refusal { _ = try more.encoded() }?.area == .statement)
        more = try verdict(.pass, [.pass])
        let names = (0...LedgerLimits.explanations).map { ("e\($0)", "x") }
        more.checks = [
            VerdictCheck(
                id: "a", outcome: .pass, reason: "r", observed: nil, bound: nil, unit: "1", samples: nil,
                explanation: Dictionary(uniqueKeysWithValues: names))
        ]
        #expect(refusal { _ = try more.encoded() }?.area == .statement)
    }

    @Test func anExplanationCannotReplaceAMember() throws {
        var statement = try verdict(.pass, [.pass])
        statement.checks = [
            VerdictCheck(
                id: "a", outcome: .pass, reason: "r", observed: nil, bound: nil, unit: "1", samples: nil,
                explanation: ["observed": "7"])
        ]
        #expect(refusal { _ = try statement.encoded() }?.area == .statement)
    }
}
