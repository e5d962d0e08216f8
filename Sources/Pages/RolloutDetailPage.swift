import Shared

/// One roll-out: where it stands, what stands in its way, and what was measured.
public struct RolloutContent: Sendable {
    public var visitor: Visitor
    public var now: String
    public var view: RolloutView
    /// In the order of the stages.
    public var gates: [GateAnswer]
    /// When each stage may be reached at the earliest, by the policy's ages.
    public var earliest: [Stage: String]
    public var verdict: VerdictView?
    /// Newest first.
    public var history: [VerdictMark]
    /// Its hosts that report no more, with the seconds since.
    public var silent: [Silence]

    public struct Silence: Sendable, Equatable {
        public var host: String
        public var seconds: Int
        public init(host: String, seconds: Int) {
            self.host = host
            self.seconds = seconds
        }
    }

    public init(
        visitor: Visitor, now: String, view: RolloutView, gates: [GateAnswer], earliest: [Stage: String],
        verdict: VerdictView?, history: [VerdictMark], silent: [Silence] = []
    ) {
        self.silent = silent
        self.visitor = visitor
        self.now = now
        self.view = view
        self.gates = gates
        self.earliest = earliest
        self.verdict = verdict
        self.history = history
    }

    /// The gate that decides what comes next: of the next stage, or of the last one.
    var nextGate: GateAnswer? { gates.first { $0.stage == view.stage.next } ?? gates.last }
}

public enum RolloutDetailPage {
    public static func html(_ content: RolloutContent) -> String {
        let frame = Frame(title: content.view.id, visitor: content.visitor, now: content.now)
        let body: HTML = """
            \(Part.crumbs([("Fleet", "/")]))<h1>\(content.view.id)</h1>
            \(banner(content))
            <section class="panel" aria-label="Stages and gates">
            \(StageTimeline(view: content.view, earliest: content.earliest).html)
            \(gates(content))</section>
            \(verdict(content))
            \(decisions(content.view))
            \(facts(content.view))
            \(pairs(content.view))
            """
        return frame.html(body)
    }

    // MARK: In three seconds

    private static func banner(_ content: RolloutContent) -> HTML {
        let view = content.view
        switch view.stage {
        case .rolledBack:
            let change = view.history.last
            return Part.banner(
                .quiet, "rolled back", change.map { "\($0.reason)" } ?? "",
                note: moveBack(view.moveBack))
        case .retired:
            return Part.banner(.good, "retired", "All stages are behind it. The old servers may be shut down.")
        case .mirroring, .open, .migrating, .switched: break
        }
        guard let gate = content.nextGate else { return "" }
        // Waiting for a date with a PASS in hand is nothing to worry about.
        let isCalm = gate.state == .waiting && content.verdict?.verdict == .pass
        return Part.banner(
            isCalm ? .good : Badge.tone(gate.state), title(gate, content.verdict), gate.summary,
            note: advice(gate, content))
    }

    private static func title(_ gate: GateAnswer, _ verdict: VerdictView?) -> String {
        let word = verdict?.verdict.rawValue ?? "not judged yet"
        switch gate.state {
        case .blocked: return word == "FAIL" ? "FAIL: \(gate.stage.rawValue) is blocked" : "blocked"
        case .open: return gate.override == nil ? "\(word): \(gate.stage.rawValue) may begin" : "open by override"
        case .waiting: return "\(word): waiting for \(gate.stage.rawValue)"
        }
    }

    /// What to do now, with the command.
    private static func advice(_ gate: GateAnswer, _ content: RolloutContent) -> HTML {
        let id = content.view.id
        switch gate.state {
        case .blocked:
            return """
                <p class="do">Place no more instances on the new servers. Roll back with \
                <code>perchctl rollout rollback \(id) --reason …</code>, or mend the cause and begin a new evaluation \
                with <code>perchctl rollout artifacts FILE</code>. An approver who accepts it may override.</p>
                """
        case .open:
            return
                #"<p class="do">Go on with <code>perchctl rollout advance \#(id) \#(gate.stage.rawValue)</code>.</p>"#
        case .waiting where !content.silent.isEmpty:
            let hosts = content.silent.prefix(5).map { silence -> HTML in
                let link: HTML = #"<a href="\#(Link.host(silence.host))">\#(silence.host)</a>"#
                return "<b>\(link)</b> \(Moment.span(seconds: silence.seconds))"
            }
            return """
                <p class="do">Silent: \(hosts.joined(", ")). No PASS comes meanwhile. Look at perch-agent and the \
                network \
                there.</p>
                """
        case .waiting:
            let eta = content.verdict?.etaHours.map {
                " At the present values PASS comes after \($0) more hours judged."
            }
            return """
                <p class="do">Nothing is wrong so far; what is missing stands at the gate below.\(eta ?? "") \
                <code>perchctl gate \(id) \(gate.stage.rawValue) --wait 6h</code> waits for it.</p>
                """
        }
    }

