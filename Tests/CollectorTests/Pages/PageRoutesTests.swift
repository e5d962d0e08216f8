import Foundation
import NIOHTTP1
import Pages
import Shared
import Testing

@testable import Collector

@Suite struct PageRoutesTests {
    private static let browser: HTTPHeaders = [
        "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
    ]

    private static func options() -> TestServer.Options {
        TestServer.Options(policies: Showcase.policies)
    }

    private static func rollout(_ server: TestServer, _ id: String = "r1") async throws {
        let spec = RolloutSpec(
            id: id, artifacts: [.init(name: "pkg:deb/x", sha256: String(repeating: "0", count: 64))],
            policy: "quick", old: ["db-1"], new: ["db-2"],
            pairs: .listed([.init(name: "a/b c", old: "db-1", new: "db-2")]))
        _ = try await server.api.judging.create(spec, by: "spiffe://perch.example/perch/tool/deploy")
    }

    private static let verdict = "01a20efd-a0e5-7578-a7b9-1f6f224e048c"

    private static func judged(_ server: TestServer) async throws {
        let view = VerdictView(
            id: verdict, rollout: "r1", verdict: .inconclusive, summary: "thin", reason: "", missing: ["more"],
            etaHours: nil, hour: 1, judging: 1, evaluatedAt: "2026-11-24T19:17:12Z", windowFrom: "2026-11-24T00:00:00Z",
            windowTo: "2026-11-24T19:00:00Z", policy: "quick", policyDigest: "00", pairs: 1, checks: [])
        try await server.store.append(VerdictRow(view, evaluatedAtMicroseconds: 1))
    }

    // MARK: Roles

    /// Address, and the certificates that see it; the others are refused.
    @Test func eachPageIsForThoseWhoMayAskTheAPITheSame() async throws {
        let readers = ["audit", "ops", "boss"]
        let pages: [(String, Set<String>)] = [
            ("/", Set(readers + ["deploy"])), ("/rollouts/r1", Set(readers + ["deploy"])),
            ("/rollouts/r1/pairs/a%2Fb%20c", Set(readers + ["deploy"])),
            ("/verdicts/\(Self.verdict)", Set(readers + ["deploy"])),
            ("/v1/reports/\(Self.verdict).html", Set(readers + ["deploy"])), ("/hosts/db-1", Set(readers)),
            ("/access", Set(readers)), ("/log", Set(readers)),
        ]
        try await TestServer.run(Self.options()) { server in
            try await Self.rollout(server)
            try await Self.judged(server)
            try await server.register("db-1")
            for name in ["deploy", "audit", "ops", "boss", "db-1"] {
                let client = try server.client(name)
                for (path, allowed) in pages {
                    let reply = try await client.get(path, headers: Self.browser)
                    let expected = allowed.contains(name) ? 200 : 403
                    #expect(reply.status == expected, "\(name) \(path)")
                    #expect(reply.headers.first(name: "Content-Type") == "text/html; charset=utf-8", "\(name) \(path)")
                }
            }
        }
    }

    @Test func aDeployerSeesItsOwnRolloutsAndNoHosts() async throws {
        try await TestServer.run(Self.options()) { server in
            try await Self.rollout(server)
            let spec = RolloutSpec(
                id: "foreign", artifacts: [.init(name: "pkg:deb/x", sha256: String(repeating: "0", count: 64))],
                policy: "quick", old: ["db-1"], new: ["db-3"], pairs: .auto)
            _ = try await server.api.judging.create(spec, by: "spiffe://perch.example/perch/person/ops")
            try await server.register("db-1")
            let deploy = try server.client("deploy")
            let fleet = try await deploy.get("/", headers: Self.browser).text
            #expect(fleet.contains("r1") && !fleet.contains("foreign") && !fleet.contains("<h2>Hosts</h2>"))
            #expect(!fleet.contains("href=\"/access\"") && !fleet.contains("href=\"/log\""))
            let refused = try await deploy.get("/rollouts/foreign", headers: Self.browser)
            let missing = try await deploy.get("/rollouts/missing", headers: Self.browser)
            #expect(refused.status == 404 && missing.status == 404)
            let ops = try await server.client("ops").get("/", headers: Self.browser).text
            #expect(ops.contains("foreign") && ops.contains("<h2>Hosts</h2>") && ops.contains("href=\"/log\""))
        }
    }

