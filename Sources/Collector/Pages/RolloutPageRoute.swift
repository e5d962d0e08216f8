import Hummingbird
import Pages
import Shared

extension API {
    /// Ten days of hours.
    static let mostVerdictMarks = 240

    func rolloutPage(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        let entry = try await rollout(.readRollout, context)
        let now = clock.nowMicroseconds()
        let gate = entry.gate
        var silent: [RolloutContent.Silence] = []
        for name in entry.rollout.spec.old + entry.rollout.spec.new where entry.rollout.isJudged {
            guard let host = await registry.host(name).map({ fleetHost($0, in: []) }), host.isSilent else { continue }
            silent.append(RolloutContent.Silence(host: name, seconds: host.ageSeconds ?? 0))
        }
        return .page(
            RolloutDetailPage.html(
                RolloutContent(
                    visitor: visitor(context), now: nowText, view: entry.view,
                    gates: Stage.gates.map { gate.answer($0, nowMicroseconds: now) }, earliest: Self.earliest(entry),
                    verdict: entry.verdict?.view, history: try await marks(of: entry.rollout.spec.id),
                    silent: silent)))
    }

    private static func earliest(_ entry: RolloutEntry) -> [Stage: String] {
        entry.policy.gates.ages.mapValues {
            Timestamp.text(
                microseconds: entry.rollout.createdAtMicroseconds + UInt64(max(0, $0.seconds)) * 1_000_000)
        }
    }

    private func marks(of rollout: String) async throws(Problem) -> [VerdictMark] {
        do {
            return try await store.verdicts(rollout: rollout, limit: Self.mostVerdictMarks).map { row in
                VerdictMark(
                    id: row.id, state: VerdictState(rawValue: row.state) ?? .inconclusive, hour: row.hour,
                    judging: row.judging, evaluatedAt: Timestamp.text(microseconds: row.evaluatedAtMicroseconds))
            }
        } catch {
            throw Problem(stored: error)
        }
    }

    /// `/verdicts/{id}`.
    func verdictPage(_ request: Request, _ context: PerchRequestContext) async throws -> Answer {
        _ = try Query(request)
        return try await reportPage(try context.name("verdict"), context)
    }

    /// The same at `/v1/reports/{id}.html`.
    func reportPage(_ id: String, _ context: PerchRequestContext) async throws -> Answer {
        try access.require(.readRollout, caller: context.caller)
        let view = try await verdict(id, .readRollout, context)
        guard let entry = await judging.entry(view.rollout) else {
            throw Problem(.notFound, "the roll-out of \(id) is not there any more")
        }
        let mayReadAccess = may(.readAccess, context)
        let content = ReportContent(
            verdict: view, rollout: entry.view, artifacts: entry.rollout.artifacts(ofJudging: view.judging),
            accesses: mayReadAccess ? await desk.views() : nil, logins: mayReadAccess ? entry.logins(of: view) : nil,
            logPosition: try await logSource?.position(ofVerdict: id), visitor: visitor(context), now: nowText)
        return .page(ReportPage.html(content))
    }
}
