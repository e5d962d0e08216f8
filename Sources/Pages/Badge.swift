import Shared

/// States as a word with a shape of its own: colour is never the only carrier, so that they can be told apart on paper
/// and by everybody.
enum Badge {
    enum Tone: Sendable {
        case good, bad, waiting, quiet

        var name: HTML {
            switch self {
            case .good: "good"
            case .bad: "bad"
            case .waiting: "wait"
            case .quiet: "quiet"
            }
        }

        /// Tick in a disc, cross in an octagon, hourglass-like dots in a diamond, bar.
        var shape: HTML {
            switch self {
            case .good: #"<circle cx="8" cy="8" r="7"/><path class="cut" d="M4.5 8.3 7 10.8 11.6 5.6"/>"#
            case .bad: #"<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z"/><path class="cut" d="M5.2 5.2l5.6 5.6m0-5.6-5.6 5.6"/>"#
            case .waiting:
                #"<path d="M8 .6 15.4 8 8 15.4.6 8z"/><path class="cut" d="M4.9 8h.2m2.8 0h.2m2.8 0h.2"/>"#
            case .quiet: #"<path d="M2 7h12v2H2z"/>"#
            }
        }
    }

    static func icon(_ tone: Tone) -> HTML {
        """
        <svg class="icon \(tone.name)" viewBox="0 0 16 16" aria-hidden="true" focusable="false">\(tone.shape)</svg>
        """
    }

    static func badge(_ tone: Tone, _ word: String) -> HTML {
        #"<span class="badge \#(tone.name)">\#(icon(tone))\#(word)</span>"#
    }

    static func tone(_ state: VerdictState) -> Tone {
        switch state {
        case .pass: .good
        case .fail: .bad
        case .inconclusive: .waiting
        }
    }

    static func tone(_ state: GateAnswer.State) -> Tone {
        switch state {
        case .open: .good
        case .blocked: .bad
        case .waiting: .waiting
        }
    }

    /// Of a check: PASS, FAIL, INCONCLUSIVE, WARN, OBSERVED.
    static func tone(outcome: String) -> Tone {
        switch outcome {
        case "PASS": .good
        case "FAIL": .bad
        case "INCONCLUSIVE", "WARN": .waiting
        default: .quiet
        }
    }

    static func verdict(_ state: VerdictState) -> HTML { badge(tone(state), state.rawValue) }
    static func gate(_ state: GateAnswer.State) -> HTML { badge(tone(state), state.rawValue) }
    static func outcome(_ outcome: String) -> HTML { badge(tone(outcome: outcome), outcome) }

    static func host(_ state: HostView.State) -> HTML {
        switch state {
        case .active: badge(.good, "active")
        case .pending: badge(.waiting, "pending")
        case .retired: badge(.quiet, "retired")
        case .banned: badge(.bad, "banned")
        }
    }

    static func access(_ state: AccessView.State) -> HTML {
        switch state {
        case .requested: badge(.waiting, "requested")
        case .approved: badge(.good, "approved")
        case .denied: badge(.bad, "denied")
        case .lapsed, .ended: badge(.quiet, state.rawValue)
        }
    }
}
