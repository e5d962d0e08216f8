import Shared

/// Everything that a verdict's report says. Plain values, so that it can be written with and without a collector.
public struct ReportContent: Sendable, Equatable {
    /// Where the verdict's entry stands in the log.
    public struct LogPosition: Sendable, Equatable {
        public var index: UInt64
        /// Of the checkpoint that covers it.
        public var size: UInt64
        /// Base64, as in the checkpoint.
        public var root: String
        public var keyID: String
        /// RFC 3339; empty: not known.
        public var checkpointTime: String
        public init(index: UInt64, size: UInt64, root: String, keyID: String, checkpointTime: String) {
            self.index = index
            self.size = size
            self.root = root
            self.keyID = keyID
            self.checkpointTime = checkpointTime
        }
    }

    public var verdict: VerdictView
    public var rollout: RolloutView
    /// What this verdict was about: a roll-out may have gone on to others since.
    public var artifacts: [RolloutSpec.Artifact]
    /// Requests for access; those that concern other hosts or times are left out. `nil`: the reader may not see them.
    public var accesses: [AccessView]?
    /// Logins on the roll-out's servers in the verdict's window. `nil`: they are not at hand, or not for this reader.
    public var logins: LoginList?
    public var logPosition: LogPosition?
    /// `nil`: a file of its own, without the collector's menu.
    public var visitor: Visitor?
    public var now: String

    public init(
        verdict: VerdictView, rollout: RolloutView, artifacts: [RolloutSpec.Artifact], accesses: [AccessView]?,
        logins: LoginList?, logPosition: LogPosition?, visitor: Visitor? = nil, now: String
    ) {
        self.verdict = verdict
        self.rollout = rollout
        self.artifacts = artifacts
        self.accesses = accesses
        self.logins = logins
        self.logPosition = logPosition
        self.visitor = visitor
        self.now = now
    }

    /// The stage that the roll-out was in when it was judged.
    var stage: Stage {
        let at = Moment(verdict.evaluatedAt)
        let reached = rollout.history.last { change in
            guard let at, let time = Moment(change.at) else { return false }
            return time <= at
        }
        return reached?.stage ?? .mirroring
    }

    /// Access that somebody asked for to these hosts, of which any part lies in the verdict's window.
    var overlapping: [AccessView]? {
        guard let accesses else { return nil }
        let hosts = Set(rollout.old + rollout.new)
        return accesses.filter { access in
            guard !hosts.isDisjoint(with: access.hosts), let from = Moment(access.from), let to = Moment(access.to),
                let windowFrom = Moment(verdict.windowFrom), let windowTo = Moment(verdict.windowTo)
            else { return false }
            return from < windowTo && windowFrom < to
        }
    }
}

/// The auditor's page: one story on A4, from what was changed to how to prove it.
public enum ReportPage {
    public static func html(_ content: ReportContent) -> String {
        let view = content.verdict
        let frame = Frame(
            title: "Verdict on \(view.rollout), hour \(view.hour): \(view.verdict.rawValue)", visitor: content.visitor,
            now: content.now)
        let crumbs =
            content.visitor == nil
            ? "" : Part.crumbs([("Fleet", "/"), (view.rollout, Link.rollout(view.rollout))])
        let body: HTML = """
            <article class="report">
            \(crumbs)<h1>Verdict on \(view.rollout)</h1>
            \(what(content))
            \(verdict(content))
            \(checks(view))
            \(missing(view))
            \(people(content))
            \(verify(content))
            \(controls)
            </article>
            """
        return frame.html(body)
    }

    private static func heading(_ place: Control.Place) -> HTML {
        #"<h2 id="\#(place.anchor)">\#(place.rawValue). \#(place.title)</h2>"# + "\n"
    }

    // MARK: 1

    private static func what(_ content: ReportContent) -> HTML {
        let rollout = content.rollout
        let artifacts = content.artifacts.map { artifact -> HTML in
            "\(artifact.name)<br><code>sha256:\(artifact.sha256)</code>"
        }
        let advances = rollout.history.filter { $0.stage != .mirroring }.map { change -> HTML in
            let reason: HTML = change.reason.isEmpty ? "" : " (“\(change.reason)”)"
            return "\(StageTimeline.word(change.stage)) \(Moment.record(change.at)) by \(Part.who(change.by))\(reason)"
        }
        let later: HTML =
            content.verdict.judging == rollout.judging
            ? ""
            : " of \(rollout.judging); this verdict is of an evaluation that others have followed"
        return """
            \(heading(.what))<dl class="facts">
            <dt>What</dt><dd class="wide">\(artifacts.joined("<br>"))</dd>
            <dt>From</dt><dd>\(rollout.old.joined(separator: ", "))</dd>
            <dt>To</dt><dd>\(rollout.new.joined(separator: ", "))</dd>
            <dt>Asked for by</dt><dd>\(Part.who(rollout.createdBy)), \(Moment.record(rollout.createdAt))</dd>
            <dt>Advanced by</dt><dd>\(advances.isEmpty ? "nobody yet" : advances.joined("<br>"))</dd>
            <dt>Policy</dt><dd class="wide">\(content.verdict.policy) \
            <code>sha256:\(content.verdict.policyDigest)</code></dd>
            <dt>Evaluation</dt><dd class="wide">\(content.verdict.judging)\(later)</dd>
            </dl>

            """
    }

