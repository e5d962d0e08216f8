import HTTPTypes
import Hummingbird
import Shared

// What begins, spoils or repeats a roll-out's evaluation: moves, other artefacts, invalidations, rejudging.
extension API {
    func addEvaluations(to router: Router<PerchRequestContext>) {
        router.post("/v1/rollouts/:id/moves", use: noteMoves)
        router.post("/v1/rollouts/:id/artifacts", use: replaceArtifacts)
        router.post("/v1/rollouts/:id/invalidate", use: invalidate)
        router.post("/v1/rollouts/:id/override", use: override)
        router.post("/v1/rollouts/:id/rejudge", use: rejudge)
        router.get("/v1/rollouts/:id/rejudged", use: listRejudged)
    }

    private func noteMoves(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let entry = try await rollout(.changeRollout, context)
        let (body, bytes) = try await request.json(MovesRequest.self, limitBytes: Limits.jsonBytes)
        guard (1...Limits.rolloutPairs).contains(body.moves.count) else {
            throw Problem(.malformed, "moves: list 1 to \(Limits.rolloutPairs)")
        }
        let expected = try request.expectedVersion()
        return try await idempotent(request, context, body: bytes) {
            let view = try await judging.note(
                body.moves, of: entry.rollout.spec.id, by: context.caller.description, expecting: expected)
            return try Answer.json(view).tagged("\(view.version)", for: request)
        }
    }

    private func replaceArtifacts(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let entry = try await rollout(.changeRollout, context)
        let (body, bytes) = try await request.json(ArtifactsRequest.self, limitBytes: Limits.jsonBytes)
        guard (1...50).contains(body.artifacts.count), body.hasDigests else {
            throw Problem(.malformed, "artifacts: list 1 to 50, each with its sha256 in lowercase hexadecimal digits")
        }
        let expected = try request.expectedVersion()
        return try await idempotent(request, context, body: bytes) {
            let view = try await judging.replaceArtifacts(
                body.artifacts, files: body.files, of: entry.rollout.spec.id, by: context.caller.description,
                expecting: expected)
            return try Answer.json(view).tagged("\(view.version)", for: request)
        }
    }

    private func invalidate(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let entry = try await rollout(.overrideVerdict, context)
        let (body, bytes) = try await request.json(InvalidateRequest.self, limitBytes: Limits.gateBodyBytes)
        guard let from = Timestamp.microseconds(body.from), let to = Timestamp.microseconds(body.to) else {
            throw Problem(.malformed, "from and to take times such as 2026-11-20T12:05:00Z")
        }
        guard (20...2000).contains(body.reason.count) else {
            throw Problem(.malformed, "reason: say in 20 to 2000 characters what spoilt this time")
        }
        let now = clock.nowMicroseconds()
        let invalidation = Rollout.Invalidation(
            id: UUIDv7.make(nowMicroseconds: now), host: body.host ?? "", fromMicroseconds: from, toMicroseconds: to,
            atMicroseconds: now, by: context.caller.description, reason: body.reason)
        let expected = try request.expectedVersion()
        return try await idempotent(request, context, body: bytes) {
            let view = try await judging.invalidate(
                invalidation, of: entry.rollout.spec.id, expecting: expected)
            return try Answer.json(view).tagged("\(view.version)", for: request)
        }
    }

    private func override(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let entry = try await rollout(.overrideVerdict, context)
        let (body, bytes) = try await request.json(OverrideRequest.self, limitBytes: Limits.gateBodyBytes)
        guard let until = Timestamp.microseconds(body.until) else {
            throw Problem(.malformed, "until takes a time such as 2026-11-20T12:05:00Z")
        }
        guard (20...2000).contains(body.reason.count) else {
            throw Problem(.malformed, "reason: say in 20 to 2000 characters why this is acceptable")
        }
        let expected = try request.expectedVersion()
        return try await idempotent(request, context, body: bytes) {
            let view = try await judging.override(
                body, untilMicroseconds: until, of: entry.rollout.spec.id, by: context.caller.description,
                expecting: expected)
            return try Answer.json(view, .created).tagged("\(view.version)", for: request)
        }
    }

    private func rejudge(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        let query = try Query(request, allowed: ["policy"])
        guard let policy = query["policy"], !policy.isEmpty else {
            throw Problem(.malformed, "policy: name the policy to judge under, as ?policy=NAME")
        }
        let entry = try await rollout(.changeRollout, context)
        return try Answer.json(try await judging.rejudge(entry.rollout.spec.id, policy: policy))
    }

    private func listRejudged(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let entry = try await rollout(.readRollout, context)
        do {
            let rows = try await store.rejudged(
                rollout: entry.rollout.spec.id, limit: JudgingService.mostRejudged)
            return try Answer.json(RejudgedList(verdicts: rows.map { try $0.view() })).tagged(for: request)
        } catch let error as StoreError {
            throw Problem(stored: error)
        }
    }
}
