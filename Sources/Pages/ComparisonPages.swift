import Shared

/// Old and new over a time, as charts of the same blocks.
public struct ComparisonContent: Sendable, Equatable {
    public var oldName: String
    public var newName: String
    public var charts: [LineChart]
    /// Why blocks are missing, and how many, by side.
    public var oldGaps: [String: Int]
    public var newGaps: [String: Int]
    public var fromSeconds: Int
    public var toSeconds: Int
    /// Queries of the times before and after; `nil` where there is nothing.
    public var earlier: String?
    public var later: String?

    public init(
        oldName: String, newName: String, charts: [LineChart], oldGaps: [String: Int], newGaps: [String: Int],
        fromSeconds: Int, toSeconds: Int, earlier: String?, later: String?
    ) {
        self.oldName = oldName
        self.newName = newName
        self.charts = charts
        self.oldGaps = oldGaps
        self.newGaps = newGaps
        self.fromSeconds = fromSeconds
        self.toSeconds = toSeconds
        self.earlier = earlier
        self.later = later
    }

    var html: HTML {
        let (from, to) = (Moment(seconds: fromSeconds), Moment(seconds: toSeconds))
        let hasSeconds = toSeconds - fromSeconds < 7200
        return """
            <h2>\(from.short(seconds: hasSeconds)) to \(to.short(seconds: hasSeconds))</h2>
            \(pager)\(LineChart.legend)<p class="muted small">Old: \(oldName)\(gaps(oldGaps)). \
            New: \(newName)\(gaps(newGaps)). One point is one frozen block, as it is judged.</p>
            <div class="charts">
            \(charts.map { $0.html(oldName: oldName, newName: newName) })</div>

            """
    }