    // MARK: 2

    private static func verdict(_ content: ReportContent) -> HTML {
        let view = content.verdict
        let sentence = view.verdict == .fail && !view.reason.isEmpty ? view.reason : view.summary
        return """
            \(heading(.verdict))\(Part.banner(Badge.tone(view.verdict), view.verdict.rawValue, sentence))
            <dl class="facts">
            <dt>Judged</dt><dd>\(Moment.record(view.evaluatedAt)), hour \(view.hour), in stage \
            \(StageTimeline.word(content.stage))</dd>
            <dt>Verdict</dt><dd class="id">\(view.id)</dd>
            <dt>Evidence</dt><dd class="wide">\(Moment.record(view.windowFrom)) to \(Moment.record(view.windowTo)), \
            \(Quantity.plural(view.pairs, "mirrored pair"))</dd>
            </dl>

            """
    }

    // MARK: 3 and 4

    private static func checks(_ view: VerdictView) -> HTML {
        let table = ChecksTable(checks: view.checks)
        var parts = heading(.checks) + table.metricTable(caption: "Old against new, by metric")
        let failing = table.others("FAIL")
        if !failing.isEmpty {
            parts += "<h3>Also failing</h3>\n" + table.sentences("FAIL", limit: 4)
        }
        parts += rules(view)
        parts += table.rest()
        return parts
    }

    /// Rules in one line each: held, broken, not to be checked.
    private static func rules(_ view: VerdictView) -> HTML {
        let rules = view.checks.filter { $0.level == "rule" }
        guard !rules.isEmpty else { return "" }
        var byOutcome: [(String, Set<String>)] = []
        for outcome in ["PASS", "FAIL", "INCONCLUSIVE", "WARN", "OBSERVED"] {
            let names = Set(rules.filter { $0.outcome == outcome }.map(\.metric))
            if !names.isEmpty { byOutcome.append((outcome, names)) }
        }
        let parts = byOutcome.map { outcome, names -> HTML in
            "\(Badge.outcome(outcome)) \(names.sorted().joined(separator: ", "))"
        }
        return #"<p class="small">Rules on every new server: \#(parts.joined(" · "))</p>"#
    }

    private static func missing(_ view: VerdictView) -> HTML {
        guard !view.missing.isEmpty else {
            let words =
                view.verdict == .pass ? "Nothing that the policy asks for." : "Nothing beside what fails."
            return heading(.missing) + "<p>\(words)</p>"
        }
        let eta: HTML =
            view.etaHours.map { "<p>If nothing changes, PASS comes after \($0) more hours judged.</p>" } ?? ""
        // After a FAIL it is a matter of record only.
        let limit = view.verdict == .fail ? 3 : 30
        let more = view.missing.count - limit
        let list = view.missing.prefix(limit) + (more > 0 ? ["and \(more) more"] : [])
        return heading(.missing) + Part.list(Array(list)) + eta
    }

    // MARK: 5

    private static func people(_ content: ReportContent) -> HTML {
        let decisions = Decisions(view: content.rollout, records: true)
        let none: HTML = "<p>No override, no invalidated time and no move in this roll-out.</p>\n"
        return heading(.people) + (decisions.isEmpty ? none : decisions.tables) + accesses(content) + logins(content)
    }

    private static func accesses(_ content: ReportContent) -> HTML {
        guard let accesses = content.overlapping else {
            return "<p>Requests for access are not shown: the reader's role may not see them.</p>\n"
        }
        guard !accesses.isEmpty else {
            return "<p>Nobody asked for access to these servers in this time.</p>\n"
        }
        let head: HTML = """
            <th scope="col">Access of</th><th scope="col">To</th><th scope="col">From, to</th>\
            <th scope="col">State</th>\
            <th scope="col">Asked by, decided by</th><th scope="col">Why</th>
            """
        let rows = accesses.prefix(50).map { access -> HTML in
            let decided: HTML = access.decidedBy.isEmpty ? "nobody" : Part.who(access.decidedBy)
            return """
                <tr><th scope="row">\(access.user)</th><td>\(Part.names(access.hosts))</td>\
                <td>\(Moment.minute(access.from))<br>\(Moment.minute(access.to))</td>\
                <td>\(Badge.access(access.state))</td>\
                <td>\(Part.who(access.requestedBy)), \(decided)</td><td>\(access.ticket): \(access.reason)</td></tr>

                """
        }
        return Part.table(head, Array(rows), caption: "Requests for access that overlap this time")
    }

