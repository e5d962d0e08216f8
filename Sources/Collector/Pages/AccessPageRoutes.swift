import HTTPTypes
import Hummingbird
import Pages
import Shared

// Requests for access as a page: read, ask, approve and deny. A form does what the API call does, under the same grant.
extension API {
    func accessPage(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.readAccess, caller: context.caller)
        return .page(AccessRequestsPage.html(await accessContent(context)))
    }

    private func accessContent(_ context: PerchRequestContext, refusal: String? = nil) async -> AccessContent {
        AccessContent(
            visitor: visitor(context), now: nowText, requests: Array(await desk.views().prefix(Limits.pageSize)),
            decideToken: may(.approveAccess, context) ? forms.token(.decideAccess, for: context.caller) : nil,
            askToken: may(.requestAccess, context) ? forms.token(.askAccess, for: context.caller) : nil,
            formID: UUIDv7.make(nowMicroseconds: clock.nowMicroseconds()), refusal: refusal)
    }

    /// - Throws: who may not do it at all; what a person can mend comes back on the page.
    func askByForm(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.requestAccess, caller: context.caller)
        let (form, bytes) = try await request.form(AskForm.self)
        try forms.check(request, .askAccess, token: form.token, caller: context.caller)
        return try await act(request, context, form.form, bytes) {
            let view = try await desk.ask(form.ask, by: context.caller)
            return .seeOther("/access#r\(view.id)")
        }
    }

    func decideByForm(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.approveAccess, caller: context.caller)
        let id = try context.name("id")
        let (form, bytes) = try await request.form(DecisionForm.self)
        try forms.check(request, .decideAccess, token: form.token, caller: context.caller)
        guard let isApproved = ["approve": true, "deny": false][form.decision] else {
            throw Problem(.malformed, "decision is approve or deny")
        }
        // One page holds many forms: the key is of this one.
        return try await act(request, context, "\(form.form) \(id)", bytes) {
            _ = try await desk.decide(id, isApproved, by: context.caller, reason: String(form.reason.prefix(2000)))
            return .seeOther("/access#r\(id)")
        }
    }

    /// Once for each form, however often its button is pressed.
    private func act(
        _ request: Request, _ context: PerchRequestContext, _ formID: String, _ body: [UInt8],
        _ perform: () async throws -> Answer
    ) async throws -> Answer {
        guard (1...Limits.idempotencyKeyBytes).contains(formID.utf8.count) else {
            throw Problem(.malformed, "the form has no usable number; load the page again")
        }
        do {
            return try await once(key: "form " + formID, request, context, body: body, perform)
        } catch let problem as Problem where Self.mendable.contains(problem.code) {
            let content = await accessContent(context, refusal: problem.detail)
            return .page(AccessRequestsPage.html(content), HTTPResponse.Status(code: problem.status))
        }
    }

    /// What a person can put right on the page.
    private static let mendable: Set<ProblemCode> = [.malformed, .conflict, .approvalOwn, .versionMismatch]
}

private struct AskForm: Decodable {
    var token: String
    var form: String
    var user: String
    var hosts: String
    var from: String
    var to: String
    var reason: String
    var ticket: String

    var ask: AccessAsk {
        AccessAsk(
            user: user, hosts: hosts.split(whereSeparator: { $0.isWhitespace || $0 == "," }).map(String.init),
            from: from, to: to.isEmpty ? nil : to, reason: reason, ticket: ticket)
    }
}

private struct DecisionForm: Decodable {
    var token: String
    var form: String
    var reason: String
    var decision: String
}
