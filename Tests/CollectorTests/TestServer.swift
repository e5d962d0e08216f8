import FoundationEssentials
import Glibc
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Shared
import Synchronization
import Testing

@testable import Collector

/// The collector's API port in this process: real TLS, real routes, a store of the test's choosing.
struct TestServer: Sendable {
    let pki: TestPKI
    let port: Int
    let tokenPort: Int
    let api: API
    let tls: TLSSource
    let clock: ManualClock
    let store: any Store
    let sink: CollectedReports
    var metrics: Metrics { api.metrics }

    struct Options: Sendable {
        /// Stands between the committer and the store.
        var reports: (@Sendable (any Store) -> any ReportStore)?
        var bounds = Committer.Bounds()
        var connections = ConnectionLimits.Bounds()
        /// Where the clock begins; the present when absent.
        var startMicroseconds: UInt64?
        /// Texts of policy files by their names.
        var policies: [String: String] = [:]
        /// A directory of policies that the test itself changes, instead.
        var policyDirectory: String?
        /// Whether decisions and verdicts are signed and logged.
        var isLogged = true
        var receivers: [AlertReceiver] = []
        var permissions = TestServer.permissions
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    }

    static let permissions = """
        [[grant]]
        id = "spiffe://perch.example/perch/person/ops"
        role = "operator"
        [[grant]]
        id = "spiffe://perch.example/perch/person/boss"
        role = "approver"
        [[grant]]
        id = "spiffe://perch.example/perch/tool/deploy"
        role = "deployer"
        [[grant]]
        id = "spiffe://perch.example/perch/tool/audit"
        role = "auditor"
        """

    /// Runs a server for as long as `body` does.
    static func run(_ options: Options = Options(), _ body: (TestServer) async throws -> Void) async throws {
        let pki = try await TestPKI.shared()
        let directory = try TestDirectory.make()
        try options.permissions.write(toFile: directory + "/permissions.toml", atomically: true, encoding: .utf8)
        let logger = options.logger
        let clock = ManualClock(microseconds: options.startMicroseconds ?? SystemClock().nowMicroseconds())
        let files = TLSMaterial.Files(
            certificate: pki.certificate("collector"), key: pki.key("collector"),
            certificateAuthority: pki.certificate("ca"))
        // Certificates are of today, wherever the clock begins.
        let tlsClock: any WallClock = options.startMicroseconds == nil ? clock : SystemClock()
        let tls = try await TLSSource(files: files, domain: TestPKI.domain, clock: tlsClock, logger: logger)
        let store = try TestStore.make()
        let (metrics, sink, hub) = (Metrics(), CollectedReports(), ChangeHub())
        let committer = Committer(
            store: options.reports?(store) ?? store, sink: sink, metrics: metrics, clock: clock,
            bounds: options.bounds, logger: logger)
        let ledger = options.isLogged ? try TestLedger(store: store) : nil
        let scribe = ledger?.scribe ?? .unsigned
        let shelf = try PolicyShelf(directory: options.policyDirectory ?? write(options.policies, below: directory))
        let judging = JudgingService(
            store: store, clock: clock, policies: shelf, hub: hub, scribe: scribe, ledger: ledger?.service,
            logger: logger)
        let alerts = try AlertSender(
            store: store, clock: clock, receivers: AlertReceivers(options.receivers), logger: logger)
        let api = API(
            store: store, clock: clock,
            access: try AccessRules(path: directory + "/permissions.toml", domain: TestPKI.domain, logger: logger),
            registry: HostRegistry(store: store, clock: clock, scribe: scribe, logger: logger), latest: LatestReports(),
            committer: committer, security: SecurityLog(store: store, logger: logger), metrics: metrics,
            judging: judging, hub: hub,
            desk: AccessDesk(store: store, clock: clock, judging: judging, scribe: scribe, logger: logger),
            origins: OriginShelf(store: store, clock: clock, judging: judging, scribe: scribe, logger: logger),
            policies: PolicyDesk(store: store, clock: clock, shelf: shelf, scribe: scribe, logger: logger),
            tokens: TokenShelf(store: store, clock: clock, logger: logger), alerts: alerts, hasTokenListener: true,
            ledger: ledger?.service, signer: ledger?.trusted.signers.first,
            logSource: ledger.map {
                LedgerPages(ledger: $0.service, store: store, keyID: $0.trusted.signers.first?.keyID ?? "")
            })
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = Listeners.api(
            api.router(), Configuration.Listener(host: "127.0.0.1", port: 0), tls: tls, metrics: metrics,
            bounds: options.connections, logger: logger
        ) { port.yield($0) }
        let (tokenPorts, tokenPort) = AsyncStream.makeStream(of: Int.self)
        let tokenServer = Listeners.tokens(
            api.tokenRouter(), Configuration.Listener(host: "127.0.0.1", port: 0), tls: tls, metrics: metrics,
            logger: logger
        ) { tokenPort.yield($0) }
        let group = ServiceGroup(services: [alerts, committer, tokenServer, server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let bound = await ports.first { _ in true }
            let boundForTokens = await tokenPorts.first { _ in true }
            let result: Result<Void, any Error>
            do {
                let server = TestServer(
                    pki: pki, port: try #require(bound), tokenPort: try #require(boundForTokens), api: api, tls: tls,
                    clock: clock, store: store, sink: sink)
                result = .success(try await body(server))
            } catch {
                result = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }

    /// - Returns: the directory that they are in.
    private static func write(_ policies: [String: String], below directory: String) throws -> String? {
        guard !policies.isEmpty else { return nil }
        let folder = directory + "/policies"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in policies { try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8) }
        return folder
    }

    /// What programs may call: without pages, which are for people.
    var calls: [Router<PerchRequestContext>.RouteDescription] {
        api.router().routes.filter { route in
            route.method != .head
                && ["/v1/", "/problems/", "/openapi"].contains { route.path.description.hasPrefix($0) }
        }
    }

    func client(_ name: String?) throws -> TestClient { try TestClient(pki, port: port, as: name) }

    /// Registers hosts; they become active with their first report.
    func register(_ hosts: String...) async throws {
        for host in hosts { _ = try await api.registry.register(host, Host.Registration(), by: "test") }
    }

    /// A host whose reports have this server's time.
    func host(_ name: String, instances: [String] = ["a"]) -> SyntheticHost {
        SyntheticHost(name, instances: instances, startSeconds: clock.nowMicroseconds() / 1_000_000)
    }

    /// Posts reports as an agent does.
    func post(_ reports: [Report], as name: String) async throws -> TestClient.Reply {
        try await client(name).send(Self.request(reports))
    }

    func post(body: [UInt8], as name: String, encoding: String? = nil) async throws -> TestClient.Reply {
        try await client(name).send(Self.request(body: body, encoding: encoding))
    }

    static func request(_ reports: [Report]) throws -> TestClient.Request {
        var batch = ReportBatch()
        batch.reports = reports
        return request(body: try Compression.deflate(batch.serializedBytes() as [UInt8], .gzip), encoding: "gzip")
    }

    static func request(body: [UInt8], encoding: String? = nil) -> TestClient.Request {
        var request = TestClient.Request(method: .POST, path: "/v1/reports", body: body)
        request.headers.add(name: "Content-Type", value: Decode.mediaType)
        if let encoding { request.headers.add(name: "Content-Encoding", value: encoding) }
        return request
    }

    func stored(_ host: String) async throws -> [Report] {
        let rows = try await store.reports(host: host, fromTimeMicroseconds: 0, after: 0, limit: 10_000)
        return try rows.map { try $0.row.report() }
    }
}

extension TestClient.Reply {
    /// The problem, which every refusal must be.
    func problem(sourceLocation: SourceLocation = #_sourceLocation) throws -> Problem {
        #expect(headers.first(name: "Content-Type") == "application/problem+json", sourceLocation: sourceLocation)
        let problem = try JSONDecoder().decode(Problem.self, from: Data(body))
        #expect(problem.status == status && !problem.instance.isEmpty, sourceLocation: sourceLocation)
        return problem
    }

    func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body))
    }
}

