/// A login as reports list it: what the server's own journal says.
public struct LoginView: Sendable, Equatable {
    /// RFC 3339, UTC.
    public var at: String
    public var host: String
    /// Empty: the journal named nobody.
    public var user: String
    /// Address; empty: at the machine itself.
    public var source: String
    /// In words: method and key of the credential, logind's number of what it opened, or that rights were raised.
    public var means: String

    public init(at: String, host: String, user: String, source: String, means: String) {
        self.at = at
        self.host = host
        self.user = user
        self.source = source
        self.means = means
    }
}

/// The logins of a time, oldest first.
public struct LoginList: Sendable, Equatable {
    public var logins: [LoginView]
    /// Older ones, and those that an agent could only count.
    public var leftOut: UInt64

    public init(logins: [LoginView], leftOut: UInt64) {
        self.logins = logins
        self.leftOut = leftOut
    }
}