    @Test func refusalsArePagesForBrowsersAndProblemsForTools() async throws {
        try await TestServer.run(Self.options()) { server in
            let host = try server.client("db-1")
            let page = try await host.get("/", headers: Self.browser)
            #expect(page.status == 403 && page.text.contains("<h1>Not granted</h1>"))
            #expect(try await host.get("/").problem().code == .notGranted)
            let ops = try server.client("ops")
            let nothing = try await ops.get("/nothing-here", headers: Self.browser)
            #expect(nothing.status == 404 && nothing.text.contains("<h1>Not there, or not yours</h1>"))
            #expect(try await ops.get("/nothing-here").problem().code == .notFound)
            let unknown = try await ops.get("/rollouts/%3Cscript%3E", headers: Self.browser)
            #expect(unknown.status == 404 && !unknown.text.contains("<script"))
            let query = try await ops.get("/rollouts/x?%3Cscript%3E=1", headers: Self.browser)
            #expect(query.status == 400 && !query.text.contains("<script"))
        }
    }

    @Test func withoutALogThereIsNoPageOfItAndNoWordInTheMenu() async throws {
        try await TestServer.run(TestServer.Options(isLogged: false)) { server in
            let ops = try server.client("ops")
            #expect(try await ops.get("/log", headers: Self.browser).status == 404)
            #expect(try await !ops.get("/", headers: Self.browser).text.contains("href=\"/log\""))
        }
    }

    @Test func theLogShowsWhatIsPublishedNewestFirstAndTheReportItsPlaceInIt() async throws {
        try await TestServer.run(Self.options()) { server in
            try await Self.rollout(server)
            for number in 0..<205 { try await server.register("host-\(number)") }
            let audit = try server.client("audit")
            #expect(try await audit.get("/log", headers: Self.browser).text.contains("No checkpoint"))
            try await server.api.ledger?.flush()
            let first = try await audit.get("/log", headers: Self.browser).text
            #expect(first.contains("206 entries") && first.contains("host-204") && !first.contains("r1 created"))
            let before = try #require(first.firstRange(of: "/log?before=")).upperBound
            let index = first[before...].prefix { $0 != "\"" }
            let second = try await audit.get("/log?before=\(index)", headers: Self.browser).text
            #expect(second.contains("r1 created") && !second.contains("/log?before="))
            #expect(try await audit.get("/log?before=x", headers: Self.browser).status == 400)
            try await Self.judged(server)
            let report = try await audit.get("/verdicts/\(Self.verdict)", headers: Self.browser).text
            #expect(report.contains("in no published checkpoint"))
        }
    }

    // MARK: Headers