    private static func moveBack(_ moves: [RolloutSpec.Move]) -> HTML {
        guard !moves.isEmpty else { return "" }
        let rows = moves.prefix(200).map { move -> HTML in "<li>\(move.name): \(move.from) → \(move.to)</li>" }
        return #"<p class="do">Instances go back:</p><ul class="tight">\#(Array(rows))</ul>"#
    }

    // MARK: Gates

    private static func gates(_ content: RolloutContent) -> HTML {
        guard let reached = content.view.stage.order else { return "" }
        let items = content.gates.map { gate -> HTML in
            let isBehind = (gate.stage.order ?? 0) <= reached
            let state =
                isBehind && gate.state != .blocked ? Badge.badge(.good, "passed") : Badge.gate(gate.state)
            let detail = isBehind && gate.state != .blocked ? "" : reasons(gate, next: content.nextGate)
            let by = gate.override.map { override -> HTML in
                "<p>Override by \(Part.who(override.by)) until \(Moment.html(override.until))</p>"
            }
            return """
                <li><b>gate \(gate.stage.rawValue)</b><span>\(state)</span><div>\(detail)\(by)</div></li>

                """
        }
        return #"<ul class="gates">\#(items)</ul>"#
    }

    private static func reasons(_ gate: GateAnswer, next: GateAnswer?) -> HTML {
        guard !gate.reasons.isEmpty else { return "Nothing is missing." }
        guard let next, gate.stage != next.stage else { return folded(gate.reasons) }
        // What the gate before says already is not said again.
        let own = gate.reasons.filter { !next.reasons.contains($0) }
        let shared = gate.reasons.count - own.count
        guard shared > 0 else { return folded(own) }
        guard !own.isEmpty else { return #"<span class="muted">for the same reasons</span>"# }
        return folded(own)
            + #"<span class="muted">and \#(Quantity.plural(shared, "reason")) of gate \#(next.stage.rawValue)</span>"#
    }

    /// The first ones, and the others at a click.
    private static func folded(_ reasons: [String]) -> HTML {
        func list(_ some: some Sequence<String>) -> HTML { "<ul>\(some.map { "<li>\($0)</li>" as HTML })</ul>" }
        guard reasons.count > 8 else { return list(reasons) }
        return list(reasons.prefix(6)) + """
            <details><summary>\(reasons.count - 6) more</summary>\(list(reasons.dropFirst(6)))</details>
            """
    }

    // MARK: Verdict

    private static func verdict(_ content: RolloutContent) -> HTML {
        guard let view = content.verdict else {
            return """
                <h2>Verdict</h2>
                <p class="muted">Nothing has been judged yet; the first verdict comes with the first full hour.</p>
                """
        }
        let table = ChecksTable(checks: view.checks)
        return """
            <h2>Verdict</h2>
            <p>\(Badge.verdict(view.verdict)) at hour \(view.hour), \(Moment.html(view.evaluatedAt)), from \
            \(Quantity.plural(view.pairs, "pair")); evidence since \(Moment.html(view.windowFrom)). \
            <a href="\(Link.verdict(view.id))">Report for auditors</a></p>
            \(why(view))\(table.metricTable(caption: "Old against new, by metric"))\(lists(view, table))\(table.rest())
            <h2>Verdicts so far</h2>
            \(VerdictStrip(marks: content.history).html)
            """
    }

    /// The first failure: what a FAIL rests on, whatever has become of it since.
    private static func why(_ view: VerdictView) -> HTML {
        guard view.verdict == .fail else { return "" }
        let check = view.failedCheck.map { "<code>\($0)</code>" as HTML }
        return "<p><b>\(view.reason)</b> \(check)</p>\n"
    }

    private static func lists(_ view: VerdictView, _ table: ChecksTable) -> HTML {
        var parts: HTML = ""
        // The first failure's sentence is there already.
        let others = table.others("FAIL").filter { $0.sentence != view.reason }
        if !others.isEmpty {
            parts += "<h3>Failing beside it</h3>\n" + ChecksTable(checks: others).sentences("FAIL", limit: 8)
        }
        guard !view.missing.isEmpty else { return parts }
        let shown = view.missing.prefix(20).map { "<li>\($0)</li>" as HTML }
        let more: HTML = view.missing.count > 20 ? "<li>and \(view.missing.count - 20) more</li>" : ""
        let list: HTML = #"<ul class="tight">\#(Array(shown))\#(more)</ul>"#
        // After a FAIL nothing can be missing for a PASS that cannot come.
        guard view.verdict == .fail else { return parts + "<h3>Missing for PASS</h3>\n" + list }
        let count = Quantity.plural(view.missing.count, "check")
        return parts + "<details class=\"panel\"><summary>Undecided: \(count)</summary>\(list)</details>\n"
    }

    // MARK: What people did

    private static func decisions(_ view: RolloutView) -> HTML {
        Decisions(view: view, records: false).html
    }

    private static func facts(_ view: RolloutView) -> HTML {
        let artifacts = view.artifacts.map { "\($0.name) \(Part.digest($0.sha256))" as HTML }.joined("<br>")
        let observed = view.observed.isEmpty ? "nothing" : view.observed.joined(separator: ", ")
        return """
            <h2>What is rolled out</h2>
            <dl class="facts panel">
            <dt>Artefacts</dt><dd>\(artifacts)</dd>
            <dt>Old servers</dt><dd>\(Part.hosts(view.old))</dd>
            <dt>New servers</dt><dd>\(Part.hosts(view.new))</dd>
            <dt>Policy</dt><dd>\(view.policy) \(Part.digest(view.policyDigest))</dd>
            <dt>Only shown by it</dt><dd>\(observed)</dd>
            <dt>Created</dt><dd>\(Moment.html(view.createdAt)) by \(Part.who(view.createdBy))</dd>
            <dt>Evaluation</dt><dd>\(view.judging)</dd>
            </dl>

            """
    }

    private static func pairs(_ view: RolloutView) -> HTML {
        guard !view.pairs.isEmpty else { return "" }
        let head: HTML = """
            <th scope="col">Instance</th><th scope="col">Old server</th><th scope="col">New server</th>
            """
        let rows = view.pairs.map { pair -> HTML in
            """
            <tr><th scope="row"><a href="\(Link.pair(pair.name, of: view.id))">\(pair.name)</a></th>\
            <td><a href="\(Link.host(pair.old))">\(pair.old)</a></td><td>\
            <a href="\(Link.host(pair.new))">\(pair.new)</a></td>\
            </tr>

            """
        }
        return """
            <h2>Pairs</h2>
            \(Part.table(head, rows, caption: "Mirrored pairs"))
            """
    }
}

/// Overrides, invalidations and moves of a roll-out: what people and tools decided about it.
struct Decisions {
    let view: RolloutView
    /// Whole dates, for paper.
    let records: Bool