/// Keeps what the committer hands on.
final class CollectedReports: ReportSink {
    private let all = Mutex<[CommittedReport]>([])
    var reports: [CommittedReport] { all.withLock { $0 } }
    func committed(_ reports: [CommittedReport]) async { all.withLock { $0 += reports } }
}

/// A store of reports that does as it is told.
final class FaultyReports: ReportStore {
    enum Mode: Sendable {
        case working, failing
        /// Every commit waits until the mode changes.
        case held
    }
    private struct State {
        var mode: Mode
        var waiting: [CheckedContinuation<Void, Never>] = []
        var commits: [Int] = []
    }

    private let base: any ReportStore
    private let state: Mutex<State>

    init(_ base: any ReportStore, _ mode: Mode = .working) {
        self.base = base
        state = Mutex(State(mode: mode))
    }

    /// Rows of each transaction that was tried.
    var commits: [Int] { state.withLock { $0.commits } }

    func set(_ mode: Mode) {
        let waiting = state.withLock { state in
            state.mode = mode
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func commit(_ rows: [ReportRow]) async throws(StoreError) -> [CommitOutcome] {
        state.withLock { $0.commits.append(rows.count) }
        await withCheckedContinuation { continuation in
            let goes = state.withLock { state in
                if state.mode == .held { state.waiting.append(continuation) }
                return state.mode != .held
            }
            if goes { continuation.resume() }
        }
        if state.withLock({ $0.mode == .failing }) { throw .unavailable("the disk is full") }
        return try await base.commit(rows)
    }

    func reports(
        host: String, fromTimeMicroseconds: UInt64, after position: Int64, limit: Int
    ) async throws(StoreError) -> [(position: Int64, row: ReportRow)] {
        try await base.reports(host: host, fromTimeMicroseconds: fromTimeMicroseconds, after: position, limit: limit)
    }
    func lastReport(host: String) async throws(StoreError) -> ReportRow? { try await base.lastReport(host: host) }
    func deleteReports(receivedBefore: UInt64, limit: Int) async throws(StoreError) -> Int {
        try await base.deleteReports(receivedBefore: receivedBefore, limit: limit)
    }
}

/// Waits for something that another task brings about.
func eventually(
    _ what: String, seconds: Double = 60, sourceLocation: SourceLocation = #_sourceLocation,
    _ isTrue: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try await !isTrue() {
        guard ContinuousClock.now < deadline else {
            Issue.record("still not so: \(what)", sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
