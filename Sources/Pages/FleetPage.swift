import Shared

/// The whole fleet on one page: what needs a person now, the roll-outs, the hosts.
public struct FleetContent: Sendable {
    public struct Rollout: Sendable {
        public var view: RolloutView
        /// Of the next stage, or of the last one reached; `nil` once it is over.
        public var gate: GateAnswer?
        public init(view: RolloutView, gate: GateAnswer?) {
            self.view = view
            self.gate = gate
        }
    }

    public struct Host: Sendable {
        public var view: HostView
        /// Since the last report; `nil` before the first.
        public var ageSeconds: Int?
        /// Three periods without a report.
        public var isSilent: Bool
        public var rollouts: [Membership]
        public init(view: HostView, ageSeconds: Int?, isSilent: Bool, rollouts: [Membership]) {
            self.view = view
            self.ageSeconds = ageSeconds
            self.isSilent = isSilent
            self.rollouts = rollouts
        }
    }

    /// A host's place in a roll-out that is not over.
    public struct Membership: Sendable, Equatable {
        public enum Side: String, Sendable { case old, new }
        public var rollout: String
        public var side: Side
        public init(rollout: String, side: Side) {
            self.rollout = rollout
            self.side = side
        }
    }

    public var visitor: Visitor
    public var now: String
    public var rollouts: [Rollout]
    /// `nil`: not for this visitor.
    public var hosts: [Host]?
    public var waiting: [WaitingHost]
    /// Requests for access that wait for a decision.
    public var undecided: Int

    public init(
        visitor: Visitor, now: String, rollouts: [Rollout], hosts: [Host]?, waiting: [WaitingHost], undecided: Int
    ) {
        self.visitor = visitor
        self.now = now
        self.rollouts = rollouts
        self.hosts = hosts
        self.waiting = waiting
        self.undecided = undecided
    }
}

public enum FleetPage {
    public static func html(_ content: FleetContent) -> String {
        let frame = Frame(title: "Fleet", section: .fleet, visitor: content.visitor, now: content.now)
        let body: HTML = """
            <h1>Fleet</h1>
            <h2 class="hide">What needs a person</h2>
            \(alerts(content))
            \(rollouts(content))
            \(content.hosts.map(hosts) ?? "")
            \(waiting(content.waiting))
            """
        return frame.html(body)
    }

    // MARK: What needs a person

