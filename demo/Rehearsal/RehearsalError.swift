import Foundation

/// What can go wrong while a rehearsal is set up or runs: what happened, where, and what to do.
public enum RehearsalError: Error, CustomStringConvertible, Sendable {
    /// A call of the system failed, with errno.
    case system(String, Int32)
    /// A program that is needed is not there.
    case missing(program: String, mend: String)
    /// A program ended otherwise than it should.
    case ended(program: String, how: String, lastLines: String)
    /// Something did not happen in time.
    case late(what: String, seconds: Double)
    /// Redis answered with an error, or not as its protocol says.
    case redis(server: String, command: String, answer: String)

    public var description: String {
        switch self {
        case .system(let what, let number): "could not \(what): \(String(cString: strerror(number)))"
        case .missing(let program, let mend): "there is no \(program); \(mend)"
        case .ended(let program, let how, let lines):
            lines.isEmpty ? "\(program) \(how)" : "\(program) \(how); it last said:\n\(lines)"
        case .late(let what, let seconds): "\(what) did not happen within \(Int(seconds)) s"
        case .redis(let server, let command, let answer): "Redis \(server) answered \(command) with: \(answer)"
        }
    }
}
