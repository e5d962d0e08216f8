// CPU time of the host from /proc/stat, uptime, and what the agent itself takes. Sends the kernel's counters; it must
// never add guest time, which user and nice contain already (kernel: kernel/sched/cputime.c).
import Glibc
import Terms

final class CPUProbe: Probe {
    let name = "cpu"
    private let root: Root
    private let ticksPerSecond: UInt64
    private let pageBytes: UInt64
    private var idleClock: IdleClock

    private static let times = [
        Catalogue.cpuUser, Catalogue.cpuNice, Catalogue.cpuSystem, Catalogue.cpuIdle, Catalogue.cpuIOWait,
        Catalogue.cpuInterrupt, Catalogue.cpuSteal,
    ]

    init(root: Root, configuration _: Configuration) {
        self.root = root
        ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        pageBytes = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
        idleClock = IdleClock(ticksPerSecond: ticksPerSecond)
    }

    func sample(_: Moment) -> Sample {
        var sample = Sample()
        do {
            record(try CPUTimes.parse(ProcText.read(root.file("/proc/stat"))), in: &sample)
        } catch {
            sample.set(Self.times + [Catalogue.cpuCount], absent: error)
        }
        sample.set(Catalogue.uptime, reading: uptime())
        sample.set(Catalogue.agentCPU, reading: Self.ownTime())
        sample.set(Catalogue.agentRSS, reading: ownMemory())
        return sample
    }

    private func record(_ times: CPUTimes, in sample: inout Sample) {
        let (idle, iowait) = idleClock.update(times)
        let (interrupts, isTooLarge) = (times.irq ?? 0).addingReportingOverflow(times.softirq ?? 0)
        let interrupt = times.irq == nil || times.softirq == nil || isTooLarge ? nil : interrupts
        let fields = [times.user, times.nice, times.system, idle, iowait, interrupt, times.steal]
        for (measurement, ticks) in zip(Self.times, fields) {
            sample.set(measurement, reading: ticks.map(microseconds) ?? .absent(.unsupported))
        }
        // No line per CPU: a damaged file, not a machine without CPUs.
        sample.set(
            Catalogue.cpuCount, reading: times.perCPU.isEmpty ? .absent(.parse) : .value(UInt64(times.perCPU.count)))
    }

    private func microseconds(_ ticks: UInt64) -> Reading<UInt64> {
        let (product, isTooLarge) = ticks.multipliedReportingOverflow(by: 1_000_000)
        return isTooLarge ? .absent(.parse) : .value(product / ticksPerSecond)
    }

    private func uptime() -> Reading<UInt64> {
        do {
            let lines = ProcText.wholeLines(try ProcText.read(root.file("/proc/uptime")))
            guard let word = lines.first.flatMap({ ProcText.words($0).first }),
                let value = ProcText.microseconds(ofSeconds: word)
            else { return .absent(.parse) }
            return .value(value)
        } catch {
            return .absent(error)
        }
    }

    private static func ownTime() -> Reading<UInt64> {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return .absent(.denied) }
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        let micro = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        return .value(UInt64(max(0, seconds * 1_000_000 + micro)))
    }

    private func ownMemory() -> Reading<UInt64> {
        do {
            let lines = ProcText.wholeLines(try ProcText.read(root.file("/proc/self/statm")))
            let words = lines.first.map { ProcText.words($0) } ?? []
            guard words.count >= 2, let pages = ProcText.decimal(words[1]) else { return .absent(.parse) }
            let (bytes, isTooLarge) = pages.multipliedReportingOverflow(by: pageBytes)
            return isTooLarge ? .absent(.parse) : .value(bytes)
        } catch {
            return .absent(error)
        }
    }
}

/// /proc/stat in the kernel's ticks; what an old kernel does not print is `nil`.
struct CPUTimes: Equatable {
    struct Line: Equatable {
        var number: Int
        var idle: UInt64
        var iowait: UInt64?
    }

    static let cpus = 8192