    private static func alerts(_ content: FleetContent) -> HTML {
        var items: [HTML] = []
        for rollout in content.rollouts {
            guard let gate = rollout.gate, gate.state == .blocked, rollout.view.stage != .rolledBack else { continue }
            let id = rollout.view.id
            items.append(
                alert(
                    .bad, "blocked", #"<b><a href="\#(Link.rollout(id))">\#(id)</a></b>"#, gate.summary,
                    "Place no more instances. Roll back, or mend it and begin a new evaluation."))
        }
        for host in content.hosts ?? [] where host.isSilent && host.view.state == .active {
            let since = host.ageSeconds.map { "no report for \(Moment.span(seconds: $0))" } ?? "has never reported"
            items.append(
                alert(
                    host.rollouts.isEmpty ? .waiting : .bad, "silent",
                    #"<b><a href="\#(Link.host(host.view.host))">\#(host.view.host)</a></b>"#, since,
                    host.rollouts.isEmpty
                        ? "It is in no roll-out. Look at perch-agent there."
                        : "Its roll-outs cannot PASS meanwhile. Look at perch-agent and the network there."))
        }
        for host in content.hosts ?? [] where host.view.state == .pending || host.view.state == .banned {
            guard let trouble = host.view.troubles.first else { continue }
            items.append(
                alert(
                    .waiting, host.view.state.rawValue,
                    #"<b><a href="\#(Link.host(host.view.host))">\#(host.view.host)</a></b>"#, trouble, ""))
        }
        if !content.waiting.isEmpty {
            let count = Quantity.plural(content.waiting.count, "host")
            items.append(
                alert(
                    .waiting, "enrolment", ##"<b><a href="#waiting">\##(count)</a></b>"##,
                    "knocked and nobody registered",
                    "If they are yours: perchctl host approve HOST."))
        }
        if content.undecided > 0 {
            let count = Quantity.plural(content.undecided, "request")
            items.append(
                alert(
                    .waiting, "access", #"<b><a href="/access">\#(count)</a></b>"#,
                    content.undecided == 1 ? "for access waits for a decision" : "for access wait for a decision", "")
            )
        }
        guard !items.isEmpty else {
            let running = content.rollouts.filter { $0.gate != nil }.count
            let words = running == 0 ? "No roll-out is running." : "Nothing is blocked and no host is silent."
            return
                #"<ul class="alerts"><li class="good">\#(Badge.badge(.good, "calm"))<span>\#(words)</span></li></ul>"#
        }
        return #"<ul class="alerts">\#(items)</ul>"#
    }

    private static func alert(
        _ tone: Badge.Tone, _ word: String, _ subject: HTML, _ sentence: String, _ advice: String
    ) -> HTML {
        let advice: HTML = advice.isEmpty ? "" : #"<span class="do small">\#(advice)</span>"#
        return """
            <li class="\(tone.name)">\(Badge.badge(tone, word))\(subject)<span>\(sentence)</span>\(advice)</li>

            """
    }

    // MARK: Roll-outs

    private static func rollouts(_ content: FleetContent) -> HTML {
        let running = content.rollouts.filter { $0.gate != nil }
        let over = content.rollouts.filter { $0.gate == nil }
        let head: HTML = """
            <th scope="col">Roll-out</th><th scope="col">Stage</th><th scope="col">Verdict</th>\
            <th scope="col">Next gate</th><th scope="col">What it says</th><th scope="col" class="num">Pairs</th>\
            <th scope="col" class="num">Age</th>
            """
        let order: [GateAnswer.State?] = [.blocked, .waiting, .open, nil]
        let sorted = running.enumerated().sorted {
            let left = order.firstIndex(of: $0.element.gate?.state) ?? 3
            let right = order.firstIndex(of: $1.element.gate?.state) ?? 3
            return (left, $0.offset) < (right, $1.offset)
        }.map(\.element)
        let table =
            sorted.isEmpty
            ? #"<p class="muted">None is running. A deployment tool starts one: perchctl rollout create FILE.</p>"#
            : Part.table(head, sorted.map { row($0, now: content.now) }, caption: "Roll-outs that are running")
        return """
            <h2>Roll-outs</h2>
            \(table)\(ended(over))
            """
    }

    private static func row(_ rollout: FleetContent.Rollout, now: String) -> HTML {
        let view = rollout.view
        guard let gate = rollout.gate else { return "" }
        return """
            <tr><th scope="row" class="nowrap"><a href="\(Link.rollout(view.id))">\(view.id)</a></th>\
            <td class="nowrap">\(StageTimeline.word(view.stage))</td>\
            <td>\(gate.verdictID.isEmpty ? Badge.badge(.quiet, "none yet") : Badge.verdict(gate.verdict))</td>\
            <td class="nowrap">\(StageTimeline.word(gate.stage)) \(Badge.gate(gate.state))</td><td>\(gate.summary)</td>\
            <td class="num">\(view.pairs.count)</td><td class="num">\(age(view.createdAt, now))</td></tr>

            """
    }

    static func age(_ time: String, _ now: String) -> String {
        guard let from = Moment(time), let to = Moment(now) else { return "–" }
        return Moment.span(seconds: max(0, to.seconds - from.seconds))
    }

    private static func ended(_ rollouts: [FleetContent.Rollout]) -> HTML {
        guard !rollouts.isEmpty else { return "" }
        let rows = rollouts.prefix(50).map { rollout -> HTML in
            let view = rollout.view
            let last = view.history.last
            return """
                <tr><th scope="row"><a href="\(Link.rollout(view.id))">\(view.id)</a></th>\
                <td>\(StageTimeline.word(view.stage))</td><td>\(Moment.html(last?.at ?? ""))</td>\
                <td>\(last.map { Part.who($0.by) } ?? "")</td><td>\(last?.reason ?? "")</td></tr>

                """
        }
        return """
            <details class="scroll"><summary>\(Quantity.plural(rollouts.count, "roll-out")) over</summary>
            <table><thead><tr><th scope="col">Roll-out</th><th scope="col">Ended as</th><th scope="col">When</th>\
            <th scope="col">By</th><th scope="col">Why</th></tr></thead><tbody>
            \(Array(rows))</tbody></table></details>

            """
    }

    // MARK: Hosts

    private static func hosts(_ hosts: [FleetContent.Host]) -> HTML {
        let head: HTML = """
            <th scope="col">Host</th><th scope="col">State</th><th scope="col">Last report</th>\
            <th scope="col" class="num">Instances</th><th scope="col">Roll-outs</th><th scope="col">Agent</th>\
            <th scope="col">What it cannot see</th>
            """
        let sorted = hosts.enumerated().sorted {
            ($0.element.isSilent ? 0 : 1, $0.offset) < ($1.element.isSilent ? 0 : 1, $1.offset)
        }.map(\.element)
        let counts = "\(Quantity.plural(hosts.count, "host")), \(hosts.filter(\.isSilent).count) silent"
        return """
            <h2>Hosts</h2>
            <p class="muted small">\(counts)</p>
            \(hosts.isEmpty ? "" : Part.table(head, sorted.map(row), caption: "Hosts"))
            """
    }

    private static func row(_ host: FleetContent.Host) -> HTML {
        let view = host.view
        let places = host.rollouts.map { place -> HTML in
            """
            <a href="\(Link.rollout(place.rollout))">\(place.rollout)</a> \
            <span class="muted">\(place.side.rawValue)</span>
            """
        }
        let state = host.isSilent && view.state == .active ? Badge.badge(.bad, "silent") : Badge.host(view.state)
        return """
            <tr><th scope="row"><a href="\(Link.host(view.host))">\(view.host)</a></th><td>\(state)</td>\
            <td class="nowrap">\(host.ageSeconds.map { Moment.span(seconds: $0) + " ago" } ?? "never")</td>\
            <td class="num">\(view.instances)</td><td>\(places.joined(", "))</td>\
            <td class="nowrap">\(view.agentVersion)</td><td class="small">\(troubles(view.troubles))</td></tr>

            """
    }

    static func troubles(_ all: [String]) -> String {
        let shown = all.prefix(3).joined(separator: "; ")
        return all.count > 3 ? shown + " and \(all.count - 3) more" : shown
    }

    private static func waiting(_ hosts: [WaitingHost]) -> HTML {
        guard !hosts.isEmpty else { return "" }
        let head: HTML = """
            <th scope="col">Host</th><th scope="col">From</th><th scope="col">First seen</th>\
            <th scope="col">SHA-256 of its machine id, by its own word</th>
            """
        let rows = hosts.map { host -> HTML in
            """
            <tr><th scope="row">\(host.host)</th><td>\(host.address)</td><td>\(Moment.html(host.firstSeenAt))</td>\
            <td><code>\(host.machineIDDigest)</code></td></tr>

            """
        }
        return """
            <h2 id="waiting">Waiting for enrolment</h2>
            \(Part.table(head, rows, caption: "Hosts that wait for enrolment"))
            """
    }
}
