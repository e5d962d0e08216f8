import Shared

/// An alert without its id and time: what differs between two situations, in words and members.
struct AlertDraft: Sendable, Equatable {
    var kind: AlertKind
    /// The part of the type behind the kind's dot.
    var event: String
    var text: String
    var data = AlertData()

    var type: String { "\(kind.rawValue).\(event)" }
    /// Of a message's text; chats cut longer ones.
    static let textBytes = 2000

    init(_ kind: AlertKind, _ event: String, _ text: String, _ fill: (inout AlertData) -> Void) {
        self.kind = kind
        self.event = event
        self.text = Self.bounded(text)
        fill(&data)
    }

    private static func bounded(_ text: String) -> String {
        guard text.utf8.count > textBytes else { return text }
        var text = text
        while text.utf8.count > textBytes - 3 { text.removeLast() }
        return text + "…"
    }
}

/// What must be announced when one situation follows another. Pure; the same two give the same alerts.
enum AlertChanges {
    static func between(_ before: AlertSituation, _ after: AlertSituation) -> [AlertDraft] {
        rollouts(before, after) + accesses(before, after) + policies(before, after)
            + HostAlerts.between(before.hosts, after.hosts)
    }

    // MARK: Roll-outs

    private static func rollouts(_ before: AlertSituation, _ after: AlertSituation) -> [AlertDraft] {
        after.rollouts.sorted { $0.key < $1.key }.flatMap { id, now -> [AlertDraft] in
            let old = before.rollouts[id] ?? AlertSituation.RolloutNow()
            guard old != now else { return [] }
            let words = after.words[id] ?? AlertSituation.RolloutWords()
            return stages(id, old, now) + verdict(id, old, now, words) + overrides(id, old, now)
                + gates(id, old, now, words) + logins(id, old, now)
        }
    }

    private static func stages(
        _ id: String, _ old: AlertSituation.RolloutNow, _ now: AlertSituation.RolloutNow
    ) -> [AlertDraft] {
        now.stages.dropFirst(old.stages.count).map { step in
            let what: String
            switch step.stage {
            case .mirroring: what = "created, mirroring begins"
            case .rolledBack: what = "rolled back"
            case .open, .migrating, .switched, .retired: what = "stage \(step.stage.rawValue) reached"
            }
            let why = step.reason.isEmpty || step.stage == .mirroring ? "" : ": \(step.reason)"
            return AlertDraft(.stage, "reached", "\(id): \(what), by \(step.by)\(why)") {
                $0.rollout = id
                $0.stage = step.stage
                $0.by = step.by
                $0.reason = step.reason
            }
        }
    }

    private static func verdict(
        _ id: String, _ old: AlertSituation.RolloutNow, _ now: AlertSituation.RolloutNow,
        _ words: AlertSituation.RolloutWords
    ) -> [AlertDraft] {
        guard old.verdict != now.verdict else { return [] }
        let text = "\(id): \(now.verdict.rawValue), before \(old.verdict.rawValue): \(words.summary)"
        return [
            AlertDraft(.verdict, "changed", text) {
                $0.rollout = id
                $0.verdict = now.verdict
                $0.before = old.verdict
                $0.verdictID = words.verdictID
                $0.reason = words.summary
            }
        ]
    }

    private static func gates(
        _ id: String, _ old: AlertSituation.RolloutNow, _ now: AlertSituation.RolloutNow,
        _ words: AlertSituation.RolloutWords
    ) -> [AlertDraft] {
        let changes = Stage.gates.filter { old.state(of: $0) != now.state(of: $0) }.map { stage in
            AlertData.GateChange(
                stage: stage, from: old.state(of: stage), to: now.state(of: stage),
                reasons: words.gateReasons[stage] ?? [])
        }
        guard let first = changes.first else { return [] }
        let list = changes.map { "\($0.stage.rawValue) is \($0.to.rawValue)" }.joined(separator: ", ")
        let why = first.reasons.first.map { ": \($0)" } ?? ""
        return [
            AlertDraft(.gate, "changed", "\(id): gate \(list)\(why)") {
                $0.rollout = id
                $0.gates = changes
            }
        ]
    }

    private static func overrides(
        _ id: String, _ old: AlertSituation.RolloutNow, _ now: AlertSituation.RolloutNow
    ) -> [AlertDraft] {
        func draft(_ event: String, _ text: String, _ override: GateOverride) -> AlertDraft {
            AlertDraft(.override, event, text) {
                $0.rollout = id
                $0.override = override
                $0.by = override.by
            }
        }
        let granted = now.overrides.filter { old.overrides[$0.key] == nil }.values.sorted { $0.id < $1.id }
        let ended = old.overrides.filter { now.overrides[$0.key] == nil }.values.sorted { $0.id < $1.id }
        return granted.map { override in
            let checks = listed(override.checks)
            return draft("granted", "\(id): \(override.by) accepts \(checks) until \(override.until)", override)
        }
            + ended.map { draft("ended", "\(id): the override of \(listed($0.checks)) has ended", $0) }
    }

