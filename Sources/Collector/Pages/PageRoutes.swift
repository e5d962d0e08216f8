import HTTPTypes
import Hummingbird
import Pages
import Shared

// The pages' addresses. Each asks for the same grant as the API call that tells the same.
extension API {
    func addPages(to router: Router<PerchRequestContext>) {
        router.get("/", use: fleetPage)
        router.get("/rollouts/:id", use: rolloutPage)
        router.get("/rollouts/:id/pairs/:name", use: pairPage)
        router.get("/hosts/:host", use: hostDetailPage)
        router.get("/verdicts/:verdict", use: verdictPage)
        router.get("/access", use: accessPage)
        router.post("/access", use: askByForm)
        router.post("/access/:id/decide", use: decideByForm)
        if logSource != nil { router.get("/log", use: logPage) }
    }

    func visitor(_ context: PerchRequestContext) -> Visitor {
        Visitor(
            id: context.caller.description, mayReadAccess: may(.readAccess, context),
            mayReadLog: logSource != nil && may(.readEvidence, context))
    }

    func may(_ action: Action, _ context: PerchRequestContext) -> Bool {
        (try? access.require(action, caller: context.caller)) != nil
    }

    var nowText: String { Timestamp.text(microseconds: clock.nowMicroseconds()) }

    // MARK: The log

    private func logPage(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        let query = try Query(request, allowed: ["before"])
        try access.require(.readEvidence, caller: context.caller)
        guard let logSource else { throw Problem(.notFound, "this collector keeps no log") }
        let before = query["before"].flatMap(UInt64.init)
        guard query["before"] == nil || before != nil else {
            throw Problem(.malformed, "before takes the number of an entry")
        }
        let entries = try await logSource.entries(before: before, limit: Limits.pageSize)
        let oldest = entries.last?.index ?? 0
        return .page(
            LogPage.html(
                LogContent(
                    visitor: visitor(context), now: nowText, entries: entries,
                    checkpoint: try await logSource.checkpoint(), before: oldest > 0 ? oldest : nil)))
    }
}
