// Pressure stall totals from /proc/pressure. Only `total=` is read: the averages beside it are decayed and cannot be
// differenced (kernel Documentation/accounting/psi.rst). `cpu full` is always 0 system-wide and is not measured.
import Terms

final class PressureProbe: Probe {
    let name = "pressure"
    private let root: Root

    init(root: Root, configuration _: Configuration) { self.root = root }

    func sample(_: Moment) -> Sample {
        var sample = Sample()
        read("cpu", some: Catalogue.pressureCPUSome, into: &sample)
        read("memory", some: Catalogue.pressureMemorySome, full: Catalogue.pressureMemoryFull, into: &sample)
        read("io", some: Catalogue.pressureIOSome, full: Catalogue.pressureIOFull, into: &sample)
        // Linux 6.1 and later; it has no `some`.
        read("irq", full: Catalogue.pressureIRQFull, into: &sample)
        sample.concludeCause()
        return sample
    }

    private func read(
        _ resource: String, some: Measurement? = nil, full: Measurement? = nil, into sample: inout Sample
    ) {
        do {
            let stalls = PressureStalls.parse(try ProcText.read(root.file("/proc/pressure/" + resource)))
            if let some { sample.set(some, reading: stalls.some) }
            if let full { sample.set(full, reading: stalls.full) }
        } catch {
            for measurement in [some, full].compactMap(\.self) { sample.set(measurement, absent: error) }
        }
    }
}

/// One pressure file, the host's or a control group's: microseconds in which some or all tasks waited.
struct PressureStalls {
    var some: Reading<UInt64> = .absent(.unsupported)
    var full: Reading<UInt64> = .absent(.unsupported)

    static func parse(_ text: ByteText) -> PressureStalls {
        var stalls = PressureStalls()
        let lines = ProcText.wholeLines(text)
        for line in lines.prefix(8) {
            let words = ProcText.words(line, limit: 8)
            let total = words.lazy.compactMap { $0.dropping("total=") }.first.flatMap(ProcText.decimal)
            let reading: Reading<UInt64> = total.map { .value($0) } ?? .absent(.parse)
            if words.first?.reads("some") == true {
                stalls.some = reading
            } else if words.first?.reads("full") == true {
                stalls.full = reading
            } else {
                return PressureStalls(some: .absent(.parse), full: .absent(.parse))
            }
        }
        return lines.isEmpty ? PressureStalls(some: .absent(.parse), full: .absent(.parse)) : stalls
    }
}