    private static func logins(
        _ id: String, _ old: AlertSituation.RolloutNow, _ now: AlertSituation.RolloutNow
    ) -> [AlertDraft] {
        let told = Set(old.logins)
        return now.logins.filter { !told.contains($0) }.map { login in
            AlertDraft(.login, "unapproved", "\(id), \(login.host): \(login.fact)") {
                $0.rollout = id
                $0.hosts = [login.host]
                $0.reason = login.fact
            }
        }
    }

    // MARK: What people ask and decide

    private static func accesses(_ before: AlertSituation, _ after: AlertSituation) -> [AlertDraft] {
        after.accesses.sorted { $0.key < $1.key }.flatMap { id, now -> [AlertDraft] in
            now.steps.dropFirst(before.accesses[id]?.steps.count ?? 0).map { step in
                let (words, by, reason) = told(step, now)
                let who = by.isEmpty ? "" : " by \(by)"
                let why = reason.isEmpty ? "" : ": \(reason)"
                let text = "access of \(now.user) to \(listed(now.hosts)) \(words)\(who)\(why)"
                return AlertDraft(.access, step.rawValue, text) {
                    $0.access = id
                    $0.user = now.user
                    $0.hosts = now.hosts
                    $0.by = by.isEmpty ? nil : by
                    $0.reason = reason.isEmpty ? nil : reason
                }
            }
        }
    }

    private static func told(
        _ step: AccessView.State, _ access: AlertSituation.AccessNow
    ) -> (words: String, by: String, reason: String) {
        switch step {
        case .requested: ("is asked for", access.requestedBy, access.reason)
        case .approved: ("is approved", access.decidedBy, access.decisionReason)
        case .denied: ("is denied", access.decidedBy, access.decisionReason)
        case .lapsed: ("has lapsed, nobody decided", "", "")
        case .ended: ("has ended", access.endedBy, "")
        }
    }

    private static func policies(_ before: AlertSituation, _ after: AlertSituation) -> [AlertDraft] {
        after.policies.sorted { $0.key < $1.key }.flatMap { id, now -> [AlertDraft] in
            let old = before.policies[id]
            func draft(_ event: String, _ verb: String, _ by: String) -> AlertDraft {
                AlertDraft(.policy, event, "policy \(now.name) \(verb) by \(by), sha256 \(now.digest)") {
                    $0.policy = now.name
                    $0.digest = now.digest
                    $0.by = by
                }
            }
            let proposed = old == nil ? [draft("proposed", "is proposed", now.proposedBy)] : []
            let isNewlyApproved = !now.approvedBy.isEmpty && (old?.approvedBy ?? "").isEmpty
            return proposed + (isNewlyApproved ? [draft("approved", "is approved", now.approvedBy)] : [])
        }
    }

    static func listed(_ names: [String]) -> String {
        let shown = names.prefix(10).joined(separator: ", ")
        return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
    }
}

/// Alerts about hosts: those that the same happened to are told together, since a fleet falls silent at once.
enum HostAlerts {
    private struct Event: Hashable {
        var name: String
        var sentence: String
        var by: String
        var reason: String
    }

    static func between(
        _ before: [String: AlertSituation.HostNow], _ after: [String: AlertSituation.HostNow]
    ) -> [AlertDraft] {
        var hosts: [Event: [String]] = [:]
        var order: [Event] = []
        for (host, now) in after.sorted(by: { $0.key < $1.key }) where before[host] != now {
            for event in events(before[host], now) {
                if hosts[event] == nil { order.append(event) }
                hosts[event, default: []].append(host)
            }
        }
        return order.map { event in
            let names = hosts[event] ?? []
            let subject = names.count == 1 ? names[0] : "\(names.count) hosts (\(AlertChanges.listed(names)))"
            let why = event.reason.isEmpty ? "" : ": \(event.reason)"
            return AlertDraft(.host, event.name, "\(subject): \(event.sentence)\(why)") {
                $0.hosts = names
                $0.by = event.by.isEmpty ? nil : event.by
                $0.reason = event.reason.isEmpty ? nil : event.reason
            }
        }
    }

    private static func events(
        _ before: AlertSituation.HostNow?, _ now: AlertSituation.HostNow
    ) -> [Event] {
        var events: [Event] = []
        if before == nil || before?.state != now.state { events.append(registry(now)) }
        if now.isDuplicate, before?.isDuplicate != true {
            events.append(
                Event(name: "duplicate", sentence: "reports from two places, refused", by: "", reason: ""))
        }
        if now.isSilent != (before?.isSilent ?? false), now.state == .active {
            let sentence = now.isSilent ? "silent, no report for 3 periods" : "reports again"
            events.append(Event(name: now.isSilent ? "silent" : "reporting", sentence: sentence, by: "", reason: ""))
        }
        return events
    }

    /// An agent's own first report makes it active: who that is, is no news, and would keep hosts apart.
    private static func registry(_ now: AlertSituation.HostNow) -> Event {
        switch now.state {
        case nil: Event(name: "waiting", sentence: "waits for registration", by: "", reason: "")
        case .pending: Event(name: "pending", sentence: "pending", by: now.by, reason: now.reason)
        case .active: Event(name: "active", sentence: "active", by: "", reason: "")
        case .retired: Event(name: "retired", sentence: "retired by \(now.by)", by: now.by, reason: now.reason)
        case .banned: Event(name: "banned", sentence: "banned by \(now.by)", by: now.by, reason: now.reason)
        }
    }
}
