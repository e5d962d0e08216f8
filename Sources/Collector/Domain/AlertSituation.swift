import Evaluation
import Shared

/// What alerts speak of, at one moment. What was announced last is kept in this form, too, so that whatever changed in
/// between is seen however often the collector stopped.
struct AlertSituation: Sendable, Equatable {
    struct RolloutNow: Codable, Sendable, Equatable {
        struct StageStep: Codable, Sendable, Equatable {
            var stage: Stage
            var by: String
            var reason: String
        }

        /// INCONCLUSIVE before the first.
        var verdict = VerdictState.inconclusive
        /// By gate, for those that are not `waiting`.
        var gates: [String: GateAnswer.State] = [:]
        /// Oldest first.
        var stages: [StageStep] = []
        /// Those in force, by id.
        var overrides: [String: GateOverride] = [:]
        var logins: [UnapprovedLogin] = []
    }

    /// What a message about a roll-out says besides; no change of it is news.
    struct RolloutWords: Sendable, Equatable {
        var verdictID = ""
        var summary = ""
        var gateReasons: [Stage: [String]] = [:]
    }

    struct AccessNow: Codable, Sendable, Equatable {
        /// Every state that it went through, oldest first.
        var steps: [AccessView.State]
        var user: String
        var hosts: [String]
        var requestedBy: String
        var reason: String
        /// Empty until then.
        var decidedBy: String
        var decisionReason: String
        /// Empty, too, when its time was over.
        var endedBy: String
    }

    struct HostNow: Codable, Sendable, Equatable {
        /// `nil`: it knocked, and nobody has registered it.
        var state: HostView.State?
        var isSilent = false
        var isDuplicate = false
        var by = ""
        var reason = ""
    }

    struct PolicyNow: Codable, Sendable, Equatable {
        var name: String
        var digest: String
        var proposedBy: String
        /// Empty until approved.
        var approvedBy: String
    }

    var rollouts: [String: RolloutNow] = [:]
    var words: [String: RolloutWords] = [:]
    var accesses: [String: AccessNow] = [:]
    var hosts: [String: HostNow] = [:]
    /// By the proposal's id.
    var policies: [String: PolicyNow] = [:]
}

extension AlertSituation.RolloutNow {
    func state(of gate: Stage) -> GateAnswer.State { gates[gate.rawValue] ?? .waiting }
}

extension AlertSituation.AccessNow {
    init(_ view: AccessView) {
        var steps: [AccessView.State] = [.requested]
        switch view.state {
        case .requested: break
        case .approved: steps.append(.approved)
        case .denied: steps.append(.denied)
        case .lapsed: steps.append(.lapsed)
        case .ended: steps += [.approved, .ended]
        }
        self.init(
            steps: steps, user: view.user, hosts: view.hosts, requestedBy: view.requestedBy, reason: view.reason,
            decidedBy: view.decidedBy, decisionReason: view.decisionReason, endedBy: view.endedBy)
    }
}

extension AlertSituation.HostNow {
    init(_ host: Host, isSilent: Bool) {
        self.init(
            state: host.state, isSilent: isSilent && host.state == .active,
            isDuplicate: host.row.duplicateAtMicroseconds != nil, by: host.row.changedBy, reason: host.row.reason)
    }
}
