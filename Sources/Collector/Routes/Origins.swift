import HTTPTypes
import Hummingbird
import Shared

// /v1/origins: manifests of approved repositories; and /problems/{name}, which every refusal points to.
extension API {
    /// A manifest of the largest size: 20,000 packages.
    private static let manifestBytes = 8 << 20

    func addOrigins(to router: Router<PerchRequestContext>) {
        router.post("/v1/origins", use: importOrigin)
        router.get("/v1/origins", use: listOrigins)
        router.get("/problems/:name", use: showProblem)
    }

    private func importOrigin(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.importOrigins, caller: context.caller)
        let body = try await request.json(OriginManifest.self, limitBytes: Self.manifestBytes).value
        let taken = try await origins.take(body, by: context.caller.description)
        return try Answer.json(taken.view, taken.isNew ? .created : .ok)
    }

    private func listOrigins(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.readPolicies, caller: context.caller)
        return try Answer.json(OriginPage(origins: await origins.views())).tagged(for: request)
    }

    private func showProblem(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        guard let code = (context.parameters.get("name")).flatMap({ ProblemCode(rawValue: $0) }) else {
            throw Problem(.notFound, "there is no problem of that name")
        }
        return try Answer.json(
            ProblemExplanation(code: code, title: code.title, status: code.status, retryable: code.isRetryable))
    }
}
