// How far the journal has been read, in one small file of the agent's state directory: the cursor of the last entry
// that a report holds, and where the reading back of the past stands. Written whole or not at all.
import Glibc

struct JournalPosition: Equatable {
    /// Of the past, newest first: entries before this cursor are still to be read, so many at the most.
    struct Past: Equatable {
        var cursor: String
        var entriesLeft: Int
    }

    enum Saved: Equatable {
        /// The agent was never here.
        case none
        /// There is a file that says nothing: the past is known, the place in it is lost.
        case unreadable
        case position(JournalPosition)
    }

    /// Empty: the journal had no entry yet.
    var cursor: String
    var past: Past?

    private static let fileBytes = 8192

    static func load(_ path: String) -> Saved {
        let text: ByteText
        do {
            text = try ProcText.read(path, limitBytes: fileBytes)
        } catch {
            return error == .unsupported ? .none : .unreadable
        }
        var position: JournalPosition?
        for line in ProcText.wholeLines(text) {
            if let cursor = line.dropping("cursor ") {
                position = JournalPosition(cursor: cursor.string)
            } else if line.reads("empty") {
                position = JournalPosition(cursor: "")
            } else if let rest = line.dropping("past ") {
                let words = rest.split(separator: UInt8(ascii: " "), maxSplits: 1)
                guard words.count == 2, let left = ProcText.decimal(words[0]).flatMap(Int.init(exactly:)) else {
                    return .unreadable
                }
                position?.past = Past(cursor: words[1].string, entriesLeft: left)
            } else {
                return .unreadable
            }
        }
        return position.map { .position($0) } ?? .unreadable
    }

    /// False if it could not be written; the position then lives as long as the agent.
    func save(_ path: String) -> Bool {
        var text = cursor.isEmpty ? "empty\n" : "cursor \(cursor)\n"
        if let past { text += "past \(past.entriesLeft) \(past.cursor)\n" }
        let new = path + ".new"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        let bytes = Array(text.utf8)
        let isWritten = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == bytes.count
        // Without it a power failure may leave an empty file under the right name.
        let isSafe = isWritten && fdatasync(descriptor) == 0
        close(descriptor)
        guard isSafe, rename(new, path) == 0 else {
            unlink(new)
            return false
        }
        return true
    }
}