    var user: UInt64
    var nice: UInt64
    var system: UInt64
    var idle: UInt64
    var iowait: UInt64?
    var irq: UInt64?
    var softirq: UInt64?
    var steal: UInt64?
    /// Online CPUs.
    var perCPU: [Line] = []

    static func parse(_ text: ByteText) throws(AbsenceCause) -> CPUTimes {
        var times: CPUTimes?
        var perCPU: [Line] = []
        var isComplete = false
        for line in ProcText.wholeLines(text) {
            guard let rest = line.dropping("cpu") else {
                // The lines of CPUs come first, and others always follow.
                isComplete = true
                break
            }
            let words = ProcText.words(rest, limit: 16)
            if rest.first == UInt8(ascii: " ") {
                times = try total(words)
            } else if perCPU.count < cpus, let first = words.first, let number = ProcText.decimal(first) {
                guard words.count >= 5, number < UInt64(cpus), let idle = ProcText.decimal(words[4]) else {
                    throw .parse
                }
                let iowait = words.count > 5 ? ProcText.decimal(words[5]) : nil
                perCPU.append(Line(number: Int(number), idle: idle, iowait: iowait))
            }
        }
        guard isComplete, var result = times else { throw .parse }
        result.perCPU = perCPU
        return result
    }

    private static func total(_ words: [ByteText]) throws(AbsenceCause) -> CPUTimes {
        var fields: [UInt64] = []
        for word in words.prefix(8) {
            guard let value = ProcText.decimal(word) else { throw .parse }
            fields.append(value)
        }
        guard fields.count >= 4 else { throw .parse }
        func field(_ index: Int) -> UInt64? { index < fields.count ? fields[index] : nil }
        return CPUTimes(
            user: fields[0], nice: fields[1], system: fields[2], idle: fields[3], iowait: field(4), irq: field(5),
            softirq: field(6), steal: field(7))
    }
}

/// Idle and iowait as counters that do not fall. The kernel's own may: iowait because it follows a task that moves
/// between CPUs (Documentation/filesystems/proc.rst), idle when a CPU is plugged out and in. So they are summed over
/// the CPUs here, a small fall is held, and a fall of 3 s or more is taken for a new start of that CPU.
struct IdleClock {
    private struct Entry {
        var idle: UInt64
        var iowait: UInt64?
        var idleBefore: UInt64 = 0
        var iowaitBefore: UInt64 = 0
    }

    private let restartTicks: UInt64
    private var entries: [Int: Entry] = [:]

    init(ticksPerSecond: UInt64) { restartTicks = 3 * ticksPerSecond }

    /// Sums over every CPU that was ever seen: one that is away keeps its last values.
    mutating func update(_ times: CPUTimes) -> (idle: UInt64, iowait: UInt64?) {
        let whole = CPUTimes.Line(number: -1, idle: times.idle, iowait: times.iowait)
        let lines = times.perCPU.isEmpty ? [whole] : times.perCPU
        for line in lines { update(line) }
        var idle: UInt64 = 0
        var iowait: UInt64 = 0
        for (number, entry) in entries where (number < 0) == times.perCPU.isEmpty {
            idle &+= entry.idle &+ entry.idleBefore
            iowait &+= (entry.iowait ?? 0) &+ entry.iowaitBefore
        }
        return (idle, lines.contains { $0.iowait == nil } ? nil : iowait)
    }

    private mutating func update(_ line: CPUTimes.Line) {
        guard var entry = entries[line.number] else {
            entries[line.number] = Entry(idle: line.idle, iowait: line.iowait)
            return
        }
        if line.idle < entry.idle, entry.idle - line.idle >= restartTicks {
            entry.idleBefore &+= entry.idle - line.idle
            entry.idle = line.idle
            if let old = entry.iowait, let new = line.iowait, new < old {
                entry.iowaitBefore &+= old - new
                entry.iowait = new
            }
        }
        entry.idle = max(entry.idle, line.idle)
        if let new = line.iowait { entry.iowait = max(entry.iowait ?? 0, new) }
        entries[line.number] = entry
    }
}
