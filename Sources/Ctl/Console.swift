// Where words go: results to standard output, everything else to standard error; colours only on a terminal that wants
// them. Must never mix the two streams: programs read the first.
import Foundation

struct Console: Sendable {
    let isColoured: Bool
    /// Columns of the terminal; `nil`: no terminal, nothing is wrapped.
    let width: Int?

    /// `NO_COLOR` as on no-color.org: any value but an empty one.
    init(isTerminal: Bool, columns: Int?, environment: [String: String]) {
        let isRefused = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        isColoured = isTerminal && !isRefused && environment["TERM"] != "dumb"
        width = isTerminal ? columns : nil
    }

    static var standard: Console {
        var size = winsize()
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return Console(
            isTerminal: isTerminal, columns: isKnown ? Int(size.ws_col) : nil,
            environment: ProcessInfo.processInfo.environment)
    }

    func line(_ text: String) { write(Array((text + "\n").utf8)) }

    /// A JSON answer as it came, with a line end.
    func json(_ bytes: [UInt8]) { write(bytes.last == UInt8(ascii: "\n") ? bytes : bytes + [UInt8(ascii: "\n")]) }

    func write(_ bytes: [UInt8]) {
        // A reader that went away needs no answer any more.
        try? FileHandle.standardOutput.write(contentsOf: Data(bytes))
    }

    func note(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(("perchctl: " + text + "\n").utf8))
    }
}
