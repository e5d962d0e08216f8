// The systemd journal since the last report: lines by unit and priority, error lines and their fingerprints, kills for
// want of memory, logins. It reads from a saved place and says so when that place was rotated away; it must never let
// silence pass for health, nor work longer than its share: what is beyond is counted and passed over.
import Glibc
import Terms

final class JournalProbe: Probe {
    let name = "journal"

    /// Of the deadline's two seconds; the rest is for a call that takes its time.
    private static let workMicroseconds: UInt64 = 1_200_000
    private static let skipMicroseconds: UInt64 = 1_600_000
    private static let pastMicroseconds: UInt64 = 200_000
    /// The past in small pieces: there is no hurry, and the unit's share of the processor is small.
    private static let pastEntries = 4000
    /// Samples in a row that ran out of time before the lines were passed over unread.
    private static let lateSamples = 3
    private static let skipEntries: UInt64 = 4096
    /// Asking for the time costs as much as an entry.
    private static let entriesPerLook = 32
    private static let microsecondsPerDay: UInt64 = 86_400_000_000

    private let directory: String?
    private let positionFile: String
    private let historyDays: Int
    private let historyEntries: Int
    private let clock: Clock
    private let entriesPerSample: Int

    private var tally = JournalTally()
    private var reader: JournalReader?
    private var pastReader: JournalReader?
    /// What the reports so far hold, and what of it is on disk.
    private var position: JournalPosition?
    private var saved: JournalPosition?
    private var hasLoaded = false
    private var isSkipping = false
    private var late = 0
    private var gaps: UInt64 = 0
    private var skipped: UInt64 = 0
    private var failures = 0

    convenience init(configuration: Configuration) { self.init(configuration: configuration, clock: .system) }

    init(
        configuration: Configuration, clock: Clock, entriesPerSample: Int = Limits.journalEntriesPerReport
    ) {
        directory = configuration.journal.directory
        positionFile = configuration.stateDirectory + "/journal-cursor"
        historyDays = max(0, configuration.journal.historyDays)
        historyEntries = max(0, configuration.journal.historyEntries)
        self.clock = clock
        self.entriesPerSample = entriesPerSample
    }

    func sample(_ moment: Moment) -> Sample {
        // The last report is in the spool by now. Were it saved sooner, a report that never got there would take its
        // lines with it.
        savePosition()
        var sample = Sample()
        let start = clock.monotonicMicroseconds()
        var cause: AbsenceCause?
        do {
            let reader = try opened()
            do {
                try reader.process()
                if isSkipping { try skip(reader, start) }
                if !isSkipping { try drain(reader, moment, start) }
                if isSkipping { try skip(reader, start) }
                failures = 0
                // New files are found by opening anew.
                if !reader.isWatching { self.reader = nil }
            } catch {
                failed()
            }
            readPast(moment)
        } catch {
            cause = error
        }
        var (journal, logins, truncated) = tally.take()
        journal.cause = cause
        journal.gaps = gaps
        journal.skipped = skipped
        gaps = 0
        skipped = 0
        sample.journal = journal
        sample.logins = logins
        sample.truncated = truncated
        sample.cause = cause
        return sample
    }

    /// Nothing is read twice by the next start.
    func finish() { savePosition() }

    private func savePosition() {
        guard let position, position != saved else { return }
        if position.save(positionFile) { saved = position }
    }

    // MARK: opening

    private func opened() throws(AbsenceCause) -> JournalReader {
        if let obstacle = JournalAccess.obstacle(directory: directory) {
            reader = nil
            throw obstacle
        }
        if let reader { return reader }
        let fresh = try JournalReader(directory: directory)
        do {
            try place(fresh)
        } catch {
            failures += 1
            throw AbsenceCause(errno: error.errno)
        }
        reader = fresh
        return fresh
    }

    /// Where the last report ended; at the agent's very first start at the end, with the past still to be read.
    private func place(_ reader: JournalReader) throws(JournalError) {
        if !hasLoaded {
            hasLoaded = true
            switch JournalPosition.load(positionFile) {
            case .none: position = nil
            case .unreadable: try lose(reader)
            case .position(let found):
                position = found
                saved = found
            }
        }
        guard let position else { return try begin(reader) }
        // It was empty: everything in it is new.
        guard !position.cursor.isEmpty else { return }
        let found: JournalReader.Found
        do {
            found = try reader.seek(position.cursor)
        } catch {
            // What the file held is no cursor.
            return try lose(reader)
        }
        switch found {
        case .entry: break
        case .successor:
            gaps += 1
            // Back before it: it has not been read.
            if try !reader.previous() { try reader.seekToStart() }
        case .nothing: try lose(reader)
        }
    }

