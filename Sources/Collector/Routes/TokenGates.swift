import FoundationEssentials
import HTTPTypes
import Hummingbird
import Shared

// The second listener: one roll-out's gates for who has its token, and nothing else. Neither certificates nor roles
// count here, and no refusal tells whether a roll-out exists.
extension API {
    func tokenRouter() -> Router<PerchRequestContext> {
        let methods = MethodTable()
        let router = Router(context: PerchRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware(clock: clock, needsPeer: false, routes: methods))
        router.get("/v1/rollouts/:id/gate/:stage") { request, context in
            let id = try await tokenRollout(Self.bearer(request), context)
            return try await gateAnswer(request, context, rollout: id)
        }
        router.post("/v1/rollouts/:id/gate/:stage") { request, context in
            let body = try await request.bytes(limitBytes: Limits.gateBodyBytes, mediaTypes: []).bytes
            let token = Self.bearer(request) ?? Self.token(inBody: Array(body.readableBytesView))
            let id = try await tokenRollout(token, context)
            return try await gatePostAnswer(request, context, rollout: id)
        }
        methods.fill(from: router)
        return router
    }

    private func tokenRollout(_ token: String?, _ context: PerchRequestContext) async throws(Problem) -> String {
        do throws(Problem) {
            guard let token else {
                throw Problem(.tokenInvalid, "send the token as Authorization: Bearer TOKEN, or as metadata.token")
            }
            let id = try context.name("id")
            try await tokens.check(token, rollout: id)
            return id
        } catch {
            metrics.count { $0.tokensRefused += 1 }
            throw Problem(.tokenInvalid, error.detail)
        }
    }

    private static func bearer(_ request: Request) -> String? {
        guard let text = request.headers[.authorization] else { return nil }
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }

    private struct Hook: Decodable {
        var metadata: [String: String]
    }

    /// Flagger sends no headers of one's own; what it is given as metadata it sends along.
    private static func token(inBody body: [UInt8]) -> String? {
        (try? JSONDecoder().decode(Hook.self, from: Data(body)))?.metadata["token"]
    }
}
