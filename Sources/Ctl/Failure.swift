// Why a verb ended without doing its work, in words for a person: what happened and where, what to do about it, and the
// exit code for scripts. Must never carry the content of a key or of an answer that may hold secrets.

struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
    var status: ExitStatus
    /// What happened, and where: names the server or the file.
    var problem: String
    /// What to do.
    var mend: String
    /// One line each: mistakes in a file, missing conditions.
    var details: [String] = []

    var description: String {
        ([problem + (mend.isEmpty ? "" : "; " + mend)] + details.map { "  " + $0 }).joined(separator: "\n")
    }

    static func usage(_ problem: String, mend: String, details: [String] = []) -> Failure {
        Failure(status: .usage, problem: problem, mend: mend, details: details)
    }

    static func unreachable(_ problem: String, mend: String, details: [String] = []) -> Failure {
        Failure(status: .unreachable, problem: problem, mend: mend, details: details)
    }
}
