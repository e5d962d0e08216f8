import Hummingbird
import Shared

// /v1/alerts: what could not be delivered, another try, and a test of every receiver.
extension API {
    func addAlerts(to router: Router<PerchRequestContext>) {
        router.get("/v1/alerts/dead", use: listDeadAlerts)
        router.post("/v1/alerts/dead/:id/retry", use: retryAlert)
        router.post("/v1/alerts/test", use: testAlerts)
    }

    private func listDeadAlerts(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.readAlerts, caller: context.caller)
        return try Answer.json(DeadAlerts(dead: try await alerts.dead())).tagged(for: request)
    }

    private func retryAlert(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.manageAlerts, caller: context.caller)
        let id = try context.name("id")
        let body = try await request.bytes(limitBytes: Limits.gateBodyBytes, mediaTypes: []).bytes
        return try await idempotent(request, context, body: Array(body.readableBytesView)) {
            try Answer.json(try await alerts.retry(id))
        }
    }

    /// Says 200 whatever the receivers say: their answers are the answer.
    private func testAlerts(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.manageAlerts, caller: context.caller)
        _ = try await request.bytes(limitBytes: Limits.gateBodyBytes, mediaTypes: [])
        return try Answer.json(await alerts.test(by: context.caller.description))
    }
}
