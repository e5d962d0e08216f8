import HTTPTypes
import Hummingbird
import NIOCore
import Shared

// /v1/rollouts/{id}/gate/{stage}: the one answer that every deployment tool reads. A well-formed question is answered
// 200, open or closed; `?strict` and POST turn a closed gate into 412 with the reason as plain text, for tools that
// only look at the status. A mere "no" is never 5xx.
extension API {
    func addGate(to router: Router<PerchRequestContext>) {
        router.get("/v1/rollouts/:id/gate/:stage", use: askGate)
        router.post("/v1/rollouts/:id/gate/:stage", use: postToGate)
    }

    private func askGate(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        let id = try await rollout(.readRollout, context).rollout.spec.id
        return try await gateAnswer(request, context, rollout: id)
    }

    /// Webhooks send what they like in the body; it is read and not looked at.
    private func postToGate(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try await request.bytes(limitBytes: Limits.gateBodyBytes, mediaTypes: [])
        let id = try await rollout(.readRollout, context).rollout.spec.id
        return try await gatePostAnswer(request, context, rollout: id)
    }

    /// - Parameter id: of a roll-out that the caller may ask about.
    func gateAnswer(_ request: Request, _ context: PerchRequestContext, rollout id: String) async throws -> Answer {
        let query = try Query(request, allowed: ["wait", "strict"])
        let stage = try Self.stage(context)
        let answer = try await answer(id, stage, waitSeconds: try Self.waitSeconds(query["wait"]))
        return query.has("strict") ? Self.strict(answer) : try Self.gateAnswer(answer)
    }

    /// - Parameter id: of a roll-out that the caller may ask about.
    func gatePostAnswer(
        _ request: Request, _ context: PerchRequestContext, rollout id: String
    ) async throws -> Answer {
        let query = try Query(request, allowed: ["rollback"])
        let answer = try await answer(id, try Self.stage(context), waitSeconds: 0)
        return query.has("rollback") ? Self.inverted(answer) : Self.strict(answer)
    }

    private static func stage(_ context: PerchRequestContext) throws(Problem) -> Stage {
        let text = context.parameters.get("stage") ?? ""
        guard let stage = Stage(rawValue: text), Stage.gates.contains(stage) else {
            throw Problem(
                .malformed,
                "there is no gate of that name; the gates are "
                    + Stage.gates.map(\.rawValue).joined(separator: ", "))
        }
        return stage
    }

    /// `60s`, `60`, `1m`: at most a minute, so that clients and proxies do not give up first.
    static func waitSeconds(_ text: String?) throws(Problem) -> Int {
        guard let text else { return 0 }
        let digits = text.hasSuffix("s") || text.hasSuffix("m") ? text.dropLast() : text[...]
        guard let count = Int(digits), count >= 0, count <= Limits.gateWaitSeconds else {
            throw Problem(.malformed, "wait takes at most \(Limits.gateWaitSeconds)s, such as wait=60s")
        }
        let seconds = text.hasSuffix("m") ? count * 60 : count
        guard seconds <= Limits.gateWaitSeconds else {
            throw Problem(.malformed, "wait takes at most \(Limits.gateWaitSeconds)s, such as wait=60s")
        }
        return seconds
    }

    /// Waits until the answer is something else than "waiting", or the time is up. The last look is at the end, so a
    /// gate that opens by age alone is seen, too.
    private func answer(_ id: String, _ stage: Stage, waitSeconds: Int) async throws -> GateAnswer {
        let deadline = ContinuousClock.now + .seconds(waitSeconds)
        while true {
            let version = hub.version(of: id)
            guard let answer = await judging.gate(id, stage) else {
                throw Problem(.notFound, "there is no roll-out \(id), or it is not yours")
            }
            let left = deadline - .now
            guard answer.state == .waiting, left > .zero, !Task.isCancelled else { return answer }
            let pause = min(left, Self.longestPause)
            await withTaskGroup { group in
                group.addTask { await hub.wait(for: id, after: version) }
                group.addTask { try? await Task.sleep(for: pause) }
                await group.next()
                group.cancelAll()
            }
            if hub.isClosed { return await judging.gate(id, stage) ?? answer }
        }
    }

    /// Conditions of time come true without an event.
    static let longestPause = Duration.seconds(5)

    private static func gateAnswer(_ answer: GateAnswer) throws -> Answer {
        var result = try Answer.json(answer)
        result.headers[.cacheControl] = "no-store"
        return result
    }

    private static func strict(_ answer: GateAnswer) -> Answer {
        plain(answer.ok ? .ok : .preconditionFailed, answer.summary, retryAfter: answer.retryAfter)
    }

    /// For hooks whose success means "roll back now".
    private static func inverted(_ answer: GateAnswer) -> Answer {
        plain(answer.state == .blocked ? .ok : .preconditionFailed, answer.summary, retryAfter: 0)
    }

    private static func plain(_ status: HTTPResponse.Status, _ text: String, retryAfter: Int) -> Answer {
        var headers: HTTPFields = [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"]
        if status != .ok, retryAfter > 0 { headers[.retryAfter] = String(retryAfter) }
        return Answer(status, headers: headers, body: Array((text + "\n").utf8))
    }
}
