import Shared

@testable import Pages

/// Values that pages are made of.
enum Sample {
    static let hostile = #""><script>alert(1)</script>&'\#u{202e}"#
    static let visitor = Visitor(
        id: "spiffe://perch.example/perch/person/ada", mayReadAccess: true, mayReadLog: true)
    static let now = "2026-11-24T22:34:03Z"

    static func check(
        _ metric: String, level: String = "fleet", kind: String = "interval", outcome: String = "PASS",
        observed: String? = "1006990", lower: String? = "979098", upper: String? = "1025588",
        bound: String? = "1150000", unit: String = "ppm", subject: String = "", sentence: String = "A sentence."
    ) -> CheckView {
        CheckView(
            id: "\(level).\(metric).\(kind)", level: level, subject: subject, metric: metric, kind: kind,
            outcome: outcome, reason: "withinBound", observed: observed, lower: lower, upper: upper, bound: bound,
            unit: unit, samples: "211", effectiveSamples: "50200", detectable: nil, sentence: sentence)
    }

    static func verdict(
        _ state: VerdictState = .pass, text: String = "x", missing: [String] = [], checks: [CheckView]? = nil
    ) -> VerdictView {
        VerdictView(
            id: "01a20efd-a0e5-7578-a7b9-1f6f224e048c", rollout: "r1", verdict: state, summary: "summary \(text)",
            reason: state == .fail ? "reason \(text)" : "", missing: missing, etaHours: nil, hour: 20, judging: 1,
            evaluatedAt: "2026-11-24T19:17:12Z", windowFrom: "2026-11-24T00:00:00Z", windowTo: "2026-11-24T19:00:00Z",
            policy: "default", policyDigest: String(repeating: "ab", count: 32), pairs: 6,
            checks: checks ?? [check("cpu"), check("err", unit: "1e-6 per pair and block")],
            failedCheck: state == .fail ? "fleet.cpu.interval" : nil)
    }

    static func rollout(_ text: String = "r1", stage: Stage = .mirroring) -> RolloutView {
        RolloutView(
            id: text, stage: stage, version: 1, policy: text, policyDigest: text,
            artifacts: [RolloutSpec.Artifact(name: text, sha256: text)], old: ["db-1"], new: ["db-11", text],
            pairs: [RolloutSpec.Pair(name: text, old: "db-1", new: "db-11")], createdBy: text,
            createdAt: "2026-11-22T12:00:00Z",
            history: [RolloutView.StageChange(stage: stage, at: "2026-11-22T12:00:00Z", by: text, reason: text)],
            observed: [text], judging: 1,
            overrides: [
                RolloutView.OverrideView(
                    id: text, verdictID: text, checks: [text], by: text, at: now, until: now, reason: text)
            ],
            moveBack: [RolloutSpec.Move(name: text, from: text, to: text)],
            moves: [RolloutView.MoveView(name: text, from: text, to: text, at: text, by: text)],
            invalidations: [
                RolloutView.InvalidationView(host: text, from: text, to: text, at: text, by: text, reason: text)
            ])
    }

    static func gate(_ state: GateAnswer.State, _ stage: Stage = .open, text: String = "why") -> GateAnswer {
        GateAnswer(
            state: state, verdict: .fail, override: GateOverride(id: text, by: text, until: text, checks: [text]),
            rollout: text, stage: stage, reasons: [text], summary: text, verdictID: text, evaluatedAt: now,
            validUntil: now, retryAfter: 0, checks: [], report: text)
    }

    static func access(_ text: String = "ada", from: String = "2026-11-24T10:00:00Z") -> AccessView {
        AccessView(
            id: text, state: .requested, user: text, hosts: ["db-11", text], from: from,
            to: "2026-11-24T12:00:00Z", reason: text, ticket: text, sources: [text], keys: [text], requestedBy: text,
            requestedAt: text, decidedBy: text, decidedAt: text, decisionReason: text, endedBy: "", endedAt: "")
    }

