import Hummingbird
import Judge
import Pages
import Shared

// A pair's page and a host's, with charts of frozen blocks.
extension API {
    func pairPage(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        let query = try Query(request, allowed: ["before"])
        let entry = try await rollout(.readRollout, context)
        let id = entry.rollout.spec.id
        let unknown = Problem(.notFound, "there is no pair of that name in \(id)")
        guard let name = context.parameters.get("name").flatMap(Link.text(ofSegment:)), !name.isEmpty,
            let pair = (entry.judge.pairs + entry.judge.endedPairs).first(where: { $0.name == name })
        else { throw unknown }
        let reader = ComparisonReader(
            store: store, blockSeconds: entry.blockSeconds, old: [pair.old: [name]], new: [pair.new: [name]],
            allowed: Self.allowed("pair", entry.verdict?.view))
        let newest = max(0, entry.judge.nextBlock - 1)
        let last = try Self.lastBlock(query["before"], newest: newest, blockSeconds: entry.blockSeconds)
        let comparison = try await charts.pass {
            try await reader.read(
                last: last, newest: newest, oldName: pair.old, newName: pair.new, address: Link.pair(name, of: id))
        }
        let checks = entry.verdict?.view.checks.filter { $0.level == "pair" && $0.subject == name } ?? []
        return .page(
            PairPage.html(
                PairContent(
                    visitor: visitor(context), now: nowText, rollout: entry.view, pair: pair, checks: checks,
                    comparison: comparison)))
    }

    /// - Parameter text: seconds since 1970, the end of the page.
    private static func lastBlock(_ text: String?, newest: Int, blockSeconds: Int) throws(Problem) -> Int {
        guard let text else { return newest }
        guard let seconds = Int(text), seconds >= blockSeconds, seconds < 1 << 40 else {
            throw Problem(.malformed, "before takes seconds since 1970")
        }
        return min(seconds / blockSeconds - 1, newest)
    }

    /// What the last verdict allowed each metric at this level.
    private static func allowed(_ level: String, _ verdict: VerdictView?) -> [Metric: Double] {
        var result: [Metric: Double] = [:]
        for check in verdict?.checks ?? [] where check.level == level && check.kind == "interval" && check.unit == "ppm"
        {
            guard let metric = Metric(rawValue: check.metric), let bound = check.bound.flatMap(Double.init) else {
                continue
            }
            result[metric] = bound / 1_000_000
        }
        return result
    }

    // MARK: Host

    func hostDetailPage(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        let query = try Query(request, allowed: ["before"])
        try access.require(.readHosts, caller: context.caller)
        let name = try context.name("host")
        guard let host = await registry.host(name) else { throw Problem(.notFound, "there is no host \(name)") }
        var entries: [RolloutEntry] = []
        for view in await judging.views() where (view.old + view.new).contains(name) {
            if let entry = await judging.entry(view.id) { entries.append(entry) }
        }
        // A host that served several roll-outs is shown in the one that is judged, or the last one.
        let shown = entries.first { $0.rollout.isJudged } ?? entries.first
        let instances = shown.map { Self.instances(of: name, in: $0) } ?? []
        var comparison: ComparisonContent?
        if let shown, !instances.isEmpty {
            comparison = try await charts.pass {
                try await self.comparison(of: name, instances, in: shown, before: query["before"])
            }
        }
        let content = HostContent(
            visitor: visitor(context), now: nowText,
            host: fleetHost(host, in: entries.map(\.rollout).filter(\.isJudged)), addresses: host.row.addresses ?? "",
            changedBy: host.row.changedBy, changedAt: Timestamp.text(microseconds: host.row.changedAtMicroseconds),
            instances: instances, comparison: comparison)
        return .page(HostDetailPage.html(content))
    }

    private static func instances(of host: String, in entry: RolloutEntry) -> [HostContent.Instance] {
        entry.judge.pairs.compactMap { pair in
            guard pair.old == host || pair.new == host else { return nil }
            return HostContent.Instance(
                name: pair.name, rollout: entry.rollout.spec.id, twin: pair.old == host ? pair.new : pair.old)
        }
    }

    /// This host's mirrored instances together against their other copies, wherever those are.
    private func comparison(
        of host: String, _ instances: [HostContent.Instance], in entry: RolloutEntry, before: String?
    ) async throws(Problem) -> ComparisonContent {
        let own: ComparisonReader.Side = [host: Set(instances.map(\.name))]
        let twins: ComparisonReader.Side = Dictionary(grouping: instances, by: \.twin).mapValues { Set($0.map(\.name)) }
        let isOld = entry.rollout.spec.old.contains(host)
        let reader = ComparisonReader(
            store: store, blockSeconds: entry.blockSeconds, old: isOld ? own : twins, new: isOld ? twins : own,
            allowed: Self.allowed("host", entry.verdict?.view))
        let newest = max(0, entry.judge.nextBlock - 1)
        let twinNames = twins.keys.sorted().prefix(4).joined(separator: ", ") + (twins.count > 4 ? " and others" : "")
        return try await reader.read(
            last: try Self.lastBlock(before, newest: newest, blockSeconds: entry.blockSeconds), newest: newest,
            oldName: isOld ? host : twinNames, newName: isOld ? twinNames : host, address: Link.host(host))
    }
}
