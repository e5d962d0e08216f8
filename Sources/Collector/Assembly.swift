import CSystemd
import Ledger
import Logging
import ServiceLifecycle
import Shared

/// All parts of a running collector, put together in the order in which they depend on each other.
struct Assembly: Sendable {
    let configuration: Configuration
    let clock: any WallClock
    let logger: Logger
    let store: SQLiteStore
    let tls: TLSSource
    let access: AccessRules
    let policies: PolicyShelf
    let hub: ChangeHub
    /// `nil`: nothing is signed.
    let ledger: LedgerService?
    let judging: JudgingService
    let onRecord: FilesOnRecord
    let metrics: Metrics
    let readiness: Readiness
    let api: API
    let watch: AlertWatch

    /// Reads every file that the configuration names and opens the store. Nothing listens yet.
    /// - Throws: an error that says which file is wrong and why.
    init(_ configuration: Configuration, clock: any WallClock, logger: Logger) async throws {
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        tls = try await TLSSource(files: configuration.tls, domain: configuration.domain, clock: clock, logger: logger)
        access = try AccessRules(path: configuration.permissions, domain: configuration.domain, logger: logger)
        policies = try PolicyShelf(directory: configuration.policies)
        let receivers = try AlertReceivers(configuration.alerts)
        store = try SQLiteStore(path: configuration.storePath)
        hub = ChangeHub()
        let files = try configuration.ledger.map { try LedgerFiles($0) }
        let scribe = Scribe(key: files?.signer)
        let (store, hub) = (store, hub)
        ledger = files.map {
            LedgerService(store: store, checkpoints: $0.checkpoints, identity: $0.identity, logger: logger)
        }
        if ledger == nil { logger.warning("[ledger] is missing: verdicts and decisions are neither signed nor logged") }
        onRecord = FilesOnRecord(store: store, clock: clock, scribe: scribe)
        judging = JudgingService(
            store: store, clock: clock, policies: policies, hub: hub, scribe: scribe, ledger: ledger, logger: logger)
        metrics = Metrics()
        readiness = Readiness()
        let registry = HostRegistry(store: store, clock: clock, scribe: scribe, logger: logger)
        let latest = LatestReports()
        let desk = AccessDesk(store: store, clock: clock, judging: judging, scribe: scribe, logger: logger)
        let policyDesk = PolicyDesk(
            store: store, clock: clock, shelf: policies, scribe: scribe, logger: logger)
        let sender = try AlertSender(store: store, clock: clock, receivers: receivers, logger: logger)
        let sources = AlertSources(
            judging: judging, desk: desk, policies: policyDesk, registry: registry, latest: latest, clock: clock,
            startMicroseconds: clock.nowMicroseconds())
        watch = AlertWatch(
            store: store, clock: clock, hub: hub, receivers: configuration.alerts, logger: logger,
            onAlerts: { sender.nudge() }, look: { await sources.situation() })
        api = API(
            store: store, clock: clock, access: access, registry: registry, latest: latest,
            committer: Committer(store: store, sink: judging, metrics: metrics, clock: clock, logger: logger),
            security: SecurityLog(store: store, logger: logger), metrics: metrics, judging: judging, hub: hub,
            desk: desk,
            origins: OriginShelf(store: store, clock: clock, judging: judging, scribe: scribe, logger: logger),
            policies: policyDesk, tokens: TokenShelf(store: store, clock: clock, logger: logger), alerts: sender,
            hasTokenListener: configuration.tokens != nil, ledger: ledger, signer: files?.signer.verifyingKey,
            logSource: ledger.map {
                LedgerPages(ledger: $0, store: store, keyID: files?.signer.verifyingKey.keyID ?? "")
            })
    }

