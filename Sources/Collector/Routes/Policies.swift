import HTTPTypes
import Hummingbird
import Shared

// /v1/policies: those in force, proposals, and their approval by another person.
extension API {
    func addPolicies(to router: Router<PerchRequestContext>) {
        router.get("/v1/policies", use: listPolicies)
        router.get("/v1/policies/:name", use: showPolicy)
        router.post("/v1/policies", use: proposePolicy)
        router.post("/v1/policies/:name/approve", use: approvePolicy)
    }

    private func listPolicies(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.readPolicies, caller: context.caller)
        return try Answer.json(PolicyPage(policies: await policies.entries().map(\.view))).tagged(for: request)
    }

    private func showPolicy(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.readPolicies, caller: context.caller)
        let name = try context.name("name")
        let found = await policies.entries(named: name)
        guard !found.isEmpty else { throw Problem(.notFound, "there is no policy \(name)") }
        return try Answer.json(PolicyTexts(policies: found)).tagged(for: request)
    }

    private func proposePolicy(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.proposePolicy, caller: context.caller)
        let types = ["application/yaml", Answer.jsonType]
        let body = try await request.bytes(limitBytes: Limits.policyBytes, mediaTypes: types)
        let bytes = Array(body.bytes.readableBytesView)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.malformed, "the body is not UTF-8")
        }
        return try await idempotent(request, context, body: bytes) {
            let proposed = try await policies.propose(text, by: context.caller.description)
            var answer = try Answer.json(proposed.view, proposed.isNew ? .created : .ok)
            answer.headers[.location] = "/v1/policies/\(proposed.view.name)"
            return answer
        }
    }

    private func approvePolicy(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.approvePolicy, caller: context.caller)
        let name = try context.name("name")
        let (body, bytes) = try await request.json(PolicyApproval.self, limitBytes: Limits.gateBodyBytes)
        return try await idempotent(request, context, body: bytes) {
            try Answer.json(try await policies.approve(name, digest: body.digest, by: context.caller.description))
        }
    }
}
