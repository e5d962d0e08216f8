import Shared

/// Where the present situation is read from.
struct AlertSources: Sendable {
    let judging: JudgingService
    let desk: AccessDesk
    let policies: PolicyDesk
    let registry: HostRegistry
    let latest: LatestReports
    let clock: any WallClock
    /// Nobody is silent because the collector was not there to listen.
    let startMicroseconds: UInt64

    /// Below it, three periods are shorter than an agent's restart.
    private static let shortestSilenceMicroseconds: UInt64 = 60_000_000

    func situation() async -> AlertSituation {
        var situation = AlertSituation()
        (situation.rollouts, situation.words) = await judging.alertSituation()
        for view in await desk.views() { situation.accesses[view.id] = AlertSituation.AccessNow(view) }
        for (id, proposal) in await policies.proposals {
            situation.policies[id] = AlertSituation.PolicyNow(
                name: proposal.name, digest: proposal.digest, proposedBy: proposal.proposed.by,
                approvedBy: proposal.approved?.by ?? "")
        }
        let now = clock.nowMicroseconds()
        for row in await registry.waitingRows { situation.hosts[row.host] = AlertSituation.HostNow(state: nil) }
        for host in await registry.all {
            situation.hosts[host.name] = AlertSituation.HostNow(host, isSilent: isSilent(host.name, now))
        }
        return situation
    }

    private func isSilent(_ host: String, _ now: UInt64) -> Bool {
        guard let summary = latest.summary(of: host) else { return false }
        let wait = max(3 * summary.intervalMicroseconds, Self.shortestSilenceMicroseconds)
        return max(summary.receivedMicroseconds, startMicroseconds) + wait < now
    }
}
