// What the probes of kernel files say in common about things that they could not read.
import Terms

extension Sample {
    mutating func set(_ measurement: Measurement, reading: Reading<UInt64>) { host.append((measurement, reading)) }

    mutating func set(_ measurements: [Measurement], absent cause: AbsenceCause) {
        for measurement in measurements { set(measurement, absent: cause) }
    }

    /// A probe that has not one value says so as a whole, with the first cause it met.
    mutating func concludeCause() {
        guard cause == nil else { return }
        var first: AbsenceCause?
        for (_, reading) in host + labelled.flatMap(\.values) {
            switch reading {
            case .value: return
            case .absent(let met): first = first ?? met
            }
        }
        cause = first
    }
}
