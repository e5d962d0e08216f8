import Evidence
import Ledger
import Shared

/// Who came onto the servers while they were judged, for the report. What is right and wrong with it says the rule.
package struct LoginBook: Sendable {
    /// The newest are kept; all are in the evidence.
    static let most = 500

    private var records: [(host: String, login: LoginFact)] = []
    private var leftOut: UInt64 = 0

    package init() {}

    package mutating func add(_ block: HostBlock) {
        leftOut += block.journal.loginsLeftOut
        for login in block.journal.logins where login.kind != .sessionEnd { records.append((block.host, login)) }
        guard records.count >= 2 * Self.most else { return }
        sort()
        leftOut += UInt64(records.count - Self.most)
        records.removeFirst(records.count - Self.most)
    }

    private mutating func sort() {
        records.sort { ($0.login.timeSeconds, $0.host) < ($1.login.timeSeconds, $1.host) }
    }

    /// Those within a span of time.
    package func list(_ window: UTCWindow) -> LoginList {
        var book = self
        book.sort()
        let logins = book.records.compactMap { host, login -> LoginView? in
            guard let at = UTCTime(unixSeconds: Int64(clamping: login.timeSeconds)), window.from <= at, at < window.to
            else { return nil }
            return LoginView(
                at: at.description, host: host, user: login.user, source: login.source, means: login.means)
        }
        let more = max(0, logins.count - Self.most)
        return LoginList(logins: Array(logins.dropFirst(more)), leftOut: leftOut + UInt64(more))
    }
}

extension HostBlock {
    package var hasLogins: Bool { !journal.logins.isEmpty || journal.loginsLeftOut > 0 }
}

extension LoginFact {
    fileprivate var means: String {
        switch kind {
        case .accepted: [method, key].filter { !$0.isEmpty }.joined(separator: " ")
        case .sessionStart: "session " + session
        case .sessionEnd: "end of session " + session
        case .elevation: "sudo or su"
        }
    }
}