    private var pager: HTML {
        var links: [HTML] = []
        if let earlier { links.append(#"<a rel="prev" href="\#(earlier)">← earlier</a>"#) }
        if let later { links.append(#"<a rel="next" href="\#(later)">later →</a>"#) }
        guard !links.isEmpty else { return "" }
        return #"<nav class="pager no-print" aria-label="Time">\#(links)</nav>"#
    }

    private func gaps(_ causes: [String: Int]) -> String {
        let parts = causes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(4)
            .map { "\(Quantity.plural($0.value, "block")) \(Self.word($0.key))" }
        return parts.isEmpty ? "" : ", without data: " + parts.joined(separator: ", ")
    }

    /// The causes of the evidence rows.
    static func word(_ cause: String) -> String {
        switch cause {
        case "coverage": "with too few samples"
        case "silent": "of silence"
        case "invalidated": "invalidated"
        case "reset": "over a restart"
        case "not-there": "without the instance"
        case "not-frozen": "that are not there"
        default: "(\(cause))"
        }
    }
}

/// One mirrored instance: its old copy and its new one.
public struct PairContent: Sendable {
    public var visitor: Visitor
    public var now: String
    public var rollout: RolloutView
    public var pair: RolloutSpec.Pair
    /// Of the last verdict, about this pair.
    public var checks: [CheckView]
    public var comparison: ComparisonContent

    public init(
        visitor: Visitor, now: String, rollout: RolloutView, pair: RolloutSpec.Pair, checks: [CheckView],
        comparison: ComparisonContent
    ) {
        self.visitor = visitor
        self.now = now
        self.rollout = rollout
        self.pair = pair
        self.checks = checks
        self.comparison = comparison
    }
}

public enum PairPage {
    public static func html(_ content: PairContent) -> String {
        let id = content.rollout.id
        let pair = content.pair
        let frame = Frame(title: "\(pair.name), \(id)", visitor: content.visitor, now: content.now)
        let body: HTML = """
            \(Part.crumbs([("Fleet", "/"), (id, Link.rollout(id))]))<h1>\(pair.name)</h1>
            <p>Old copy on <a href="\(Link.host(pair.old))">\(pair.old)</a>, new copy on \
            <a href="\(Link.host(pair.new))">\(pair.new)</a>, under the same traffic.</p>
            \(checks(content))
            \(content.comparison.html)
            """
        return frame.html(body)
    }

    private static func checks(_ content: PairContent) -> HTML {
        guard !content.checks.isEmpty else {
            return
                #"<p class="muted">In the last verdict it is none of the worst, and in no check of its own.</p>"#
        }
        let rows = content.checks.map { "<li>\(Badge.outcome($0.outcome)) \($0.sentence)</li>\n" as HTML }
        return """
            <h2>What the last verdict says of it</h2>
            <ul class="tight">\(rows)</ul>
            """
    }
}

/// One host: what it reports, and its instances against their other copies.
public struct HostContent: Sendable {
    public struct Instance: Sendable, Equatable {
        public var name: String
        public var rollout: String
        /// The other copy's host.
        public var twin: String
        public init(name: String, rollout: String, twin: String) {
            self.name = name
            self.rollout = rollout
            self.twin = twin
        }
    }

    public var visitor: Visitor
    public var now: String
    public var host: FleetContent.Host
    public var addresses: String
    public var changedBy: String
    public var changedAt: String
    public var instances: [Instance]
    /// `nil` without a frozen block.
    public var comparison: ComparisonContent?

    public init(
        visitor: Visitor, now: String, host: FleetContent.Host, addresses: String, changedBy: String, changedAt: String,
        instances: [Instance], comparison: ComparisonContent?
    ) {
        self.visitor = visitor
        self.now = now
        self.host = host
        self.addresses = addresses
        self.changedBy = changedBy
        self.changedAt = changedAt
        self.instances = instances
        self.comparison = comparison
    }
}

public enum HostDetailPage {
    public static func html(_ content: HostContent) -> String {
        let view = content.host.view
        let frame = Frame(title: view.host, visitor: content.visitor, now: content.now)
        let body: HTML = """
            \(Part.crumbs([("Fleet", "/")]))<h1>\(view.host)</h1>
            \(banner(content.host))
            \(facts(content))
            \(pairs(content.instances))
            \(content.comparison?.html ?? #"<p class="muted">It is in no roll-out with frozen blocks.</p>"#)
            """
        return frame.html(body)
    }

    private static func banner(_ host: FleetContent.Host) -> HTML {
        let age = host.ageSeconds.map { Moment.span(seconds: $0) }
        switch host.view.state {
        case .banned: return Part.banner(.bad, "banned", host.view.troubles.first ?? "Its reports are refused.")
        case .retired: return Part.banner(.quiet, "retired", "Its reports are refused.")
        case .pending:
            return Part.banner(.waiting, "pending", host.view.troubles.first ?? "Its next report activates it.")
        case .active:
            guard host.isSilent else {
                return Part.banner(.good, "reporting", age.map { "Last report \($0) ago." } ?? "")
            }
            return Part.banner(
                .bad, "silent", age.map { "No report for \($0)." } ?? "It has never reported.",
                note: """
                    <p class="do">Its roll-outs cannot PASS meanwhile. On the host: \
                    <code>systemctl status perch-agent</code>, <code>journalctl -u perch-agent</code>.</p>
                    """)
        }
    }

    private static func facts(_ content: HostContent) -> HTML {
        let view = content.host.view
        let places = content.host.rollouts.map { place -> HTML in
            #"<a href="\#(Link.rollout(place.rollout))">\#(place.rollout)</a> (\#(place.side.rawValue) side)"#
        }
        let troubles = view.troubles.map { "<li>\($0)</li>" as HTML }
        let unseen: HTML = troubles.isEmpty ? "nothing" : #"<ul class="plain">\#(troubles)</ul>"#
        let skew = "\(view.skewMilliseconds) ms"
        let last: HTML =
            view.lastReportAt.isEmpty
            ? "none" : "\(Moment.html(view.lastReportAt, seconds: true)), number \(view.lastSequence)"
        return """
            <dl class="facts panel">
            <dt>Roll-outs</dt><dd>\(places.isEmpty ? "none" : places.joined(", "))</dd>
            <dt>Last report</dt><dd>\(last)</dd>
            <dt>Instances</dt><dd>\(view.instances)</dd>
            <dt>Clock against ours</dt><dd>\(skew)</dd>
            <dt>Agent</dt><dd>\(view.agentVersion.isEmpty ? "unknown" : view.agentVersion)</dd>
            <dt>Addresses</dt><dd>\(content.addresses.isEmpty ? "any" : content.addresses)</dd>
            <dt>State since</dt><dd>\(Moment.html(content.changedAt)) by \(Part.who(content.changedBy))</dd>
            <dt>What it cannot see</dt><dd>\(unseen)</dd>
            </dl>

            """
    }

    private static func pairs(_ instances: [HostContent.Instance]) -> HTML {
        guard !instances.isEmpty else { return "" }
        let rows = instances.map { instance -> HTML in
            """
            <li><a href="\(Link.pair(instance.name, of: instance.rollout))">\(instance.name)</a> \
            <span class="muted">against \(instance.twin), \(instance.rollout)</span></li>

            """
        }
        return """
            <details class="panel"\(instances.count <= 12 ? " open" : "")><summary>\
            \(Quantity.plural(instances.count, "mirrored instance"))</summary>
            <ul class="tight">
            \(rows)</ul></details>

            """
    }
}