    static func report(_ text: String = "x", accesses: [AccessView]? = []) -> ReportContent {
        ReportContent(
            verdict: verdict(.fail, text: text, missing: [text]), rollout: rollout(text),
            artifacts: [RolloutSpec.Artifact(name: text, sha256: text)], accesses: accesses,
            logins: LoginList(
                logins: [LoginView(at: now, host: text, user: text, source: text, means: text)], leftOut: 3),
            logPosition: .init(index: 4, size: 7, root: text, keyID: text, checkpointTime: text), now: now)
    }

    /// Every page, with this text wherever an outsider has a say.
    static func pages(_ text: String) -> [String: String] {
        let host = FleetContent.Host(
            view: HostView(
                host: text, state: .active, lastReportAt: text, lastSequence: text, instances: 1, skewMilliseconds: 3,
                agentVersion: text, troubles: [text]), ageSeconds: 100, isSilent: true,
            rollouts: [.init(rollout: text, side: .new)])
        let fleet = FleetContent(
            visitor: visitor, now: now,
            rollouts: [
                .init(view: rollout(text), gate: gate(.blocked, text: text)), .init(view: rollout(text), gate: nil),
            ], hosts: [host],
            waiting: [WaitingHost(host: text, address: text, machineIDDigest: text, firstSeenAt: text)], undecided: 2)
        let comparison = ComparisonContent(
            oldName: text, newName: text, charts: [chart(title: text)], oldGaps: [text: 3], newGaps: [:],
            fromSeconds: 1_700_000_000, toSeconds: 1_700_090_000, earlier: text, later: text)
        let failing = verdict(
            .fail, text: text, missing: [text],
            checks: [
                check(text, outcome: text, subject: text, sentence: text),
                check("x", level: "rule", outcome: "FAIL", sentence: text),
            ])
        return [
            "fleet": FleetPage.html(fleet),
            "rollout": RolloutDetailPage.html(
                RolloutContent(
                    visitor: visitor, now: now, view: rollout(text),
                    gates: [gate(.blocked, text: text), gate(.waiting, .migrating, text: text)],
                    earliest: [.open: text], verdict: failing,
                    history: [VerdictMark(id: text, state: .fail, hour: 1, judging: 1, evaluatedAt: text)],
                    silent: [.init(host: text, seconds: 9)])),
            "pair": PairPage.html(
                PairContent(
                    visitor: visitor, now: now, rollout: rollout(text),
                    pair: RolloutSpec.Pair(name: text, old: text, new: text), checks: failing.checks,
                    comparison: comparison)),
            "host": HostDetailPage.html(
                HostContent(
                    visitor: visitor, now: now, host: host, addresses: text, changedBy: text, changedAt: text,
                    instances: [.init(name: text, rollout: text, twin: text)], comparison: comparison)),
            "report": ReportPage.html(report(text, accesses: [access(text)])),
            "access": AccessRequestsPage.html(
                AccessContent(
                    visitor: visitor, now: now, requests: [access(text)], decideToken: text, askToken: text,
                    formID: text, refusal: text)),
            "log": LogPage.html(
                LogContent(
                    visitor: visitor, now: now,
                    entries: [
                        .init(index: 1, time: text, kind: text, subject: text, by: text, what: text, address: text)
                    ], checkpoint: .init(size: 1, root: text, time: text), before: 3)),
            "refusal": RefusalPage.html(
                status: 403, title: text, detail: text, reasons: [text], requestID: text, visitor: nil, now: now),
        ]
    }

    static func chart(
        title: String = "PING", old: [Double?] = [100, 110, nil, nil, 105], new: [Double?] = [101, nil, 99, 120, 130],
        allowed: Double? = 1.15
    ) -> LineChart {
        LineChart(
            title: title, unit: .nanoseconds, old: old, new: new, allowed: allowed, startSeconds: 1_700_000_100,
            stepSeconds: 300)
    }
}