    /// In start order; they stop in the reverse one, so that requests end first and what they queued is still committed
    /// and judged.
    func services() -> [any Service] {
        let gate = StartGate()
        var server = Listeners.api(
            api.router(), configuration.listen, tls: tls, metrics: metrics, logger: logger
        ) { port in
            readiness.isReady(.api)
            logger.notice("the API listens on \(configuration.listen.host), port \(port)")
            sd_notify(0, "READY=1")
        }
        server.beforeServerStarts { await gate.wait() }
        let health = Listeners.health(healthRouter.router(), configuration.health, logger: logger) { port in
            logger.notice("health and metrics on \(configuration.health.host), port \(port)")
        }
        return [
            Startup(steps: startSteps, gate: gate, readiness: readiness, logger: logger),
            Housekeeping(
                store: store, clock: clock, rawReportHours: configuration.rawReportHours, logger: logger),
            api.alerts,
        ] + (ledger.map { [$0] } ?? []) + [
            AfterStart(gate: gate, service: watch), judging, api.committer, api.tokens,
        ] + [tokenListener(gate)].compactMap { $0 } + [
            server, EndOfWaiting(hub: hub), reloading, health,
        ]
    }

    private func tokenListener(_ gate: StartGate) -> (any Service)? {
        guard let listener = configuration.tokens else { return nil }
        var server = Listeners.tokens(api.tokenRouter(), listener, tls: tls, metrics: metrics, logger: logger) { port in
            logger.notice("tokens are taken at \(listener.host), port \(port)")
        }
        server.beforeServerStarts { await gate.wait() }
        return server
    }

    private var startSteps: [Startup.Step] {
        [
            Startup.Step(part: .store) {
                try await api.registry.restore()
                try await api.latest.restore(hosts: api.registry.names, from: store)
            },
            Startup.Step(part: .judging) {
                try await noteKey()
                try await noteFiles()
                try await ledger?.flush()
            },
            // What people approved comes first: judging again must meet the same records.
            Startup.Step(part: .judging) {
                try await api.desk.restore()
                try await api.origins.restore()
                try await api.policies.restore()
                try await judging.restore()
                try await api.tokens.restore()
                try await watch.restore()
            },
        ]
    }

    private func noteKey() async throws {
        guard let configuration = configuration.ledger else { return }
        try await onRecord.note(
            key: SigningKeyFile.read(configuration.signingKey),
            retiring: configuration.retiringKey.map { try SigningKeyFile.read($0) })
    }

    /// Permissions and policies that came into force.
    private func noteFiles() async throws {
        let digest = access.digest
        var items: [FilesOnRecord.Item] = []
        if let permissions = Digest(hex: digest) {
            items.append(
                .init(
                    kind: .permission, subject: "permissions", digest: permissions,
                    summary: "permissions sha256 \(digest) in force"))
        }
        for name in policies.names {
            guard let policy = policies.policy(named: name), let digest = Digest(hex: policy.digest) else { continue }
            items.append(
                .init(
                    kind: .policy, subject: "policy:\(name)", digest: digest,
                    summary: "policy \(name) sha256 \(policy.digest) in force"))
        }
        try await onRecord.note(items)
    }

    private var healthRouter: Health {
        Health(
            clock: clock, registry: api.registry, latest: api.latest, committer: api.committer,
            security: api.security, metrics: metrics, tls: tls, readiness: readiness,
            moreMetrics: { await judging.metricsText + api.alerts.metricsText })
    }

    private func reloadPolicies() throws {
        try policies.reload()
        let list = policies.active.sorted { $0.key < $1.key }.map { "\($0.key) sha256 \($0.value.digest)" }
        logger.notice("policies in force: \(list.joined(separator: ", "))")
    }

    private var reloading: Reloading {
        Reloading(
            parts: [
                Reloading.Part(name: "certificates", isStale: { tls.isStale }, reload: { try await tls.reload() }),
                Reloading.Part(
                    name: "permissions", isStale: { access.isStale },
                    reload: {
                        try access.reload()
                        try await noteFiles()
                    }),
                Reloading.Part(
                    name: "policies", isStale: { policies.isStale },
                    reload: {
                        try reloadPolicies()
                        try await noteFiles()
                    }),
                Reloading.Part(
                    name: "alert secrets", isStale: { api.alerts.receivers.isStale },
                    reload: { try api.alerts.receivers.reload() }),
            ],
            metrics: metrics, logger: logger)
    }
}

/// Runs another service once the start is over.
private struct AfterStart: Service {
    let gate: StartGate
    let service: any Service

    func run() async throws {
        await gate.wait()
        try await service.run()
    }
}

/// Stops right before the API does, and sends home those who wait at a gate, whom it would wait for otherwise.
private struct EndOfWaiting: Service {
    let hub: ChangeHub

    func run() async throws {
        try? await gracefulShutdown()
        hub.close()
    }
}
