import HTTPTypes
import Hummingbird
import Shared

// /v1/access-requests: ask, approve or deny by another person, end; and the question of the door.
extension API {
    func addAccess(to router: Router<PerchRequestContext>) {
        router.post("/v1/access-requests", use: askAccess)
        router.get("/v1/access-requests", use: listAccess)
        router.get("/v1/access-requests/authorized", use: authorized)
        router.get("/v1/access-requests/:id", use: showAccess)
        router.post("/v1/access-requests/:id/approve") { try await decide($0, $1, isApproved: true) }
        router.post("/v1/access-requests/:id/deny") { try await decide($0, $1, isApproved: false) }
        router.post("/v1/access-requests/:id/end", use: endAccess)
    }

    private func askAccess(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.requestAccess, caller: context.caller)
        let (body, bytes) = try await request.json(AccessAsk.self, limitBytes: Limits.gateBodyBytes)
        return try await idempotent(request, context, body: bytes) {
            let view = try await desk.ask(body, by: context.caller)
            var answer = try Answer.json(view, .created)
            answer.headers[.location] = "/v1/access-requests/\(view.id)"
            return answer
        }
    }

    private func listAccess(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.readAccess, caller: context.caller)
        return try Answer.json(AccessPage(requests: Array(await desk.views().prefix(Limits.pageSize))))
            .tagged(for: request)
    }

    private func showAccess(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.readAccess, caller: context.caller)
        let id = try context.name("id")
        guard let view = await desk.view(id) else { throw Problem(.notFound, "there is no request \(id)") }
        return try Answer.json(view).tagged(for: request)
    }

    private func authorized(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        let query = try Query(request, allowed: ["host", "user"])
        try access.require(.readAccess, caller: context.caller)
        guard let host = query["host"], let user = query["user"], !host.isEmpty, !user.isEmpty else {
            throw Problem(.malformed, "name both, as ?host=HOST&user=USER")
        }
        return try Answer.json(await desk.authorized(user: user, host: host))
    }

    private func decide(
        _ request: Request, _ context: PerchRequestContext, isApproved: Bool
    ) async throws -> Answer {
        _ = try Query(request)
        try access.require(.approveAccess, caller: context.caller)
        let id = try context.name("id")
        let (body, bytes) = try await request.json(AccessDecision.self, limitBytes: Limits.gateBodyBytes)
        return try await idempotent(request, context, body: bytes) {
            try Answer.json(
                try await desk.decide(id, isApproved, by: context.caller, reason: body.reason ?? ""))
        }
    }

    private func endAccess(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.requestAccess, caller: context.caller)
        let id = try context.name("id")
        let (body, bytes) = try await request.json(AccessDecision.self, limitBytes: Limits.gateBodyBytes)
        return try await idempotent(request, context, body: bytes) {
            try Answer.json(try await desk.end(id, by: context.caller, reason: body.reason ?? ""))
        }
    }
}
