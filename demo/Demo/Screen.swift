import Foundation
import Synchronization

/// What the spectator sees. On a terminal a part of it is redrawn in place; elsewhere, and in the transcript, there are
/// only plain lines. Never writes control characters into anything but a terminal.
final class Screen: Sendable {
    let isTerminal: Bool
    private let isColoured: Bool
    private let columns: Int
    private let transcript: String?
    private let state = Mutex<State>(State())

    private struct State {
        /// Lines of the part that is redrawn, now on the terminal.
        var liveLines = 0
        var told: [String] = []
    }

    init(transcript: String?) {
        let environment = ProcessInfo.processInfo.environment
        isTerminal = isatty(1) == 1 && environment["TERM"] != "dumb"
        isColoured = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
        var size = winsize()
        let isKnown = ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20
        columns = isKnown ? Int(size.ws_col) : 100
        self.transcript = transcript
    }

    /// A line that stays.
    func say(_ line: String = "") {
        state.withLock { state in
            erase(&state)
            write(coloured(line) + "\n")
            state.told.append(line)
        }
    }

    /// A line for those who see no live part: printed where nothing is redrawn, and told in the transcript.
    func note(_ line: String) {
        state.withLock { state in
            if !isTerminal { write(line + "\n") }
            state.told.append(line)
        }
    }

    /// The part that is redrawn in place.
    func live(_ lines: [String]) {
        guard isTerminal else { return }
        state.withLock { state in
            erase(&state)
            // A line that wraps would be two when it is erased.
            write(lines.map { coloured(String($0.prefix(columns - 1))) + "\n" }.joined())
            state.liveLines = lines.count
        }
    }

    /// Writes the transcript.
    func finish() {
        state.withLock { state in
            erase(&state)
            guard let transcript else { return }
            let text = state.told.joined(separator: "\n") + "\n"
            if !FileManager.default.createFile(atPath: transcript, contents: Data(text.utf8)) {
                write("The transcript \(transcript) could not be written.\n")
            }
        }
    }

    private func erase(_ state: inout State) {
        guard state.liveLines > 0 else { return }
        write("\u{1B}[\(state.liveLines)A\u{1B}[J")
        state.liveLines = 0
    }

    private func coloured(_ line: String) -> String {
        guard isColoured else { return line }
        let colours = [("INCONCLUSIVE", 33), ("PASS", 32), ("FAIL", 31), ("open", 32), ("blocked", 31)]
        var result = ""
        for (index, word) in line.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { result += " " }
            let bare = word.trimmingCharacters(in: .punctuationCharacters)
            if let colour = colours.first(where: { $0.0 == bare })?.1 {
                result += "\u{1B}[\(colour)m\(word)\u{1B}[0m"
            } else {
                result += word
            }
        }
        return result
    }

    private func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}
