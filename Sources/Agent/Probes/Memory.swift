// Memory, paging and out-of-memory kills from /proc/meminfo and /proc/vmstat. Nothing is derived by subtraction from
// the total: page cache would read as trouble.
import Terms

final class MemoryProbe: Probe {
    let name = "memory"
    private let root: Root

    init(root: Root, configuration _: Configuration) { self.root = root }

    func sample(_: Moment) -> Sample {
        var sample = Sample()
        let memory: [(Measurement, StaticString)] = [
            (Catalogue.memoryLimit, "MemTotal"), (Catalogue.memoryAvailable, "MemAvailable"),
            (Catalogue.memoryFree, "MemFree"), (Catalogue.memoryBuffers, "Buffers"),
            (Catalogue.memoryCached, "Cached"), (Catalogue.memoryShared, "Shmem"),
        ]
        do {
            let text = try ProcText.read(root.file("/proc/meminfo"))
            for (measurement, key) in memory { sample.set(measurement, reading: MemoryText.bytes(key, in: text)) }
        } catch {
            sample.set(memory.map(\.0), absent: error)
        }
        do {
            let text = try ProcText.read(root.file("/proc/vmstat"))
            let faults = MemoryText.count("pgfault", in: text)
            let major = MemoryText.count("pgmajfault", in: text)
            sample.set(Catalogue.faultsMajor, reading: major)
            sample.set(Catalogue.faultsMinor, reading: MemoryText.difference(faults, major))
            sample.set(Catalogue.swapIn, reading: MemoryText.count("pswpin", in: text))
            sample.set(Catalogue.swapOut, reading: MemoryText.count("pswpout", in: text))
            sample.set(Catalogue.oomKills, reading: MemoryText.count("oom_kill", in: text))
        } catch {
            sample.set(
                [
                    Catalogue.faultsMajor, Catalogue.faultsMinor, Catalogue.swapIn, Catalogue.swapOut,
                    Catalogue.oomKills,
                ], absent: error)
        }
        sample.concludeCause()
        return sample
    }
}

/// Values by name; a name that is not there is `unsupported`, a line that is not understood `parse`.
enum MemoryText {
    /// `Name:   123 kB`, where kB means KiB.
    static func bytes(_ key: StaticString, in text: ByteText) -> Reading<UInt64> {
        for line in ProcText.wholeLines(text) {
            guard let rest = line.dropping(key), rest.first == UInt8(ascii: ":") else { continue }
            let words = ProcText.words(rest.dropFirst())
            guard words.count == 2, words[1].reads("kB"), let kibibytes = ProcText.decimal(words[0]) else {
                return .absent(.parse)
            }
            let (bytes, isTooLarge) = kibibytes.multipliedReportingOverflow(by: 1024)
            return isTooLarge ? .absent(.parse) : .value(bytes)
        }
        return missing(text)
    }

    /// `name 123`
    static func count(_ key: StaticString, in text: ByteText) -> Reading<UInt64> {
        for line in ProcText.wholeLines(text) {
            guard let rest = line.dropping(key), rest.first == UInt8(ascii: " ") else { continue }
            let words = ProcText.words(rest)
            guard words.count == 1, let value = ProcText.decimal(words[0]) else { return .absent(.parse) }
            return .value(value)
        }
        return missing(text)
    }

    /// The kernel always prints something: an empty file is damage, not an old kernel.
    private static func missing(_ text: ByteText) -> Reading<UInt64> { .absent(text.isEmpty ? .parse : .unsupported) }

    static func difference(_ whole: Reading<UInt64>, _ part: Reading<UInt64>) -> Reading<UInt64> {
        switch (whole, part) {
        case (.value(let whole), .value(let part)):
            whole >= part ? .value(whole - part) : .absent(.parse)
        case (.absent(let cause), _), (_, .absent(let cause)): .absent(cause)
        }
    }
}
