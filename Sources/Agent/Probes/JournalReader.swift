// libsystemd's journal (sd-journal(3)) with Swift's manners: one open journal, a position in it, and the entry there.
// Not safe on two threads; every call may block while journald rotates or vacuums.
import CSystemd
import Glibc
import Terms

/// A call failed; the journal must be opened anew.
struct JournalError: Error, Equatable {
    /// Positive.
    var errno: Int32
}

final class JournalReader {
    /// Beyond it libsystemd unpacks no further; messages are cut at less.
    private static let fieldBytes = 4096

    private let journal: OpaquePointer
    /// False: the user has no more inotify instances, and files that come later will not be seen.
    let isWatching: Bool

    /// - Parameter directory: journal files to be read instead of the system's own.
    init(directory: String?) throws(AbsenceCause) {
        var opened: OpaquePointer?
        let result: Int32 =
            if let directory {
                sd_journal_open_directory(&opened, directory, 0)
            } else {
                sd_journal_open(&opened, Int32(SD_JOURNAL_LOCAL_ONLY))
            }
        guard result >= 0, let opened else { throw AbsenceCause(errno: -result) }
        journal = opened
        _ = sd_journal_set_data_threshold(journal, Self.fieldBytes)
        // Asking for the descriptor is what makes libsystemd watch for files that come and go.
        isWatching = sd_journal_get_fd(journal) >= 0
    }

    deinit { sd_journal_close(journal) }

    /// Takes note of files that were rotated, added or removed. Before each reading.
    func process() throws(JournalError) { _ = try check(sd_journal_process(journal)) }

    /// To the entry after the present one; false at the end.
    func next() throws(JournalError) -> Bool { try check(sd_journal_next(journal)) > 0 }

    func previous() throws(JournalError) -> Bool { try check(sd_journal_previous(journal)) > 0 }

    /// Over so many entries at the most, without looking at them. Returns how many there were.
    func skip(_ entries: UInt64) throws(JournalError) -> UInt64 {
        UInt64(try check(sd_journal_next_skip(journal, entries)))
    }

    /// To the last entry, so that `next` gives what comes after it. In an empty journal: before everything.
    /// - Returns: whether there is an entry.
    func seekToEnd() throws(JournalError) -> Bool {
        _ = try check(sd_journal_seek_tail(journal))
        // Only a step back makes the place definite: without it `next` may give old entries.
        if try previous() { return true }
        try seekToStart()
        return false
    }

    /// Before the first entry.
    func seekToStart() throws(JournalError) { _ = try check(sd_journal_seek_head(journal)) }

    enum Found { case entry, successor, nothing }

    /// Where a cursor points. `successor`: its entry is gone, this is the first one after it; `nothing`: none after it.
    func seek(_ cursor: String) throws(JournalError) -> Found {
        _ = try check(sd_journal_seek_cursor(journal, cursor))
        guard try next() else { return .nothing }
        return try check(sd_journal_test_cursor(journal, cursor)) > 0 ? .entry : .successor
    }

    /// Of the present entry.
    func cursor() throws(JournalError) -> String {
        var text: UnsafeMutablePointer<CChar>?
        _ = try check(sd_journal_get_cursor(journal, &text))
        guard let text else { throw JournalError(errno: EINVAL) }
        defer { free(text) }
        return String(cString: text)
    }

    func timeMicroseconds() throws(JournalError) -> UInt64 {
        var time: UInt64 = 0
        _ = try check(sd_journal_get_realtime_usec(journal, &time))
        return time
    }

    func entry() throws(JournalError) -> JournalEntry {
        var entry = JournalEntry()
        entry.timeMicroseconds = try timeMicroseconds()
        sd_journal_restart_data(journal)
        for _ in 0..<JournalEntry.fields {
            var data: UnsafeRawPointer?
            var length = 0
            // Fields that cannot be unpacked here are passed over.
            guard try check(sd_journal_enumerate_available_data(journal, &data, &length)) > 0 else { break }
            entry.take(UnsafeRawBufferPointer(start: data, count: length))
        }
        return entry
    }

    private func check(_ result: Int32) throws(JournalError) -> Int32 {
        guard result >= 0 else { throw JournalError(errno: -result) }
        return result
    }
}

/// Whether the journal that matters can be read at all: without its group sd-journal opens, gives no entry and no
/// error, and silence would look like health.
enum JournalAccess {
    private static let directories = 64
    private static let files = 4096

    /// `nil`: at least one file can be read.
    static func obstacle(directory: String?) -> AbsenceCause? {
        if let directory {
            return obstacle(places: [directory] + subdirectories(directory)) { $0.contains(".journal") }
        }
        guard let machine = ProcText.firstLine("/etc/machine-id") else { return .unsupported }
        // Not the files of single users: those are readable without the right to the system's.
        return obstacle(places: ["/var/log/journal/" + machine, "/run/log/journal/" + machine]) {
            $0.hasPrefix("system") && $0.contains(".journal")
        }
    }

    static func obstacle(places: [String], isWanted: (String) -> Bool) -> AbsenceCause? {
        var cause = AbsenceCause.unsupported
        for place in places {
            do {
                for entry in try Directory.entries(place, limit: files) where isWanted(entry.name) {
                    if access(place + "/" + entry.name, R_OK) == 0 { return nil }
                    cause = .denied
                }
            } catch {
                if error == .denied { cause = .denied }
            }
        }
        return cause
    }

    private static func subdirectories(_ place: String) -> [String] {
        let entries = (try? Directory.entries(place, limit: files)) ?? []
        return entries.filter(\.isDirectory).prefix(directories).map { place + "/" + $0.name }
    }
}
