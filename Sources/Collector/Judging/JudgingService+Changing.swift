import Ledger
import Shared

// What tools and people change on a roll-out. Each change is stored together with the signed statement about it.
extension JudgingService {
    /// - Parameter expected: the version that the caller saw; `nil` skips the comparison.
    func advance(
        _ id: String, to stage: Stage, reason: String, by caller: String, expecting expected: Int?
    ) async throws(Problem) -> RolloutView {
        let now = clock.nowMicroseconds()
        return try await change(id, expecting: expected) { (entry: inout RolloutEntry) throws(Problem) in
            let gate = entry.gate.answer(stage, nowMicroseconds: now)
            let verdict = entry.verdict?.view.id ?? ""
            guard
                try entry.rollout.advance(to: stage, gate: gate, by: caller, reason: reason, atMicroseconds: now)
            else { return nil }
            return decision(
                "advanced", on: entry.rollout, by: caller, at: now, reason: reason,
                details: ["verdictId": verdict, "override": gate.override?.id ?? ""])
        }
    }

    func rollBack(
        _ id: String, reason: String, by caller: String, expecting expected: Int?
    ) async throws(Problem) -> RolloutView {
        let now = clock.nowMicroseconds()
        return try await change(id, expecting: expected) { (entry: inout RolloutEntry) throws(Problem) in
            guard try entry.rollout.rollBack(by: caller, reason: reason, atMicroseconds: now) else { return nil }
            return decision("rolledBack", on: entry.rollout, by: caller, at: now, reason: reason)
        }
    }

    func note(
        _ moves: [RolloutSpec.Move], of id: String, by caller: String, expecting expected: Int?
    ) async throws(Problem) -> RolloutView {
        let now = clock.nowMicroseconds()
        return try await change(id, expecting: expected) { (entry: inout RolloutEntry) throws(Problem) in
            let isNew = try entry.rollout.note(
                moves.map {
                    Rollout.Move(name: $0.name, from: $0.from, to: $0.to, atMicroseconds: now, by: caller)
                })
            guard isNew else { return nil }
            return decision(
                "moved", on: entry.rollout, by: caller, at: now,
                lists: ["moves": moves.prefix(Self.listedMoves).map { "\($0.name): \($0.from) to \($0.to)" }])
        }
    }

    /// Of one call; the digest of the roll-out covers all of them.
    private static let listedMoves = 1000

    /// Other artefacts are rolled out: judging begins anew.
    func replaceArtifacts(
        _ artifacts: [RolloutSpec.Artifact], files: [RolloutSpec.File]?, of id: String, by caller: String,
        expecting expected: Int?
    ) async throws(Problem) -> RolloutView {
        let now = clock.nowMicroseconds()
        return try await change(id, expecting: expected) { (entry: inout RolloutEntry) throws(Problem) in
            guard try entry.rollout.replaceArtifacts(artifacts, files: files, by: caller, atMicroseconds: now) else {
                return nil
            }
            return decision(
                "artifactsReplaced", on: entry.rollout, by: caller, at: now,
                lists: ["artifacts": artifacts.map { "\($0.name) sha256:\($0.sha256)" }])
        }
    }

    /// - Throws: `conflict` unless it names the last verdict and checks in it that fail or are missing.
    func override(
        _ request: OverrideRequest, untilMicroseconds until: UInt64, of id: String, by caller: String,
        expecting expected: Int?
    ) async throws(Problem) -> RolloutView {
        let now = clock.nowMicroseconds()
        guard let view = entries[id]?.verdict?.view, view.id == request.verdictID else {
            throw Problem(
                .conflict, "the last verdict is \(entries[id]?.verdict?.view.id ?? "not there yet"), not this one")
        }
        let statements = try await statements(overriding: view, request, until, by: caller, now)
        return try await change(id, expecting: expected, logging: statements) {
            (entry: inout RolloutEntry) throws(Problem) in
            guard entry.verdict?.view.id == view.id else {
                throw Problem(.conflict, "another verdict came in the meantime: \(entry.verdict?.view.id ?? "")")
            }
            let open = view.checks.filter { $0.outcome == "FAIL" || $0.outcome == "INCONCLUSIVE" }.map(\.id)
            let known = Set(open + [view.failedCheck].compactMap { $0 })
            let unknown = request.checks.filter { !known.contains($0) }
            guard unknown.isEmpty, !request.checks.isEmpty else {
                throw Problem(
                    .conflict, "an override names checks that fail or are missing in the verdict",
                    reasons: unknown.map { "\($0) neither fails nor is missing" })
            }
            try entry.rollout.accept(
                Override(
                    id: statements.id, verdictID: view.id, judging: view.judging, checks: request.checks,
                    reason: request.reason, untilMicroseconds: until, by: caller, atMicroseconds: now,
                    entry: statements.entry))
            return nil
        }
    }