    private static func logins(_ content: ReportContent) -> HTML {
        let scope: HTML = """
            as the servers' journals show them (sessions without PAM, serial consoles and <code>docker exec</code> \
            do not show)
            """
        let checks = content.verdict.checks.filter { $0.level == "rule" && $0.metric == "unapproved_login" }
        let compared: HTML =
            checks.isEmpty
            ? "They are not compared with approvals: the policy has no such rule."
            : HTML(checks.prefix(10).map { "<br>\(Badge.outcome($0.outcome)) \($0.sentence)\n" as HTML })
        guard let list = content.logins else {
            return "<p>Logins \(scope) are in the evidence and not listed here. \(compared)</p>\n"
        }
        guard !list.logins.isEmpty || list.leftOut > 0 else {
            return "<p>No login, \(scope). \(compared)</p>\n"
        }
        return "<p>Logins \(scope). \(compared)</p>\n" + table(list)
    }

    private static let mostLogins = 25

    private static func table(_ list: LoginList) -> HTML {
        let head: HTML = """
            <th scope="col">Login of</th><th scope="col">To</th><th scope="col">At</th><th scope="col">From</th>\
            <th scope="col">By</th>
            """
        let rows = list.logins.suffix(mostLogins).map { login -> HTML in
            """
            <tr><th scope="row">\(login.user.isEmpty ? "somebody" : login.user)</th><td>\(login.host)</td>\
            <td>\(Moment.record(login.at))</td><td>\(login.source.isEmpty ? "the machine" : login.source)</td>\
            <td>\(login.means)</td></tr>

            """
        }
        let earlier = list.leftOut + UInt64(max(0, list.logins.count - mostLogins))
        let more: HTML =
            earlier == 0
            ? "" : "<p class=\"small\">\(Quantity.grouped(Int(clamping: earlier))) more are in the evidence.</p>\n"
        return Part.table(head, Array(rows), caption: "Logins in this time") + more
    }

    // MARK: 6

    private static func verify(_ content: ReportContent) -> HTML {
        let id = content.verdict.id
        guard let position = content.logPosition else {
            return heading(.verify) + """
                <p>This verdict is in no published checkpoint of a log: what stands here rests on the collector's \
                word alone. \
                Its evidence can be judged again with <code>perchctl rollout export \(content.rollout.id)</code> and \
                <code>perchctl judge --case</code>.</p>

                """
        }
        let time: HTML =
            position.checkpointTime.isEmpty ? "" : " of \(Moment.record(position.checkpointTime))"
        return heading(.verify) + """
            <p>This page is for reading. What is signed is the statement of the verdict: entry \
            \(Quantity.grouped(Int(clamping: position.index))) of the append-only log, covered by the \
            checkpoint\(time) with \
            \(Quantity.grouped(Int(clamping: position.size))) entries and root <code>\(position.root)</code>, signed \
            by key \
            <code>\(position.keyID)</code>. Get the keys through a channel of your own, not from the collector.</p>
            <pre>perchctl verify https://COLLECTOR/v1/reports/\(id).tar --keys keys --checkpoint seen --recompute</pre>
            <p>Without a collector: <code>perchctl verify FILE --keys keys --recompute</code>, with that archive, or \
            the \
            verdict's files of an audit export.</p>
            <p>Proved by that: the collector signed this verdict; it is in the log, and no later than its checkpoint; \
            it follows \
            from exactly the measurements named, under exactly this policy. Not proved: that a server told the truth \
            about \
            itself.</p>

            """
    }

    // MARK: 7

    private static var controls: HTML {
        let columns = Control.Framework.allCases.map { framework -> HTML in
            let items = Control.all.filter { $0.framework == framework }.map { control -> HTML in
                let places = control.places.map { place -> HTML in
                    ##"<a href="#\##(place.anchor)">\##(place.rawValue)</a>"##
                }
                return "<li><b>\(control.number)</b> \(control.question) <span>in \(places.joined(", "))</span></li>\n"
            }
            return "<section><h3>\(framework.rawValue)</h3>\n<ul>\n\(items)</ul></section>\n"
        }
        return """
            <h2 id="controls">\(Control.Place.allCases.count + 1). Controls that this report gives evidence for</h2>
            <div class="controls">\(columns)</div>
            """
    }
}
