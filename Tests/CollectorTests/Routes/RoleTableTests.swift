import Foundation
import Hummingbird
import Logging
import NIOHTTP1
import Shared
import Synchronization
import Testing

@testable import Collector

/// Each role, and somebody without one, tries each call of the API: allowed is what `Role.holders` says and nothing
/// else, and each denial is in the log with who it was and why.
@Suite struct RoleTableTests {
    struct Call: Sendable {
        var method: HTTPMethod
        /// As the router has it.
        var route: String
        /// `nil`: any certificate.
        var action: Action?
        var body = "{}"
        var query = ""

        /// Parameters filled in: everything is about the deployer's roll-out.
        var path: String {
            route.split(separator: "/").map { part in
                switch part {
                case ":stage": "open"
                case ":host": "db-1"
                case ":file": "x.tar"
                case "**": "0/000"
                case ":id" where route.hasPrefix("/v1/rollouts"): "r1"
                case ":name" where route.hasPrefix("/problems"): "not-found"
                default: part.hasPrefix(":") ? "x" : String(part)
                }
            }.reduce(into: "") { $0 += "/" + $1 } + query
        }
    }

    static func rollout(_ id: String, new: String) -> String {
        let digest = String(repeating: "a", count: 64)
        return #"{"id":"\#(id)","policy":"default","artifacts":[{"name":"pkg:deb/x","sha256":"\#(digest)"}],"#
            + #""old":["o1"],"new":["\#(new)"],"pairs":"auto"}"#
    }

    static let calls: [Call] = [
        Call(method: .GET, route: "/v1/hosts", action: .readHosts),
        Call(method: .GET, route: "/v1/hosts/:host", action: .readHosts),
        Call(method: .PUT, route: "/v1/hosts/:host", action: .registerHost),
        Call(method: .POST, route: "/v1/hosts/:host/retire", action: .retireHost),
        Call(method: .POST, route: "/v1/hosts/:host/ban", action: .banHost),
        Call(method: .POST, route: "/v1/hosts/:host/unban", action: .banHost),
        Call(method: .POST, route: "/v1/rollouts", action: .createRollout, body: rollout("r2", new: "n2")),
        Call(method: .GET, route: "/v1/rollouts", action: .readRollout),
        Call(method: .GET, route: "/v1/rollouts/:id", action: .readRollout),
        Call(method: .GET, route: "/v1/rollouts/:id/verdict", action: .readRollout),
        Call(method: .GET, route: "/v1/rollouts/:id/export", action: .readRollout),
        Call(method: .POST, route: "/v1/rollouts/:id/advance", action: .changeRollout),
        Call(method: .POST, route: "/v1/rollouts/:id/rollback", action: .changeRollout),
        Call(method: .POST, route: "/v1/rollouts/:id/moves", action: .changeRollout),
        Call(method: .POST, route: "/v1/rollouts/:id/artifacts", action: .changeRollout),
        Call(method: .POST, route: "/v1/rollouts/:id/invalidate", action: .overrideVerdict),
        Call(method: .POST, route: "/v1/rollouts/:id/override", action: .overrideVerdict),
        Call(method: .POST, route: "/v1/rollouts/:id/rejudge", action: .changeRollout, query: "?policy=default"),
        Call(method: .GET, route: "/v1/rollouts/:id/rejudged", action: .readRollout),
        Call(method: .GET, route: "/v1/rollouts/:id/gate/:stage", action: .readRollout),
        Call(method: .POST, route: "/v1/rollouts/:id/gate/:stage", action: .readRollout),
        Call(method: .POST, route: "/v1/rollouts/:id/tokens", action: .manageTokens),
        Call(method: .GET, route: "/v1/rollouts/:id/tokens", action: .readTokens),
        Call(method: .DELETE, route: "/v1/rollouts/:id/tokens/:token", action: .manageTokens),
        Call(method: .GET, route: "/v1/policies", action: .readPolicies),
        Call(method: .GET, route: "/v1/policies/:name", action: .readPolicies),
        Call(method: .POST, route: "/v1/policies", action: .proposePolicy),
        Call(method: .POST, route: "/v1/policies/:name/approve", action: .approvePolicy),
        Call(method: .POST, route: "/v1/origins", action: .importOrigins),
        Call(method: .GET, route: "/v1/origins", action: .readPolicies),
        Call(method: .POST, route: "/v1/access-requests", action: .requestAccess),
        Call(method: .GET, route: "/v1/access-requests", action: .readAccess),
        Call(method: .GET, route: "/v1/access-requests/authorized", action: .readAccess),
        Call(method: .GET, route: "/v1/access-requests/:id", action: .readAccess),
        Call(method: .POST, route: "/v1/access-requests/:id/approve", action: .approveAccess),
        Call(method: .POST, route: "/v1/access-requests/:id/deny", action: .approveAccess),
        Call(method: .POST, route: "/v1/access-requests/:id/end", action: .requestAccess),
        Call(method: .GET, route: "/v1/alerts/dead", action: .readAlerts),
        Call(method: .POST, route: "/v1/alerts/dead/:id/retry", action: .manageAlerts),
        Call(method: .POST, route: "/v1/alerts/test", action: .manageAlerts),
        Call(method: .GET, route: "/v1/ledger/checkpoint", action: .readEvidence),
        Call(method: .GET, route: "/v1/ledger/tile/**", action: .readEvidence),
        Call(method: .GET, route: "/v1/ledger/proof/:id", action: .readEvidence),
        Call(method: .GET, route: "/v1/ledger/consistency/:old", action: .readEvidence),
        Call(method: .GET, route: "/v1/ledger/keys", action: .readEvidence),
        Call(method: .GET, route: "/v1/ledger/statements", action: .readEvidence),
        Call(method: .GET, route: "/v1/ledger/statements/:id", action: .readEvidence),
        Call(method: .GET, route: "/v1/reports/:file", action: .readEvidence),
        Call(method: .GET, route: "/v1/reports/:file/evidence/**", action: .readEvidence),
        Call(method: .GET, route: "/openapi.json", action: nil),
        Call(method: .GET, route: "/problems/:name", action: nil),
    ]

