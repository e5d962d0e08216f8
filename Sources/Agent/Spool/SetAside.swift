// The last few reports that the collector refused for good, each a protobuf `Report` in a file of its own whose name
// says when and why. For a person to look at; the agent never sends them again.
import Glibc
import Terms

struct SetAside {
    let directory: String
    /// Oldest first.
    private var names: [String] = []
    private var lastNumber: UInt64 = 0

    init(directory: String) { self.directory = directory }

    mutating func recover() {
        names = ((try? Directory.entries(directory, limit: 4096)) ?? []).map(\.name).filter { $0.hasSuffix(".report") }
            .sorted()
        lastNumber = names.last.flatMap { UInt64($0.prefix { $0 != "-" }) } ?? 0
        trim()
    }

    mutating func keep(_ payload: [UInt8], _ key: ReportKey, code: String) {
        lastNumber += 1
        let digits = String(lastNumber)
        let number = String(repeating: "0", count: max(0, 10 - digits.utf8.count)) + digits
        let reason = String(code.prefix(64).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
        let name = "\(number)-\(key.run)-\(key.sequence)-\(reason).report"
        let descriptor = open(directory + "/" + name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        _ = Spool.writeAll(payload, descriptor, offset: 0)
        close(descriptor)
        names.append(name)
        trim()
    }

    private mutating func trim() {
        while names.count > Limits.setAsideReports { unlink(directory + "/" + names.removeFirst()) }
    }
}
