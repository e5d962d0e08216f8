/// What the agent's user may do on a Redis: three questions, no key, no channel. Whatever else it had could be used by
/// whoever takes over the agent.
enum RedisACL {
    static let usualUser = "perch"

    /// For redis-cli, or a line of the ACL file without the first two words. `SECRET` is the operator's to choose.
    static func line(user: String?) -> String {
        "ACL SETUSER \(user ?? usualUser) on >SECRET resetkeys resetchannels -@all +ping +info +latency|histogram"
    }
}