    @Test func everyPageForbidsScriptsFramesAndCaches() async throws {
        try await TestServer.run(Self.options()) { server in
            let ops = try server.client("ops")
            for path in ["/", "/access", "/log", "/nothing-here"] {
                let headers = try await ops.get(path, headers: Self.browser).headers
                let policy = headers.first(name: "Content-Security-Policy") ?? ""
                for word in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"] {
                    #expect(policy.contains(word), "\(path): \(policy)")
                }
                #expect(!policy.contains("unsafe"), "\(path)")
                #expect(headers.first(name: "Cache-Control") == "no-store")
                #expect(headers.first(name: "X-Content-Type-Options") == "nosniff")
                #expect(headers.first(name: "Referrer-Policy") == "no-referrer")
            }
        }
    }

    // MARK: Forms

    private static func form(_ fields: [(String, String)], _ headers: HTTPHeaders, path: String) -> TestClient.Request {
        let body = fields.map { "\($0.0)=\(Link.segment($0.1))" }.joined(separator: "&")
        var request = TestClient.Request(method: .POST, path: path, headers: headers, body: Array(body.utf8))
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        return request
    }

    private static let sameOrigin: HTTPHeaders = ["Sec-Fetch-Site": "same-origin", "Accept": "text/html"]

    private static func asked(_ server: TestServer) async throws -> String {
        try await server.api.desk.ask(
            AccessAsk(
                user: "ada", hosts: ["db-1"], from: Timestamp.text(microseconds: server.clock.nowMicroseconds()),
                reason: "the journal of db-1 cannot be read", ticket: "INC-1"),
            by: SpiffeID("spiffe://perch.example/perch/person/ops")
        ).id
    }

    /// What stands in a form of the page that this client sees.
    private static func token(_ client: TestClient, action: String) async throws -> String {
        let html = try await client.get("/access", headers: browser).text
        let form = try #require(html.firstRange(of: "action=\"\(action)\"")).upperBound
        let value = try #require(html[form...].firstRange(of: "name=\"token\" value=\"")).upperBound
        return String(html[value...].prefix { $0 != "\"" })
    }

    @Test func anApproverDecidesByFormOnce() async throws {
        try await TestServer.run(Self.options()) { server in
            let id = try await Self.asked(server)
            let boss = try server.client("boss")
            let path = "/access/\(id)/decide"
            let token = try await Self.token(boss, action: path)
            let fields = [("token", token), ("form", "f1"), ("reason", "go on"), ("decision", "approve")]
            let reply = try await boss.send(Self.form(fields, Self.sameOrigin, path: path))
            #expect(reply.status == 303 && reply.headers.first(name: "Location") == "/access#r\(id)")
            let view = await server.api.desk.view(id)
            #expect(view?.state == .approved && view?.decisionReason == "go on")
            // The same form again is the same act; another one comes too late.
            #expect(try await boss.send(Self.form(fields, Self.sameOrigin, path: path)).status == 303)
            let other = [("token", token), ("form", "f2"), ("reason", ""), ("decision", "deny")]
            let late = try await boss.send(Self.form(other, Self.sameOrigin, path: path))
            #expect(late.status == 409 && late.text.contains("not done"))
            #expect(await server.api.desk.view(id)?.state == .approved)
        }
    }

    @Test func formsFromElsewhereAreRefused() async throws {
        try await TestServer.run(Self.options()) { server in
            let id = try await Self.asked(server)
            let (boss, ops) = (try server.client("boss"), try server.client("ops"))
            let path = "/access/\(id)/decide"
            let token = try await Self.token(boss, action: path)
            let askToken = try await Self.token(ops, action: "/access")
            func send(_ headers: HTTPHeaders, token: String, as client: TestClient) async throws -> Int {
                let fields = [("token", token), ("form", "f1"), ("reason", ""), ("decision", "approve")]
                return try await client.send(Self.form(fields, headers, path: path)).status
            }
            let refusals: [(String, HTTPHeaders, String)] = [
                ("another site", ["Sec-Fetch-Site": "cross-site"], token),
                ("another host of the site", ["Sec-Fetch-Site": "same-site"], token),
                ("no page at all", ["Sec-Fetch-Site": "none"], token), ("neither header", [:], token),
                ("a foreign origin", ["Origin": "https://evil.example"], token),
                ("a hidden origin", ["Origin": "null"], token),
                ("our name in the clear", ["Origin": "http://localhost"], token),
                ("no token", Self.sameOrigin, ""),
                ("a made-up token", Self.sameOrigin, String(repeating: "0", count: 64)),
                ("a token of another form", Self.sameOrigin, try await Self.token(boss, action: "/access")),
                ("a token of another person", Self.sameOrigin, askToken),
            ]
            for (what, headers, token) in refusals {
                #expect(try await send(headers, token: token, as: boss) == 403, "\(what)")
            }
            #expect(try await send(Self.sameOrigin, token: token, as: ops) == 403, "not an approver")
            var json = TestClient.Request(method: .POST, path: path, headers: Self.sameOrigin, body: Array("{}".utf8))
            json.headers.add(name: "Content-Type", value: "text/plain")
            #expect(try await boss.send(json).status == 415)
            #expect(await server.api.desk.view(id)?.state == .requested)
            // Nothing was wrong but where they came from: an old browser's own origin is enough.
            #expect(try await send(["Origin": "https://localhost"], token: token, as: boss) == 303)
        }
    }

    @Test func whoAskedDoesNotDecideAndMistakesComeBackOnThePage() async throws {
        try await TestServer.run(Self.options()) { server in
            let boss = try server.client("boss")
            let token = try await Self.token(boss, action: "/access")
            func ask(_ user: String, form: String) async throws -> TestClient.Reply {
                try await boss.send(
                    Self.form(
                        [
                            ("token", token), ("form", form), ("user", user), ("hosts", "db-1, db-2 db-3"),
                            ("from", Timestamp.text(microseconds: server.clock.nowMicroseconds())), ("to", ""),
                            ("reason", "<i>reading</i> what is left & more"), ("ticket", "INC-2"),
                        ], Self.sameOrigin, path: "/access"))
            }
            let wrong = try await ask("root", form: "f1")
            #expect(wrong.status == 400 && wrong.text.contains("shared account"))
            #expect(try await ask("ada", form: "f2").status == 303)
            #expect(try await ask("ada", form: "f2").status == 303)
            let views = await server.api.desk.views()
            #expect(views.map(\.hosts) == [["db-1", "db-2", "db-3"]])
            let html = try await boss.get("/access", headers: Self.browser).text
            #expect(html.contains("&lt;i&gt;reading&lt;/i&gt;"))
            #expect(html.contains("Another person than who asked") && !html.contains("value=\"approve\""))
        }
    }

    @Test func tokensAreOfOneCallerOneFormAndOneProcess() throws {
        let forms = FormGuard()
        let (ada, eve) = (
            try SpiffeID("spiffe://perch.example/perch/person/ada"),
            try SpiffeID("spiffe://perch.example/perch/person/eve")
        )
        let token = forms.token(.askAccess, for: ada)
        #expect(token == forms.token(.askAccess, for: ada) && token.utf8.count == 64)
        #expect(token != forms.token(.decideAccess, for: ada))
        #expect(token != forms.token(.askAccess, for: eve))
        #expect(token != FormGuard().token(.askAccess, for: ada))
    }
}