    var isEmpty: Bool { view.overrides.isEmpty && view.invalidations.isEmpty && view.moves.isEmpty }

    var html: HTML {
        guard !isEmpty else { return "" }
        return "<h2>Decisions</h2>\n" + tables
    }

    var tables: HTML { overrides + invalidations + moves }

    private func time(_ text: String) -> HTML { records ? Moment.minute(text) : Moment.html(text) }

    private var overrides: HTML {
        guard !view.overrides.isEmpty else { return "" }
        let head: HTML = """
            <th scope="col">Override of</th><th scope="col">By</th><th scope="col">When</th><th scope="col">Until</th>\
            <th scope="col">Reason</th>
            """
        let rows = view.overrides.map { item -> HTML in
            """
            <tr><th scope="row"><code>\(item.checks.joined(separator: ", "))</code></th><td>\(Part.who(item.by))</td>\
            <td>\(time(item.at))</td><td>\(time(item.until))</td><td>\(item.reason)</td></tr>

            """
        }
        return Part.table(head, rows, caption: "Overrides")
    }

    private var invalidations: HTML {
        guard !view.invalidations.isEmpty else { return "" }
        let head: HTML = """
            <th scope="col">Time that does not count</th><th scope="col">Host</th><th scope="col">By</th>\
            <th scope="col">When</th><th scope="col">Reason</th>
            """
        let rows = view.invalidations.map { item -> HTML in
            """
            <tr><th scope="row">\(time(item.from)) to \(time(item.to))</th>\
            <td>\(item.host.isEmpty ? "all" : item.host)</td><td>\(Part.who(item.by))</td><td>\(time(item.at))</td>\
            <td>\(item.reason)</td></tr>

            """
        }
        return Part.table(head, rows, caption: "Invalidated times")
    }

    private var moves: HTML {
        guard !view.moves.isEmpty else { return "" }
        let head: HTML = """
            <th scope="col">Instance moved</th><th scope="col">From</th><th scope="col">To</th><th scope="col">By</th>\
            <th scope="col">When</th>
            """
        let rows = view.moves.suffix(200).map { item -> HTML in
            """
            <tr><th scope="row">\(item.name)</th><td>\(item.from)</td><td>\(item.to)</td><td>\(Part.who(item.by))</td>\
            <td>\(time(item.at))</td></tr>

            """
        }
        return Part.table(head, rows, caption: "Moves")
    }
}
