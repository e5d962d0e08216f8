import HTTPTypes
import Hummingbird
import NIOCore
import Policy
import Shared

// /v1/rollouts: create, read, advance, roll back, and the verdicts of one.
extension API {
    func addRollouts(to router: Router<PerchRequestContext>) {
        router.post("/v1/rollouts", use: createRollout)
        router.get("/v1/rollouts", use: listRollouts)
        router.get("/v1/rollouts/:id", use: showRollout)
        router.get("/v1/rollouts/:id/verdict", use: showVerdict)
        router.get("/v1/rollouts/:id/export", use: exportRollout)
        router.post("/v1/rollouts/:id/advance", use: advanceRollout)
        router.post("/v1/rollouts/:id/rollback", use: rollBackRollout)
    }

    // MARK: Reading

    /// Newest first; `cursor` is the id after which the next page begins.
    private func listRollouts(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        let query = try Query(request, allowed: ["cursor", "limit"])
        guard let limit = Int(query["limit"] ?? "\(Limits.pageSize)"), (1...Limits.pageSize).contains(limit) else {
            throw Problem(.malformed, "limit takes a number from 1 to \(Limits.pageSize)")
        }
        try access.require(.readRollout, caller: context.caller)
        var views = await judging.views().filter { view in
            (try? access.require(.readRollout, caller: context.caller, rollout: (view.id, view.createdBy))) != nil
        }
        if let cursor = query["cursor"], !cursor.isEmpty {
            guard let position = views.firstIndex(where: { $0.id == cursor }) else {
                throw Problem(.malformed, "cursor takes what the page before gave")
            }
            views.removeFirst(position + 1)
        }
        let page = Array(views.prefix(limit))
        let cursor = views.count > limit ? page.last?.id ?? "" : ""
        return try Answer.json(RolloutPage(rollouts: page, cursor: cursor)).tagged(for: request)
    }

    private func showRollout(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let view = try await rollout(.readRollout, context).view
        return try Answer.json(view).tagged("\(view.version)", for: request)
    }

    private func showVerdict(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        let query = try Query(request, allowed: ["at"])
        let entry = try await rollout(.readRollout, context)
        guard let text = query["at"] else {
            guard let view = entry.verdict?.view else { throw Problem(.notFound, "nothing has been judged yet") }
            return try Answer.json(view).tagged(for: request)
        }
        guard let time = Timestamp.microseconds(text) else {
            throw Problem(.malformed, "at takes a time such as 2026-11-20T12:05:00Z")
        }
        do {
            let row = try await store.at(rollout: entry.rollout.spec.id, microseconds: time + 999_999)
            guard let row else { throw Problem(.notFound, "nothing had been judged at that time") }
            return try Answer.json(row.view()).tagged(for: request)
        } catch let error as StoreError {
            throw Problem(stored: error)
        }
    }

    private func exportRollout(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let text = try await judging.export(try await rollout(.readRollout, context))
        return Answer(
            headers: [.contentType: "text/csv; charset=utf-8", .cacheControl: "no-cache"], body: Array(text.utf8)
        ).tagged(for: request)
    }

    // MARK: Changing

    private func createRollout(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let types = [Answer.jsonType, "application/yaml"]
        let body = try await request.bytes(limitBytes: Limits.jsonBytes, mediaTypes: types)
        let spec = try Self.spec(Array(body.bytes.readableBytesView), isYAML: body.mediaType != Answer.jsonType)
        try access.require(
            .createRollout, caller: context.caller, rollout: (spec.id, context.caller.description))
        let created = try await judging.create(spec, by: context.caller.description)
        var answer = try Answer.json(created.view, created.isNew ? .created : .ok).tagged(
            "\(created.view.version)", for: request)
        answer.headers[.location] = "/v1/rollouts/\(spec.id)"
        return answer
    }

    /// JSON is YAML, so that one strict reader serves both.
    private static func spec(_ bytes: [UInt8], isYAML: Bool) throws(Problem) -> RolloutSpec {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.malformed, "the body is not UTF-8")
        }
        do {
            return try RolloutFile.read(text, file: isYAML ? "roll-out" : "body")
        } catch {
            throw Problem(
                .rolloutInvalid, "the roll-out has \(error.all.count) mistakes, the first: \(error.all[0])",
                reasons: error.all.map(\.description))
        }
    }

    private func advanceRollout(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let entry = try await rollout(.changeRollout, context)
        let (body, bytes) = try await request.json(AdvanceRequest.self, limitBytes: Limits.gateBodyBytes)
        guard Stage.gates.contains(body.to) else {
            throw Problem(
                .malformed,
                "to: there is no gate to \(body.to.rawValue); use one of "
                    + Stage.gates.map(\.rawValue).joined(separator: ", "))
        }
        let expected = try request.expectedVersion()
        return try await idempotent(request, context, body: bytes) {
            let view = try await judging.advance(
                entry.rollout.spec.id, to: body.to, reason: body.reason ?? "", by: context.caller.description,
                expecting: expected)
            return try Answer.json(view).tagged("\(view.version)", for: request)
        }
    }

    private func rollBackRollout(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let entry = try await rollout(.changeRollout, context)
        let (body, bytes) = try await request.json(RollbackRequest.self, limitBytes: Limits.gateBodyBytes)
        guard !body.reason.isEmpty else { throw Problem(.malformed, "reason: say why it is rolled back") }
        let expected = try request.expectedVersion()
        return try await idempotent(request, context, body: bytes) {
            let view = try await judging.rollBack(
                entry.rollout.spec.id, reason: body.reason, by: context.caller.description, expecting: expected)
            return try Answer.json(view).tagged("\(view.version)", for: request)
        }
    }

    /// The roll-out of the path, if the caller may do this with it.
    /// - Throws: `not-found` for a roll-out that is not there or not the caller's, `not-granted` for an action that the
    ///   caller's role does not have.
    func rollout(_ action: Action, _ context: PerchRequestContext) async throws(Problem) -> RolloutEntry {
        let id = try context.name("id")
        let found = await judging.entry(id)
        try access.require(action, caller: context.caller, rollout: (id, found?.rollout.createdBy ?? ""))
        guard let found else { throw Problem(.notFound, "there is no roll-out \(id), or it is not yours") }
        return found
    }
}