    private func statements(
        overriding view: VerdictView, _ request: OverrideRequest, _ until: UInt64, by caller: String, _ now: UInt64
    ) async throws(Problem) -> Signed {
        let digest: Digest
        do { digest = try await self.digest(ofVerdict: view) } catch { throw Problem(stored: error) }
        return try signed(
            Decision(
                kind: .override, id: UUIDv7.make(nowMicroseconds: now), action: "overridden", rollout: view.rollout,
                by: caller, atMicroseconds: now, subject: "verdict:\(view.id)", subjectDigest: digest,
                summary: Gate.oneLine("\(view.rollout) \(request.checks.joined(separator: ", ")): \(request.reason)"),
                details: [
                    "verdictId": view.id, "reason": request.reason, "until": Timestamp.text(microseconds: until),
                ],
                lists: ["checks": request.checks]))
    }

    /// Blocks of a time count as absent: judging runs again from its start.
    func invalidate(
        _ invalidation: Rollout.Invalidation, of id: String, expecting expected: Int?
    ) async throws(Problem) -> RolloutView {
        let spec = StoredJSON.encoded(entries[id]?.rollout.spec)
        let span = (invalidation.fromMicroseconds, invalidation.toMicroseconds)
        let signed = try signed(
            Decision(
                kind: .invalidation, id: invalidation.id, action: "invalidated", rollout: id, by: invalidation.by,
                atMicroseconds: invalidation.atMicroseconds, subject: "rollout:\(id)", subjectDigest: Digest(of: spec),
                summary: Gate.oneLine("\(id): \(invalidation.reason)"),
                details: [
                    "from": Timestamp.text(microseconds: span.0), "to": Timestamp.text(microseconds: span.1),
                    "host": invalidation.host, "reason": invalidation.reason,
                ]))
        return try await change(id, expecting: expected, logging: signed) {
            (entry: inout RolloutEntry) throws(Problem) in
            var invalidation = invalidation
            invalidation.entry = signed.entry
            try entry.rollout.invalidate(invalidation)
            return nil
        }
    }

    /// A host was banned: what it reported since then counts as absent in every roll-out that is judged.
    /// - Throws: `storage-unavailable`; what was done before stays, and repeating it is harmless.
    func distrust(_ host: String, since: UInt64, reason: String, by caller: String) async throws(Problem) {
        for id in entries.keys.sorted() {
            guard let rollout = entries[id]?.rollout, rollout.isJudged,
                (rollout.spec.old + rollout.spec.new).contains(host),
                !rollout.invalidations.contains(where: { $0.host == host && $0.fromMicroseconds <= since })
            else { continue }
            let now = clock.nowMicroseconds()
            let invalidation = Rollout.Invalidation(
                id: UUIDv7.make(nowMicroseconds: now), host: host, fromMicroseconds: since, toMicroseconds: now,
                atMicroseconds: now, by: caller, reason: "the host \(host) was banned: \(reason)")
            _ = try await invalidate(invalidation, of: id, expecting: nil)
        }
    }

    /// A decision that the roll-out names by its entry in the log.
    private struct Signed {
        var id: String
        /// `nil` where nothing is signed.
        var entry: String?
        var rows: [StatementRow]
    }

    private func signed(_ decision: Decision) throws(Problem) -> Signed {
        let rows = try scribe.statements(decision)
        return Signed(id: decision.id, entry: rows.first?.entryDigest?.description, rows: rows)
    }

    /// Stores first, then shows: a change that the store refused has not happened.
    /// - Parameters:
    ///   - signed: what was put into words before; else `mutate` says what is to be.
    ///   - mutate: returns what was decided. An unchanged version means that nothing was.
    private func change(
        _ id: String, expecting expected: Int?, logging signed: Signed? = nil,
        _ mutate: (inout RolloutEntry) throws(Problem) -> Decision?
    ) async throws(Problem) -> RolloutView {
        guard var entry = entries[id] else {
            throw Problem(.notFound, "there is no roll-out \(id), or it is not yours")
        }
        let before = entry.rollout.version
        if let expected, expected != before {
            throw Problem(.versionMismatch, "the roll-out \(id) is at version \(before), not \(expected)")
        }
        let decision = try mutate(&entry)
        guard entry.rollout.version != before else { return entry.view }
        let statements: [StatementRow]
        if let signed { statements = signed.rows } else { statements = try scribe.statements(decision) }
        do {
            guard try await store.update(RolloutRow(entry.rollout), expecting: before, logging: statements) else {
                throw Problem(.versionMismatch, "the roll-out \(id) changed in the meantime")
            }
        } catch {
            throw Problem(stored: error)
        }
        let isAnother = entries[id]?.rollout.judging != entry.rollout.judging
        entries[id]?.rollout = entry.rollout
        logger.notice("\(id): \(entry.rollout.stage.rawValue), version \(entry.rollout.version)")
        if isAnother { await foldAnew(id) }
        hub.changed(id)
        return entries[id]?.view ?? entry.view
    }
}
