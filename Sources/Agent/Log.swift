// One line per event on standard error, with journald's priority in front (sd-daemon(3)). A message that comes again
// and again is printed once a minute with the number left out, so that an unreachable collector cannot fill the disk
// of the host that the agent watches. No secret is ever a parameter of a line.
import Glibc
import Synchronization

final class Log: Sendable {
    enum Priority: Int, Sendable {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
    }

    private struct Memory {
        var lastMicroseconds: UInt64
        var leftOut: UInt64
    }

    static let repeatMicroseconds: UInt64 = 60_000_000
    private let memories = Mutex<[String: Memory]>([:])
    private let clock: Clock
    private let write: @Sendable (String) -> Void
    private let hasPrefix: Bool

    init(
        clock: Clock, hasPrefix: Bool = isatty(2) == 0, write: @escaping @Sendable (String) -> Void = Log.standardError
    ) {
        self.clock = clock
        self.hasPrefix = hasPrefix
        self.write = write
    }

    /// - Parameter key: lines with the same key count as the same event. Keys are written in the source, so there are
    ///   few of them.
    func line(_ priority: Priority, _ key: StaticString, _ text: String) {
        let now = clock.monotonicMicroseconds()
        let leftOut = memories.withLock { memories -> UInt64? in
            let name = key.description
            guard let memory = memories[name], now &- memory.lastMicroseconds < Self.repeatMicroseconds else {
                let leftOut = memories[name]?.leftOut ?? 0
                memories[name] = Memory(lastMicroseconds: now, leftOut: 0)
                return leftOut
            }
            memories[name]?.leftOut += 1
            return nil
        }
        guard let leftOut else { return }
        let tail = leftOut > 0 ? " (\(leftOut) more like it since)" : ""
        let prefix = hasPrefix ? "<\(priority.rawValue)>" : ""
        write(prefix + Self.oneLine(text) + tail + "\n")
    }

    /// Text from outside must not forge a second line, or a priority of its own.
    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(2000).map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
    }

    static func standardError(_ text: String) { put(text, descriptor: 2) }

    /// All of it, as far as the reader takes it; a closed pipe is not worth dying for.
    static func put(_ text: String, descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return }
                offset += count
            }
        }
    }
}
