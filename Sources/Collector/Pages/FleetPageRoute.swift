import Hummingbird
import Pages
import Shared

extension API {
    /// A host that sends nothing for so many of its periods is silent.
    static let silentPeriods: UInt64 = 3

    func fleetPage(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        try access.require(.readRollout, caller: context.caller)
        let entries = await readableEntries(context)
        let mayReadHosts = may(.readHosts, context)
        let waiting = mayReadHosts ? await hostPage().waiting : []
        var hosts: [FleetContent.Host]?
        if mayReadHosts {
            let all = entries.map(\.rollout).filter(\.isJudged)
            hosts = await registry.all.map { fleetHost($0, in: all) }
        }
        let undecided = may(.readAccess, context) ? await desk.views().filter { $0.state == .requested }.count : 0
        return .page(
            FleetPage.html(
                FleetContent(
                    visitor: visitor(context), now: nowText, rollouts: entries.map(fleetRollout), hosts: hosts,
                    waiting: waiting, undecided: undecided)))
    }

    /// Newest first, those that the caller may read.
    private func readableEntries(_ context: PerchRequestContext) async -> [RolloutEntry] {
        var entries: [RolloutEntry] = []
        for view in await judging.views() {
            guard
                (try? access.require(.readRollout, caller: context.caller, rollout: (view.id, view.createdBy))) != nil,
                let entry = await judging.entry(view.id)
            else { continue }
            entries.append(entry)
        }
        return entries
    }

    private func fleetRollout(_ entry: RolloutEntry) -> FleetContent.Rollout {
        guard entry.rollout.isJudged, let stage = entry.rollout.stage.next else {
            return FleetContent.Rollout(view: entry.view, gate: nil)
        }
        return FleetContent.Rollout(
            view: entry.view, gate: entry.gate.answer(stage, nowMicroseconds: clock.nowMicroseconds()))
    }

    func fleetHost(_ host: Host, in rollouts: [Rollout]) -> FleetContent.Host {
        let summary = latest.summary(of: host.name)
        let now = clock.nowMicroseconds()
        let age = summary.map { now - min($0.receivedMicroseconds, now) }
        let isSilent =
            summary.map { (age ?? 0) > Self.silentPeriods * max($0.intervalMicroseconds, 1_000_000) } ?? false
        return FleetContent.Host(
            view: view(host), ageSeconds: age.map { Int($0 / 1_000_000) }, isSilent: host.state == .active && isSilent,
            rollouts: rollouts.compactMap { rollout in
                let spec = rollout.spec
                if spec.new.contains(host.name) { return .init(rollout: spec.id, side: .new) }
                return spec.old.contains(host.name) ? .init(rollout: spec.id, side: .old) : nil
            })
    }
}
