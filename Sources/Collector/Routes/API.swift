import Hummingbird
import Ledger
import Logging
import Shared

/// The API port's routes and what they share. Each resource has its file; this one puts them together.
struct API: Sendable {
    let store: any Store
    let clock: any WallClock
    let access: AccessRules
    let registry: HostRegistry
    let latest: LatestReports
    let committer: Committer
    let security: SecurityLog
    let metrics: Metrics
    let judging: JudgingService
    let hub: ChangeHub
    let desk: AccessDesk
    let origins: OriginShelf
    let policies: PolicyDesk
    let tokens: TokenShelf
    let alerts: AlertSender
    /// Whether tokens can be used at all.
    let hasTokenListener: Bool
    /// `nil`: nothing is signed here.
    var ledger: LedgerService?
    var signer: VerifyingKey?
    /// The audit log as pages show it; without one they leave it out.
    var logSource: (any LogPageSource)?
    let keys = KeysInUse()
    let forms = FormGuard()
    let charts = Turnstile(places: 4)

    func router() -> Router<PerchRequestContext> {
        let methods = MethodTable()
        let router = Router(context: PerchRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware(clock: clock, needsPeer: true, routes: methods))
        addReports(to: router)
        addHosts(to: router)
        addRollouts(to: router)
        addEvaluations(to: router)
        addGate(to: router)
        addAccess(to: router)
        addOrigins(to: router)
        addLedger(to: router)
        addVerdictReports(to: router)
        addPages(to: router)
        addPolicies(to: router)
        addTokens(to: router)
        addAlerts(to: router)
        addDescription(to: router)
        methods.fill(from: router)
        return router
    }
}
