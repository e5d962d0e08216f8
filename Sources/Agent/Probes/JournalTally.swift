// Adds up journal entries into what a report says of them. Everything in here is bounded: units, fingerprints, samples
// and kills; what does not fit is counted as cut. A line of the agent's own never counts: it must not judge itself.
import Terms

struct JournalTally {
    private struct Key: Hashable {
        var unit: String?
        var priority: UInt8
    }
    private struct Print {
        var id: UInt64
        var unit: String?
        var count: UInt64
        /// The first message, redacted; `nil`: one was shown within the hour.
        var sample: String?
    }
    /// In the order in which they were first seen.
    private struct Prints {
        let limit: Int
        private(set) var list: [Print] = []
        private var indexes: [UInt64: Int] = [:]

        init(limit: Int) { self.limit = limit }

        /// False: it is a new one and must be added.
        mutating func count(_ id: UInt64) -> Bool {
            guard let index = indexes[id] else { return false }
            list[index].count += 1
            return true
        }

        mutating func add(_ print: Print) -> Bool {
            guard list.count < limit else { return false }
            indexes[print.id] = list.count
            list.append(print)
            return true
        }

        mutating func takeLast(_ count: Int) -> [Print] {
            let taken = Array(list.suffix(count))
            list.removeLast(taken.count)
            for print in taken { indexes[print.id] = nil }
            return taken
        }
    }

    /// One sample of each fingerprint in so long.
    static let sampleMicroseconds: UInt64 = 3_600_000_000
    /// Fingerprints whose last sample is remembered; a host has a few hundred.
    private static let rememberedSamples = 8192
    /// Of the past, read back faster than reports carry them.
    private static let waitingPrints = 16_384
    private static let ownUnit = "perch-agent.service"

    private var counts: [Key: (entries: UInt64, errorLines: UInt64)] = [:]
    private var prints = Prints(limit: Limits.fingerprints)
    private var past = Prints(limit: waitingPrints)
    private var sampledAt: [UInt64: UInt64] = [:]
    private var oomKills = OOMKills()
    private var kills: [JournalSample.OOMKill] = []
    private var logins: [LoginSample] = []
    private var suppressed: UInt64 = 0
    private var truncated: UInt64 = 0

    /// An entry that came since the last report.
    mutating func add(_ entry: JournalEntry, bootMicroseconds: UInt64) {
        guard !isOwn(entry) else { return }
        let (sum, overflow) = suppressed.addingReportingOverflow(entry.suppressed)
        suppressed = overflow ? .max : sum
        let unit = entry.owner
        let isError = ErrorLines.isError(entry)
        count(Key(unit: unit, priority: entry.priority), isError: isError)
        if isError { note(entry, unit, bootMicroseconds, in: \.prints) }
        if let kill = oomKills.kill(entry) {
            if kills.count < Limits.oomKills { kills.append(kill) } else { truncated += 1 }
        }
        if let login = Logins.login(entry) {
            if logins.count < Limits.logins { logins.append(login) } else { truncated += 1 }
        }
    }

    /// An entry from before the agent's first start: its kind is known from now on, and no more.
    mutating func addPast(_ entry: JournalEntry, bootMicroseconds: UInt64) {
        guard !isOwn(entry), ErrorLines.isError(entry) else { return }
        note(entry, entry.owner, bootMicroseconds, in: \.past)
    }

    /// Everything since the last call.
    mutating func take() -> (sample: JournalSample, logins: [LoginSample], truncated: UInt64) {
        var sample = JournalSample()
        sample.suppressed = suppressed
        sample.counts = counts.map { key, count in
            JournalSample.Count(
                unit: key.unit, priority: key.priority, entries: count.entries, errorLines: count.errorLines)
        }
        sample.counts.sort { ($0.unit ?? "", $0.priority) < ($1.unit ?? "", $1.priority) }
        let present = prints.takeLast(Limits.fingerprints)
        let earlier = past.takeLast(Limits.fingerprints - present.count)
        sample.fingerprints = present.map { Self.fingerprint($0, isHistory: false) }
        sample.fingerprints += earlier.map { Self.fingerprint($0, isHistory: true) }
        sample.oomKills = kills
        defer {
            counts = [:]
            kills = []
            logins = []
            suppressed = 0
            truncated = 0
        }
        return (sample, logins, truncated)
    }

    private func isOwn(_ entry: JournalEntry) -> Bool {
        entry.systemdUnit == Self.ownUnit
    }

    private mutating func count(_ key: Key, isError: Bool) {
        guard counts.count < Limits.journalCounts || counts[key] != nil else {
            truncated += 1
            return
        }
        counts[key, default: (0, 0)].entries += 1
        if isError { counts[key]?.errorLines += 1 }
    }

    private mutating func note(
        _ entry: JournalEntry, _ unit: String?, _ now: UInt64, in list: WritableKeyPath<Self, Prints>
    ) {
        let message = entry.message ?? []
        // Redis' time and process are no part of what it says, and syslog's copy of the line has none.
        let text = RedisLine(message)?.text ?? message
        let template = Fingerprint.template(of: unit)
        let id = Fingerprint.id(unit: template, message: text)
        guard !self[keyPath: list].count(id) else { return }
        let print = Print(id: id, unit: template, count: 1, sample: sample(of: text, id, now))
        if !self[keyPath: list].add(print) { truncated += 1 }
    }

    private mutating func sample(of text: ByteText, _ id: UInt64, _ now: UInt64) -> String? {
        if let last = sampledAt[id], now >= last, now - last < Self.sampleMicroseconds { return nil }
        if sampledAt.count >= Self.rememberedSamples {
            sampledAt = sampledAt.filter { now >= $0.value && now - $0.value < Self.sampleMicroseconds }
            if sampledAt.count >= Self.rememberedSamples { sampledAt = [:] }
        }
        sampledAt[id] = now
        return Redaction.redacted(text, limitBytes: Limits.fingerprintSampleBytes)
    }

    private static func fingerprint(_ print: Print, isHistory: Bool) -> JournalSample.Fingerprint {
        JournalSample.Fingerprint(
            id: print.id, unit: print.unit, count: print.count, sample: print.sample, isHistory: isHistory)
    }
}
