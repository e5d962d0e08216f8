// Processes that the kernel killed for want of memory. The kernel says so, and systemd says so of the unit: one kill
// must count once, whichever of the two is heard first or alone (a container's journal has no kernel lines).
import Terms

struct OOMKills {
    private struct Heard {
        var unit: String
        var timeMicroseconds: UInt64
        var isKernel: Bool
    }

    private static let outOfMemoryID = "fe6faa94e7774663a0da52717891d8ef"
    /// systemd may be slow to notice on a host without memory.
    private static let togetherMicroseconds: UInt64 = 30_000_000
    private static let remembered = 64

    /// Units of processes that the kernel is about to name, by process id.
    private var unitOfProcess: [UInt64: String] = [:]
    /// Kills that only one of the two has spoken of.
    private var heard: [Heard] = []

    mutating func kill(_ entry: JournalEntry) -> JournalSample.OOMKill? {
        guard let message = entry.message else { return nil }
        if entry.isFromKernel { return kernel(entry, message) }
        guard entry.isFromSystemd, entry.messageID == Self.outOfMemoryID, let unit = entry.owner else { return nil }
        guard isNew(unit, entry.timeMicroseconds, isKernel: false) else { return nil }
        return JournalSample.OOMKill(timeMicroseconds: entry.timeMicroseconds, unit: unit, process: "")
    }

    /// `oom-kill:constraint=…,task_memcg=/system.slice/NAME.service,task=…,pid=N,uid=…`, then
    /// `[Memory cgroup o|O]ut of memory: Killed process N (NAME) …` (kernel mm/oom_kill.c).
    private mutating func kernel(_ entry: JournalEntry, _ message: ByteText) -> JournalSample.OOMKill? {
        if message.dropping("oom-kill:") != nil {
            guard let pid = message.after(",pid=").flatMap({ ProcText.decimal($0.prefix { $0 != UInt8(ascii: ",") }) })
            else { return nil }
            if unitOfProcess.count >= Self.remembered { unitOfProcess = [:] }
            unitOfProcess[pid] = message.after(",task_memcg=").flatMap(Self.unit)
            return nil
        }
        guard let rest = message.after("ut of memory: Killed process ") else { return nil }
        let pid = ProcText.decimal(rest.prefix { $0 != UInt8(ascii: " ") })
        let name: ByteText = rest.after("(").map { $0.prefix { $0 != UInt8(ascii: ")") } } ?? []
        let unit = pid.flatMap { unitOfProcess.removeValue(forKey: $0) }
        if let unit, !isNew(unit, entry.timeMicroseconds, isKernel: true) { return nil }
        return JournalSample.OOMKill(
            timeMicroseconds: entry.timeMicroseconds, unit: unit,
            process: ProcText.cut(ProcText.label(name), limitBytes: Limits.labelBytes))
    }

    /// The last service on the control group's path.
    private static func unit(_ group: ByteText) -> String? {
        let path = group.prefix { $0 != UInt8(ascii: ",") }.string
        return path.split(separator: "/").last { $0.hasSuffix(".service") }
            .map { ProcText.cut(String($0), limitBytes: Limits.labelBytes) }
    }

    private mutating func isNew(_ unit: String, _ time: UInt64, isKernel: Bool) -> Bool {
        let other = heard.firstIndex {
            $0.unit == unit && $0.isKernel != isKernel
                && max($0.timeMicroseconds, time) - min($0.timeMicroseconds, time) <= Self.togetherMicroseconds
        }
        if let other {
            heard.remove(at: other)
            return false
        }
        if heard.count >= Self.remembered { heard.removeFirst() }
        heard.append(Heard(unit: unit, timeMicroseconds: time, isKernel: isKernel))
        return true
    }
}
