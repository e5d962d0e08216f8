import HTTPTypes
import Hummingbird
import Shared

// /v1/rollouts/{id}/tokens: tokens of the second listener, for tools that can present no client certificate.
extension API {
    func addTokens(to router: Router<PerchRequestContext>) {
        router.post("/v1/rollouts/:id/tokens", use: createToken)
        router.get("/v1/rollouts/:id/tokens", use: listTokens)
        router.delete("/v1/rollouts/:id/tokens/:token", use: revokeToken)
    }

    /// Without idempotency key: a kept answer would hold the token itself. Who lost an answer revokes and asks again.
    private func createToken(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let id = try await rollout(.manageTokens, context).rollout.spec.id
        let body = try await request.json(TokenRequest.self, limitBytes: Limits.gateBodyBytes).value
        guard hasTokenListener else {
            throw Problem(
                .conflict,
                "this collector has no listener for tokens; add [tokens] to its configuration, or use "
                    + "perchctl gate with a certificate")
        }
        var answer = try Answer.json(
            try await tokens.create(body, rollout: id, by: context.caller.description), .created)
        answer.headers[.cacheControl] = "no-store"
        return answer
    }

    private func listTokens(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let id = try await rollout(.readTokens, context).rollout.spec.id
        return try Answer.json(TokenPage(tokens: await tokens.views(of: id))).tagged(for: request)
    }

    private func revokeToken(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let id = try await rollout(.manageTokens, context).rollout.spec.id
        try await tokens.revoke(try context.name("token"), rollout: id, by: context.caller.description)
        return Answer(.noContent)
    }
}
