import Shared

extension OpenAPIOperation {
    /// Every call of the API port but pages.
    static let all: [OpenAPIOperation] =
        reports + hosts + rollouts + evaluations + gates + tokens + policies + access
        + origins + alerts + ledger + descriptions

    private static let reports: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: .post, path: "/v1/reports", summary: "An agent's reports of its own host (report.proto).",
            body: .reports, answers: [200: .other("application/x-protobuf")],
            problems: [
                .versionUnsupported, .hostUnknown, .hostPending, .hostBanned, .hostRetired, .hostDuplicate, .wrongHost,
                .sequenceConflict, .overloaded,
            ])
    ]

    private static let hosts: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: .get, path: "/v1/hosts", summary: "Registered hosts, and those that wait for registration.",
            action: .readHosts, answers: [200: .json(HostPage.self)], isTagged: true),
        OpenAPIOperation(
            method: .get, path: "/v1/hosts/{host}", summary: "One host.", action: .readHosts,
            answers: [200: .json(HostView.self)], isTagged: true),
        OpenAPIOperation(
            method: .put, path: "/v1/hosts/{host}", summary: "Register a host.", action: .registerHost,
            body: .json(HostRegistration.self), answers: [200: .json(HostView.self), 201: .json(HostView.self)],
            problems: [.conflict]),
        hostChange("retire", "Take a host out of service for good.", .retireHost),
        hostChange("ban", "Refuse a host until the ban is lifted.", .banHost),
        hostChange("unban", "Lift a ban; the host is pending again.", .banHost),
    ]

    private static func hostChange(_ verb: String, _ summary: String, _ action: Action) -> OpenAPIOperation {
        OpenAPIOperation(
            method: .post, path: "/v1/hosts/{host}/\(verb)", summary: summary, action: action,
            body: .optional(HostChangeRequest.self), answers: [200: .json(HostView.self)], problems: [.conflict])
    }

    private static let rollouts: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: .post, path: "/v1/rollouts", summary: "Create a roll-out.", action: .createRollout,
            body: .yaml(RolloutSpec.self), answers: [200: .json(RolloutView.self), 201: .json(RolloutView.self)],
            problems: [.conflict, .rolloutInvalid]),
        OpenAPIOperation(
            method: .get, path: "/v1/rollouts", summary: "Roll-outs, newest first.", action: .readRollout,
            query: [
                Parameter(name: "cursor", words: "What the page before gave."),
                Parameter(
                    name: "limit", words: "Of one page.",
                    schema: ["type": "integer", "minimum": 1, "maximum": .number(Limits.pageSize)]),
            ], answers: [200: .json(RolloutPage.self)], isTagged: true),
        OpenAPIOperation(
            method: .get, path: "/v1/rollouts/{id}", summary: "One roll-out.", action: .readRollout,
            answers: [200: .json(RolloutView.self)], isTagged: true),
        OpenAPIOperation(
            method: .get, path: "/v1/rollouts/{id}/verdict", summary: "The last verdict with all its checks.",
            action: .readRollout,
            query: [
                Parameter(name: "at", words: "As it stood then.", schema: ["type": "string", "format": "date-time"])
            ],
            answers: [200: .json(VerdictView.self)], isTagged: true),
        OpenAPIOperation(
            method: .get, path: "/v1/rollouts/{id}/export", summary: "The evidence as a case file.",
            action: .readRollout, answers: [200: .other("text/csv")], isTagged: true),
        change("advance", "Go one stage on; refused while the gate is closed.", .changeRollout, AdvanceRequest.self),
        change("rollback", "Roll back; answers which instances go back where.", .changeRollout, RollbackRequest.self),
    ]

    private static func change(
        _ verb: String, _ summary: String, _ action: Action, _ body: any (Decodable & Sendable).Type, status: Int = 200
    ) -> OpenAPIOperation {
        OpenAPIOperation(
            method: .post, path: "/v1/rollouts/{id}/\(verb)", summary: summary, action: action, body: .json(body),
            answers: [status: .json(RolloutView.self)], problems: [.gateClosed, .approvalOwn], isKeyed: true,
            isVersioned: true)
    }

    private static let evaluations: [OpenAPIOperation] = [
        change("moves", "Tell which instances went over.", .changeRollout, MovesRequest.self),
        change("artifacts", "Roll out something else: judging begins anew.", .changeRollout, ArtifactsRequest.self),
        change("invalidate", "A spoilt time counts as absent.", .overrideVerdict, InvalidateRequest.self),
        change("override", "Accept named checks for a while.", .overrideVerdict, OverrideRequest.self, status: 201),
        OpenAPIOperation(
            method: .post, path: "/v1/rollouts/{id}/rejudge", summary: "The same evidence under another policy.",
            action: .changeRollout,
            query: [Parameter(name: "policy", words: "Name of an active policy.", isRequired: true)],
            answers: [200: .json(VerdictView.self)], problems: [.conflict, .rolloutInvalid, .policyInvalid]),
        OpenAPIOperation(
            method: .get, path: "/v1/rollouts/{id}/rejudged", summary: "What rejudging gave, newest first.",
            action: .readRollout, answers: [200: .json(RejudgedList.self)], isTagged: true),
    ]

    private static let gates: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: .get, path: "/v1/rollouts/{id}/gate/{stage}",
            summary: "Whether a gate is open: 200 either way, but with `strict` 412 while it is closed.",
            action: .readRollout,
            query: [
                Parameter(
                    name: "wait", words: "Answer when the state changes, or after this time, such as 60s.",
                    schema: ["type": "string", "pattern": "^[0-9]{1,2}s$"]),
                Parameter(
                    name: "strict", words: "412 while it is closed.", schema: ["type": "string", "maxLength": 0]),
            ], answers: [200: .json(GateAnswer.self), 412: .other("text/plain")]),
        OpenAPIOperation(
            method: .post, path: "/v1/rollouts/{id}/gate/{stage}",
            summary: "For webhooks: 200 while it is open, 412 with the reason while it is closed.",
            action: .readRollout,
            query: [
                Parameter(
                    name: "rollback", words: "The inverse: 200 while it is blocked.",
                    schema: ["type": "string", "maxLength": 0])
            ], body: .anything, answers: [200: .other("text/plain"), 412: .other("text/plain")]),
    ]

    private static let tokens: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: .post, path: "/v1/rollouts/{id}/tokens", summary: "A token for this roll-out's gates, shown once.",
            action: .manageTokens, body: .json(TokenRequest.self), answers: [201: .json(NewToken.self)],
            problems: [.conflict]),
        OpenAPIOperation(
            method: .get, path: "/v1/rollouts/{id}/tokens", summary: "Its tokens and their uses.",
            action: .readTokens, answers: [200: .json(TokenPage.self)], isTagged: true),
        OpenAPIOperation(
            method: .delete, path: "/v1/rollouts/{id}/tokens/{token}", summary: "Revoke a token.",
            action: .manageTokens, answers: [204: .nothing]),
    ]

    private static let policies: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: .get, path: "/v1/policies", summary: "Policies in force, and proposals.", action: .readPolicies,
            answers: [200: .json(PolicyPage.self)], isTagged: true),
        OpenAPIOperation(
            method: .get, path: "/v1/policies/{name}", summary: "All of one name, with their texts.",
            action: .readPolicies, answers: [200: .json(PolicyTexts.self)], isTagged: true),
        OpenAPIOperation(
            method: .post, path: "/v1/policies", summary: "Propose a policy.", action: .proposePolicy, body: .text,
            answers: [200: .json(PolicyView.self), 201: .json(PolicyView.self)], problems: [.policyInvalid],
            isKeyed: true),
        OpenAPIOperation(
            method: .post, path: "/v1/policies/{name}/approve", summary: "Approve another person's proposal.",
            action: .approvePolicy, body: .json(PolicyApproval.self), answers: [200: .json(PolicyView.self)],
            problems: [.approvalOwn, .versionMismatch], isKeyed: true),
    ]

    private static let access: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: .post, path: "/v1/access-requests", summary: "Ask that a person may log in for a while.",
            action: .requestAccess, body: .json(AccessAsk.self), answers: [201: .json(AccessView.self)],
            isKeyed: true),
        OpenAPIOperation(
            method: .get, path: "/v1/access-requests", summary: "Requests, newest first.", action: .readAccess,
            answers: [200: .json(AccessPage.self)], isTagged: true),
        OpenAPIOperation(
            method: .get, path: "/v1/access-requests/authorized", summary: "Whether a person may log in there now.",
            action: .readAccess,
            query: [
                Parameter(name: "host", words: "The server.", isRequired: true),
                Parameter(name: "user", words: "The account.", isRequired: true),
            ], answers: [200: .json(AccessAnswer.self)]),
        OpenAPIOperation(
            method: .get, path: "/v1/access-requests/{id}", summary: "One request.", action: .readAccess,
            answers: [200: .json(AccessView.self)], isTagged: true),
        decision("approve", "Approve another person's request.", .approveAccess),
        decision("deny", "Deny another person's request.", .approveAccess),
        decision("end", "End an access before its time.", .requestAccess),
    ]

    private static func decision(_ verb: String, _ summary: String, _ action: Action) -> OpenAPIOperation {
        OpenAPIOperation(
            method: .post, path: "/v1/access-requests/{id}/\(verb)", summary: summary, action: action,
            body: .json(AccessDecision.self), answers: [200: .json(AccessView.self)],
            problems: [.approvalOwn, .versionMismatch], isKeyed: true)
    }

    private static let origins: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: .post, path: "/v1/origins", summary: "Approve the packages of a verified repository.",
            action: .importOrigins, body: .json(OriginManifest.self),
            answers: [200: .json(OriginView.self), 201: .json(OriginView.self)], problems: [.conflict, .slowDown]),
        OpenAPIOperation(
            method: .get, path: "/v1/origins", summary: "Approved repositories.", action: .readPolicies,
            answers: [200: .json(OriginPage.self)], isTagged: true),
    ]

    private static let alerts: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: .get, path: "/v1/alerts/dead", summary: "Alerts that were given up, oldest first.",
            action: .readAlerts, answers: [200: .json(DeadAlerts.self)], isTagged: true),
        OpenAPIOperation(
            method: .post, path: "/v1/alerts/dead/{id}/retry", summary: "Begin the attempts anew.",
            action: .manageAlerts, body: .anything, answers: [200: .json(AlertRetry.self)], isKeyed: true),
        OpenAPIOperation(
            method: .post, path: "/v1/alerts/test", summary: "Send a test to every receiver, and say what each said.",
            action: .manageAlerts, body: .anything, answers: [200: .json(AlertTest.self)]),
    ]

    private static let ledger: [OpenAPIOperation] = [
        log("checkpoint", "The newest checkpoint, a C2SP signed note.", .other("text/plain"), [.starting]),
        log(
            "tile/{path}", "A tile or entry bundle, as C2SP tlog-tiles has them; the path has slashes.",
            .other("application/octet-stream")),
        log(
            "proof/{id}", "The proof of a statement; 202 until it is in a checkpoint.", .other("text/plain"),
            isAwaited: true),
        log("consistency/{old}", "That the log of an earlier size is the beginning of this one.", .other("text/plain")),
        log("keys", "Keys that verify this collector's statements.", .json(LedgerKeys.self)),
        OpenAPIOperation(
            method: .get, path: "/v1/ledger/statements", summary: "Entries of the log, newest first.",
            action: .readEvidence,
            query: [
                Parameter(
                    name: "before", words: "The index that the page before ended with.",
                    schema: ["type": "integer", "minimum": 0]),
                Parameter(
                    name: "limit", words: "Of one page.",
                    schema: ["type": "integer", "minimum": 1, "maximum": .number(Limits.pageSize)]),
            ], answers: [200: .json(StatementPage.self)], problems: [.notFound], isTagged: true),
        log("statements/{id}", "A signed statement: a DSSE envelope.", .json(SignedEnvelope.self)),
        OpenAPIOperation(
            method: .get, path: "/v1/reports/{file}",
            summary: "A verdict's report: its id and .json, .dsse.json, .tlog-proof or .tar; 202 until it is in a "
                + "checkpoint.",
            action: .readEvidence, answers: [200: .other("*/*"), 202: .nothing], isTagged: true),
        OpenAPIOperation(
            method: .get, path: "/v1/reports/{file}/evidence/{path}",
            summary: "A file of a verdict's evidence, by the manifest's name.", action: .readEvidence,
            answers: [200: .other("application/octet-stream")], isTagged: true),
    ]

    private static func log(
        _ path: String, _ summary: String, _ content: Content, _ problems: [ProblemCode] = [], isAwaited: Bool = false
    ) -> OpenAPIOperation {
        OpenAPIOperation(
            method: .get, path: "/v1/ledger/\(path)", summary: summary, action: .readEvidence,
            answers: isAwaited ? [200: content, 202: .nothing] : [200: content], problems: problems + [.notFound],
            isTagged: true)
    }

    private static let descriptions: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: .get, path: "/openapi.json", summary: "This description.",
            answers: [200: .other("application/json")], isTagged: true),
        OpenAPIOperation(
            method: .get, path: "/problems/{name}", summary: "What a refusal's type points to.",
            answers: [200: .json(ProblemExplanation.self)]),
    ]
}
