// Tells error lines from the rest. Priority alone misses every failure of Redis, whose lines arrive as information:
// known texts are matched after Redis' own sign. Plain comparison, no regular expressions, and a bounded look at each
// line; a text that anyone may write is believed only where the rule says from whom.

enum ErrorLines {
    /// Error and worse.
    static let worstPriority: UInt8 = 3

    static func isError(_ entry: JournalEntry) -> Bool {
        if entry.priority <= worstPriority { return true }
        guard let message = entry.message else { return false }
        if entry.isFromKernel { return kernelTexts.contains { message.holds($0) } }
        if entry.isFromSystemd { return isFailedResult(message) }
        if let line = RedisLine(message) { return isRedisFailure(line.text) }
        // By syslog, or before Redis has a log: without its prefix.
        guard isRedis(entry.command) else { return false }
        return isRedisFailure(message)
    }

    static func isRedis(_ command: String) -> Bool {
        command.hasPrefix("redis-") || command.hasPrefix("valkey-") || command == "redis" || command == "valkey"
    }

    private static let kernelTexts: [StaticString] = ["Out of memory: Killed process", "Memory cgroup out of memory"]

    /// What systemd calls the end of a service that is no good one.
    private static let results: [StaticString] = [
        "oom-kill'", "signal'", "exit-code'", "watchdog'", "timeout'", "core-dump'",
    ]

    private static func isFailedResult(_ message: ByteText) -> Bool {
        guard let result = message.after("Failed with result '") else { return false }
        return results.contains { result.dropping($0) != nil }
    }

    /// The beginnings of Redis' lines that tell of a failure.
    private static let beginnings: [StaticString] = [
        "Failed opening the temp RDB file", "Background saving error", "Write error saving DB on disk",
        "Short write while writing to the AOF file", "Short write writing to the AOF file",
        "Error while writing to the AOF file", "Error writing to the AOF file", "Can't recover from AOF write error",
        "Error condition on socket for SYNC", "Cluster state changed: fail", "Possible SECURITY ATTACK",
        "Error accepting a client connection", "Could not create server TCP listening socket", "Bad file format",
    ]

    static func isRedisFailure(_ text: ByteText) -> Bool {
        let text = text.dropping("Warning: ") ?? text
        if beginnings.contains(where: { text.dropping($0) != nil }) { return true }
        if let lost = text.dropping("Connection with master ") ?? text.dropping("Connection with replica ") {
            return lost.holds("lost")
        }
        // In older versions without the address.
        if text.dropping("Connection with master lost") != nil { return true }
        if let node = text.dropping("Marking node ") { return node.holds(" as failing") }
        return text.holds("crashed by signal") || text.holds("FATAL CONFIG FILE ERROR")
    }
}

/// `PID:ROLE DAY MONTH YEAR TIME SIGN TEXT`, as Redis prints to its standard output.
struct RedisLine {
    enum Sign: UInt8 {
        case debug = 0x2e
        case verbose = 0x2d
        case notice = 0x2a
        case warning = 0x23
    }

    var sign: Sign
    var text: ByteText

    init?(_ message: ByteText) {
        var rest = message.drop { (48...57).contains($0) }
        guard rest.startIndex > message.startIndex, rest.count < message.count, rest.popFirst() == UInt8(ascii: ":"),
            let role = rest.popFirst(), Array("XCSM".utf8).contains(role), rest.popFirst() == UInt8(ascii: " ")
        else { return nil }
        // Day, month, year, time.
        for _ in 0..<4 {
            let word = rest.prefix(16).prefix { $0 != UInt8(ascii: " ") }
            guard !word.isEmpty, word.count < 16 else { return nil }
            rest = rest.dropFirst(word.count + 1)
        }
        guard let first = rest.popFirst(), let sign = Sign(rawValue: first), rest.popFirst() == UInt8(ascii: " ") else {
            return nil
        }
        self.sign = sign
        text = rest
    }
}

extension ArraySlice<UInt8> {
    func holds(_ text: StaticString) -> Bool { after(text) != nil }

    /// What follows the first occurrence of a text.
    func after(_ text: StaticString) -> ArraySlice<UInt8>? {
        let length = text.utf8CodeUnitCount
        guard length > 0, count >= length else { return nil }
        let first = text.utf8Start.pointee
        var position = startIndex
        while position <= endIndex - length {
            if self[position] == first, self[position...].prefix(length).reads(text) {
                return self[(position + length)...]
            }
            position += 1
        }
        return nil
    }
}
