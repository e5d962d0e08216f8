import Evidence
import Policy

/// Each login lies in an approved request (user, host, time), or is the deployment tool's own. Sessions must end with
/// their approval.
package struct UnapprovedLoginRule: Sendable {
    /// Clocks and people are not exact to the minute.
    private static let earlySeconds: UInt64 = 60
    /// A session begins right after its credential was accepted.
    private static let sessionSeconds: UInt64 = 60
    /// Accounts of nobody in particular, for which no request can be approved.
    package static func isShared(_ user: String) -> Bool { user.isEmpty || user == "root" || user.hasPrefix("redis") }

    /// Ends of approvals by open session.
    private var open: [String: UInt64] = [:]
    /// Accepted credentials that were in order, by user.
    private var accepted: [String: (at: UInt64, until: UInt64)] = [:]
    private var isReadable = false

    mutating func judge(_ block: HostBlock, _ context: RuleContext) -> RuleFinding? {
        var finding = RuleFinding.pass
        for login in block.journal.logins { finding = finding.worse(judge(login, block, context)) }
        if block.journal.loginsLeftOut > 0 {
            finding = finding.worse(
                RuleFinding(state: .fail, fact: "\(block.journal.loginsLeftOut) logins more than can be looked at"))
        }
        for (session, until) in open.sorted(by: { $0.key < $1.key }) where context.endSeconds > until {
            finding = finding.worse(
                RuleFinding(state: .fail, fact: "overstayed: session \(session) is open after its approval's end"))
        }
        if block.journal.samples > 0 {
            isReadable = true
        } else if let cause = block.journal.cause {
            isReadable = false
            finding = finding.worse(RuleFinding(state: .unknown, fact: "the journal is \(cause.rawValue)"))
        } else if !isReadable {
            finding = finding.worse(RuleFinding(state: .unknown, fact: "no journal has been reported"))
        }
        return finding
    }

    private mutating func judge(_ login: LoginFact, _ block: HostBlock, _ context: RuleContext) -> RuleFinding {
        switch login.kind {
        case .elevation: return .pass
        case .sessionEnd:
            open[login.session] = nil
            return .pass
        case .accepted, .sessionStart: break
        }
        guard let until = permitted(login, block.host, context) else {
            let whence = login.source.isEmpty ? "" : " from \(login.source)"
            let word = Self.isShared(login.user) ? "unattributable" : "unapproved"
            return RuleFinding(
                state: .fail, fact: "\(word): \(login.user.isEmpty ? "somebody" : login.user) logged in\(whence)")
        }
        if login.kind == .sessionStart {
            if until < .max { open[login.session] = until }
        } else {
            accepted[login.user] = (login.timeSeconds, until)
        }
        guard block.skewMilliseconds > 30_000 else { return .pass }
        return RuleFinding(
            state: .unknown, fact: "\(login.user) logged in while the clock was \(block.skewMilliseconds / 1000) s away"
        )
    }

    /// Until when the login may last; `nil`: it is in nobody's order. Logind knows neither key nor address: its session
    /// follows the credential that sshd accepted.
    private func permitted(_ login: LoginFact, _ host: String, _ context: RuleContext) -> UInt64? {
        if login.kind == .sessionStart, let before = accepted[login.user],
            login.timeSeconds >= before.at, login.timeSeconds - before.at <= Self.sessionSeconds
        {
            return before.until
        }
        if context.policy.automation.contains(where: { $0.covers(login) }) { return .max }
        guard !Self.isShared(login.user) else { return nil }
        return context.records.accesses.first { $0.covers(login, on: host, earlySeconds: Self.earlySeconds) }?.toSeconds
    }
}

extension Automation {
    fileprivate func covers(_ login: LoginFact) -> Bool {
        user == login.user && keys.contains(login.key) && sources.contains(login.source)
    }
}

extension ApprovedAccess {
    fileprivate func covers(_ login: LoginFact, on host: String, earlySeconds: UInt64) -> Bool {
        let time = login.timeSeconds
        return user == login.user && hosts.contains(host) && approvedSeconds <= time + earlySeconds
            && time + earlySeconds >= fromSeconds && time <= toSeconds
            && (sources.isEmpty || sources.contains(login.source)) && (keys.isEmpty || keys.contains(login.key))
    }
}
