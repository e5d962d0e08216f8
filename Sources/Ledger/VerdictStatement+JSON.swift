// The verdict's members, written and read. What is read must say one thing: lists and result that contradict the checks
// are refused.

extension VerdictStatement {
    var predicate: CanonicalJSON {
        .object([
            "configuration": .array(configuration.map(\.json)),
            "failedTests": .array(failedTests.map { .string($0) }),
            "passedTests": .array(passedTests.map { .string($0) }),
            "perch_canary": canary,
            "result": .string(verdict.result),
            "url": .string(url),
            "warnedTests": .array([]),
        ])
    }

    private var canary: CanonicalJSON {
        var members: [String: CanonicalJSON] = [
            "checks": .array(checks.map(\.json)),
            "evaluatedAt": .string(evaluatedAt.description),
            "evidence": evidence.json,
            "judge": judge.json,
            "look": look.json,
            "rollout": .string(rollout),
            "stage": .string(stage.rawValue),
            "v": .string(Self.version),
            "verdict": .string(verdict.rawValue),
            "verdictId": .string(verdictID.description),
            "window": window.json,
        ]
        if !overrides.isEmpty { members["overrides"] = .array(overrides.map(\.json)) }
        if !invalidations.isEmpty { members["invalidations"] = .array(invalidations.map(\.json)) }
        members["supersedes"] = supersedes.map { .string($0.description) }
        return .object(members)
    }

    /// Reads a verified payload.
    /// - Throws: `canonical` or `statement`.
    public init(reading bytes: [UInt8]) throws(LedgerRefusal) { try self.init(Statement(reading: bytes)) }

    /// - Throws: `statement`.
    public init(_ statement: Statement) throws(LedgerRefusal) {
        guard statement.predicateType.utf8.elementsEqual(Self.predicateType.utf8) else {
            throw LedgerRefusal(
                .statement, "predicateType \(LedgerRefusal.quoted(statement.predicateType)) is not a verdict's")
        }
        let version = statement.predicate["perch_canary"]?["v"]?.text
        guard version == Self.version else {
            throw LedgerRefusal(.statement, "predicate.perch_canary.v is not \(Self.version), the version known here")
        }
        let members = try Members(
            statement.predicate, "predicate", area: .statement,
            required: [
                "configuration", "failedTests", "passedTests", "perch_canary", "result", "url", "warnedTests",
            ])
        let canary = try members.nested(
            "perch_canary",
            required: [
                "checks", "evaluatedAt", "evidence", "judge", "look", "rollout", "stage", "v", "verdict", "verdictId",
                "window",
            ], optional: ["invalidations", "overrides", "supersedes"])
        self.init(
            subjects: statement.subjects,
            configuration: try ResourceDescriptor.list(
                "configuration", in: members, 1...LedgerLimits.configurations),
            url: try members.text("url", limit: LedgerLimits.textBytes),
            verdict: try canary.choice("verdict"), verdictID: try canary.uuid("verdictId"),
            rollout: try canary.text("rollout"), stage: try canary.choice("stage"),
            look: try Look(
                reading: canary.nested("look", required: ["number"], optional: ["basis", "judging", "planned"])),
            window: try canary.window("window"), evaluatedAt: try canary.time("evaluatedAt"),
            judge: try JudgeName(reading: canary.nested("judge", required: ["name", "version"])),
            evidence: try ResourceDescriptor(
                reading: canary.nested("evidence", required: ResourceDescriptor.required)),
            checks: try Self.checks(canary))
        overrides = try Self.references("overrides", canary)
        invalidations = try Self.references("invalidations", canary)
        supersedes = canary.has("supersedes") ? try canary.uuid("supersedes") : nil
        try checkMeaning(members)
    }

    private static func checks(_ members: Members) throws(LedgerRefusal) -> [VerdictCheck] {
        var checks: [VerdictCheck] = []
        for item in try members.list("checks", 1...LedgerLimits.checks, required: VerdictCheck.required, open: true) {
            checks.append(try VerdictCheck(reading: item))
        }
        return checks
    }

    /// Absent if empty: one spelling.
    private static func references(_ name: String, _ members: Members) throws(LedgerRefusal) -> [Reference] {
        guard members.has(name) else { return [] }
        var references: [Reference] = []
        for item in try members.list(name, 1...LedgerLimits.references, required: ["digest", "id"]) {
            references.append(
                Reference(
                    id: try item.uuid("id"),
                    entrySha256: try item.nested("digest", required: ["sha256"]).digest("sha256")))
        }
        return references
    }

    /// What in-toto's readers see, and the verdict, must be what the checks say. A FAIL may outlive its checks: it
    /// latches.
    private func checkMeaning(_ members: Members) throws(LedgerRefusal) {
        guard try members.text("result") == verdict.result else {
            throw members.refusal("result", "is not \(verdict.result), as the verdict \(verdict.rawValue) asks for")
        }
        for (name, expected) in [("passedTests", passedTests), ("failedTests", failedTests), ("warnedTests", [])] {
            let listed = try members.texts(name, 0...LedgerLimits.checks)
            guard listed.count == expected.count, zip(listed, expected).allSatisfy({ $0.utf8.elementsEqual($1.utf8) })
            else {
                throw members.refusal(name, "does not list the checks with that outcome, in order")
            }
        }
        let outcomes = Set(checks.map(\.outcome))
        let fits =
            switch verdict {
            case .pass: outcomes.isDisjoint(with: [.fail, .inconclusive])
            case .inconclusive: !outcomes.contains(.fail) && outcomes.contains(.inconclusive)
            case .fail: true
            }
        guard fits else {
            throw LedgerRefusal(.statement, "the verdict \(verdict.rawValue) contradicts the checks' outcomes")
        }
        guard Set(checks.map(\.id)).count == checks.count else {
            throw LedgerRefusal(.statement, "two checks have one id")
        }
        guard evaluatedAt >= window.to else {
            throw LedgerRefusal(.statement, "it was judged before its window of evidence ended")
        }
    }
}

extension VerdictStatement.Look {
    fileprivate var json: CanonicalJSON {
        var members: [String: CanonicalJSON] = ["number": .integer(number)]
        members["basis"] = basis.map { .string($0.rawValue) }
        members["judging"] = judging.map { .integer($0) }
        members["planned"] = planned.map { .integer($0) }
        return .object(members)
    }

    fileprivate init(reading members: Members) throws(LedgerRefusal) {
        number = try members.integer("number")
        basis = members.has("basis") ? try members.choice("basis") : nil
        judging = members.has("judging") ? try members.integer("judging") : nil
        planned = members.has("planned") ? try members.integer("planned") : nil
    }
}

extension VerdictStatement.Reference {
    fileprivate var json: CanonicalJSON {
        .object([
            "digest": .object(["sha256": .string(entrySha256.description)]), "id": .string(id.description),
        ])
    }
}
