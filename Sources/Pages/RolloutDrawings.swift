import Shared

/// The verdicts of a roll-out in order, one cell each, oldest first.
struct VerdictStrip {
    let marks: [VerdictMark]

    var html: HTML {
        guard !marks.isEmpty else { return #"<p class="muted">Nothing has been judged yet.</p>"# }
        let oldest = Array(marks.reversed())
        let cells = oldest.enumerated().map { index, mark -> HTML in
            let tone = Badge.tone(mark.state)
            let isNew = index > 0 && oldest[index - 1].judging != mark.judging
            let words =
                "Hour \(mark.hour): \(mark.state.rawValue), \(Moment(mark.evaluatedAt)?.full ?? mark.evaluatedAt)"
            let label = isNew ? "Evaluation \(mark.judging) begins. " + words : words
            return """
                <li class="\(tone.name)\(isNew ? " new" : "")"><a href="\(Link.verdict(mark.id))" title="\(label)" \
                aria-label="\(label)">\(Badge.icon(tone))</a></li>

                """
        }
        let (first, last) = (oldest.first, oldest.last)
        return """
            <ol class="strip">
            \(cells)</ol>
            <p class="muted small">Hour \(first?.hour ?? 0) to \(last?.hour ?? 0), oldest first; each leads to its \
            report.</p>

            """
    }
}

/// The life of a roll-out: which stages were reached, when and by whom, and when the next ones may come.
struct StageTimeline {
    let view: RolloutView
    /// Earliest times by the policy's ages.
    let earliest: [Stage: String]

    var html: HTML {
        var reached: [Stage: RolloutView.StageChange] = [:]
        for change in view.history { reached[change.stage] = change }
        let isBack = view.stage == .rolledBack
        var items = Stage.allCases.filter { $0 != .rolledBack }.map { stage -> HTML in
            if let change = reached[stage] { return item(stage, isNow: view.stage == stage, change) }
            return later(stage, isBack: isBack)
        }
        if let change = reached[.rolledBack] { items.append(item(.rolledBack, isNow: true, change, name: "off")) }
        return #"<ol class="stages" aria-label="Stages">\#(items)</ol>"#
    }

    private func item(
        _ stage: Stage, isNow: Bool, _ change: RolloutView.StageChange, name: HTML = "done"
    ) -> HTML {
        let current: HTML = isNow ? #" aria-current="step""# : ""
        return """
            <li class="\(name)\(isNow ? " now" : "")"\(current)><span class="dot"></span><b>\(Self.word(stage))</b>\
            \(stage == .mirroring ? "" : day(change.at) + " · ")\(Moment.html(change.at))<br><span class="muted">by \
            \(Part.who(change.by))</span></li>

            """
    }

    private func later(_ stage: Stage, isBack: Bool) -> HTML {
        let when = isBack ? "not reached" : earliest[stage].map { "not before \(day($0)), " } ?? ""
        let time: HTML = isBack ? "" : earliest[stage].map { Moment.html($0) } ?? ""
        return """
            <li><span class="dot"></span><b class="muted">\(Self.word(stage))</b>\
            <span class="muted">\(when)\(time)</span></li>

            """
    }

    /// `day 2.5` of the roll-out.
    private func day(_ time: String) -> String {
        guard let start = Moment(view.createdAt), let moment = Moment(time) else { return "" }
        let seconds = moment.seconds - start.seconds
        if seconds < 86_400 { return Moment.span(seconds: seconds) }
        return "day " + Quantity.decimal(Double(seconds) / 86_400, places: seconds % 86_400 == 0 ? 0 : 1)
    }

    static func word(_ stage: Stage) -> String {
        switch stage {
        case .mirroring: "mirroring"
        case .open: "open"
        case .migrating: "migrating"
        case .switched: "switched"
        case .retired: "retired"
        case .rolledBack: "rolled back"
        }
    }
}

/// One verdict in a roll-out's history.
public struct VerdictMark: Sendable, Equatable {
    public var id: String
    public var state: VerdictState
    public var hour: Int
    public var judging: Int
    public var evaluatedAt: String
    public init(id: String, state: VerdictState, hour: Int, judging: Int, evaluatedAt: String) {
        self.id = id
        self.state = state
        self.hour = hour
        self.judging = judging
        self.evaluatedAt = evaluatedAt
    }
}