    private func begin(_ reader: JournalReader) throws(JournalError) {
        guard try reader.seekToEnd() else {
            position = JournalPosition(cursor: "")
            return
        }
        let cursor = try reader.cursor()
        let past =
            historyDays > 0 && historyEntries > 0
            ? JournalPosition.Past(cursor: cursor, entriesLeft: historyEntries) : nil
        position = JournalPosition(cursor: cursor, past: past)
    }

    /// The place is gone and nobody knows what was missed.
    private func lose(_ reader: JournalReader) throws(JournalError) {
        gaps += 1
        let hasEntry = try reader.seekToEnd()
        position = JournalPosition(cursor: hasEntry ? try reader.cursor() : "", past: position?.past)
    }

    private func failed() {
        reader = nil
        failures += 1
        guard failures > 1 else { return }
        // Twice at the same place: a damaged file. Go on behind it, and say so.
        failures = 0
        guard let fresh = try? JournalReader(directory: directory), (try? lose(fresh)) != nil else { return }
        reader = fresh
    }

    // MARK: reading

    private func drain(_ reader: JournalReader, _ moment: Moment, _ start: UInt64) throws(JournalError) {
        var read = 0
        var isAtEnd = false
        var isLate = false
        // However it ends, what was added up is not read again.
        defer {
            late = isLate ? late + 1 : 0
            if read > 0, let cursor = try? reader.cursor() { position?.cursor = cursor }
        }
        while read < entriesPerSample {
            if read % Self.entriesPerLook == 0, clock.monotonicMicroseconds() - start >= Self.workMicroseconds {
                isLate = true
                break
            }
            guard try reader.next() else {
                isAtEnd = true
                break
            }
            tally.add(try reader.entry(), bootMicroseconds: moment.bootMicroseconds)
            read += 1
        }
        isSkipping = !isAtEnd && (!isLate || late + 1 >= Self.lateSamples)
    }

    /// To the end, counting. If even that takes too long, the next sample goes on with it.
    private func skip(_ reader: JournalReader, _ start: UInt64) throws(JournalError) {
        while clock.monotonicMicroseconds() - start < Self.skipMicroseconds {
            let count = try reader.skip(Self.skipEntries)
            skipped += count
            if count > 0 { position?.cursor = try reader.cursor() }
            if count < Self.skipEntries {
                isSkipping = false
                return
            }
        }
    }

    /// One piece of the past, backwards from the first start.
    private func readPast(_ moment: Moment) {
        guard let past = position?.past else {
            pastReader = nil
            return
        }
        do {
            let reader = try pastReader ?? openedPast(past)
            pastReader = reader
            position?.past = try readPast(reader, past, moment)
        } catch {
            // Rotated away or damaged: then there is no more past to compare with than was read.
            position?.past = nil
        }
    }

    private func openedPast(_ past: JournalPosition.Past) throws -> JournalReader {
        let reader = try JournalReader(directory: directory)
        guard try reader.seek(past.cursor) != .nothing else { throw JournalError(errno: ENOENT) }
        return reader
    }

    /// What is left of it; `nil` when all of it is read.
    private func readPast(
        _ reader: JournalReader, _ past: JournalPosition.Past, _ moment: Moment
    ) throws(JournalError) -> JournalPosition.Past? {
        let start = clock.monotonicMicroseconds()
        let span = UInt64(historyDays) &* Self.microsecondsPerDay
        let oldest = moment.wallMicroseconds - min(span, moment.wallMicroseconds)
        var left = past
        var isFirst = left.entriesLeft == historyEntries
        for count in 0..<Self.pastEntries {
            if count % Self.entriesPerLook == 0, clock.monotonicMicroseconds() - start >= Self.pastMicroseconds {
                break
            }
            guard left.entriesLeft > 0 else { return nil }
            // The cursor's own entry is the newest of the past, then those before it.
            if !isFirst {
                guard try reader.previous() else { return nil }
            }
            isFirst = false
            let entry = try reader.entry()
            guard entry.timeMicroseconds >= oldest else { return nil }
            tally.addPast(entry, bootMicroseconds: moment.bootMicroseconds)
            left.entriesLeft -= 1
        }
        left.cursor = try reader.cursor()
        return left
    }
}
