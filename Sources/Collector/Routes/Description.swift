import Hummingbird
import Shared

// /openapi.json: the description of this API, for any certificate.
extension API {
    func addDescription(to router: Router<PerchRequestContext>) {
        router.get("/openapi.json") { request, _ in
            _ = try Query(request)
            return Answer(
                headers: [.contentType: Answer.jsonType, .cacheControl: "no-cache"], body: OpenAPIDocument.bytes
            ).tagged(for: request)
        }
    }
}
