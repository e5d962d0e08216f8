import Glibc
import Logging

/// Log lines on standard error. Under systemd each begins with its priority, `<3>` to `<7>` (sd-daemon(3)), which the
/// journal takes off; on a terminal it is left out.
struct JournalLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info
    private let label: String
    private let hasPriority: Bool

    init(label: String) {
        self.label = label
        hasPriority = isatty(STDERR_FILENO) == 0
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = hasPriority ? "<\(Self.priority(event.level))>" : ""
        line += "\(Self.oneLine(event.message.description))"
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            let name = key == "hb.request.id" ? "request" : key
            line += " \(name)=\(Self.oneLine(value.description))"
        }
        line += "\n"
        Array(line.utf8).withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// A line that came from outside cannot pretend to be two.
    private static func oneLine(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 32 }) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 ? " " : $0 }))
    }

    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