    /// Role and certificate; the last one has a valid certificate and no grant.
    static let callers: [(role: Role?, name: String, id: String)] = [
        (.deployer, "deploy", "tool/deploy"), (.auditor, "audit", "tool/audit"), (.operator, "ops", "person/ops"),
        (.approver, "boss", "person/boss"), (nil, "db-2", "agent/db-2"),
    ]

    @Test func eachRoleMayDoWhatTheTableSaysAndNothingElse() async throws {
        let log = KeptLog()
        var options = TestServer.Options()
        options.logger = Logger(label: "test") { _ in KeptLog.Handler(log: log) }
        try await TestServer.run(options) { server in
            let created = try await Self.send(
                Call(method: .POST, route: "/v1/rollouts", action: nil, body: Self.rollout("r1", new: "n1")),
                try server.client("deploy"))
            #expect(created.status == 201, "\(created.text)")
            // The log is open.
            try await server.api.ledger?.flush()
            for call in Self.calls {
                for caller in Self.callers {
                    let reply = try await Self.send(call, try server.client(caller.name))
                    let code = (try? JSONDecoder().decode(Problem.self, from: Data(reply.body)))?.code
                    let isHolder = caller.role.map { role in
                        call.action.map { Role.holders(of: $0).contains(role) } ?? true
                    }
                    let isAllowed = isHolder ?? (call.action == nil)
                    let words = "\(caller.name): \(call.method) \(call.path): \(reply.status) \(reply.text)"
                    #expect((code != .notGranted) == isAllowed, "\(words)")
                    #expect(reply.status < 500, "\(words)")
                    guard !isAllowed else { continue }
                    #expect(reply.status == 403)
                    let identity = "spiffe://perch.example/perch/\(caller.id)"
                    #expect(log.takeLast { $0.contains("not-granted: ") && $0.contains("caller=\(identity)") } != nil)
                }
            }
        }
    }

    /// A new call needs a row above.
    @Test func everyCallStandsInTheTable() async throws {
        try await TestServer.run { server in
            let known = Set(Self.calls.map { "\($0.method) \($0.route)" })
            let routes = server.calls
                .map {
                    "\($0.method.rawValue) \($0.path.description.replacing("{", with: ":").replacing("}", with: ""))"
                }
            // Sending is granted by the registry of hosts; its tests are Reports' and HostRegistry's.
            #expect(Set(routes) == known.union(["POST /v1/reports"]))
        }
    }

    /// A deployer has its own roll-outs; another's are not there for it.
    @Test func anothersRolloutIsNotThereForADeployer() async throws {
        try await TestServer.run { server in
            let created = try await Self.send(
                Call(method: .POST, route: "/v1/rollouts", action: nil, body: Self.rollout("r1", new: "n1")),
                try server.client("ops"))
            #expect(created.status == 201)
            let deploy = try server.client("deploy")
            for call in Self.calls where call.route.hasPrefix("/v1/rollouts/:id") {
                let holders = call.action.map { Role.holders(of: $0) } ?? []
                let problem = try await Self.send(call, deploy).problem()
                #expect(problem.code == (holders.contains(.deployer) ? .notFound : .notGranted), "\(call.path)")
            }
            let page = try await deploy.get("/v1/rollouts").json(RolloutPage.self)
            #expect(page.rollouts.isEmpty)
        }
    }

    private static func send(_ call: Call, _ client: TestClient) async throws -> TestClient.Reply {
        var request = TestClient.Request(method: call.method, path: call.path)
        if call.method != .GET {
            request.body = Array(call.body.utf8)
            request.headers.add(name: "Content-Type", value: "application/json")
            request.headers.add(name: "Idempotency-Key", value: UUID().uuidString)
        }
        return try await client.send(request)
    }
}

/// What was logged, as the journal would have it.
final class KeptLog: Sendable {
    private let lines = Mutex<[String]>([])

    /// Forgets everything up to the line that it finds.
    func takeLast(_ isWanted: (String) -> Bool) -> String? {
        lines.withLock { lines in
            defer { lines = [] }
            return lines.last(where: isWanted)
        }
    }

    struct Handler: LogHandler {
        let log: KeptLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            let words = all.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            log.lines.withLock { $0.append("\(event.message) \(words)") }
        }
    }
}
