// Every number, state and sentence of every hour of a case, to the bit, as one hash. Debug and release builds, and
// every machine, must give the same; a judge version that has signed may not change it.
import Judge

/// FNV-1a, 64 bits.
struct Fingerprint {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
        add(UInt8(0))
    }

    mutating func add(_ number: Double?) {
        var bits = number?.bitPattern ?? 1
        for _ in 0..<8 {
            add(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
        }
    }

    private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

    mutating func add(_ verdict: Verdict) {
        let failure = verdict.failure?.check.id ?? ""
        add("\(verdict.hour) \(verdict.state.rawValue) \(verdict.etaHours ?? -1) \(failure)")
        for check in verdict.checks {
            add("\(check.id) \(check.state.rawValue) \(check.reason.rawValue)")
            add("\(check.unit.rawValue) \(check.folded)")
            add(check.sentence)
            add("\(check.n ?? -1) \(check.hours ?? -1) \(check.window?.first ?? -1) \(check.window?.last ?? -1)")
            for number in [
                check.value, check.lower, check.upper, check.bound, check.alpha, check.effectiveCount,
                check.inflation, check.old, check.new, check.detectable,
            ] { add(number) }
        }
    }
}

/// One line for each case, below the judge that made them.
enum FingerprintList {
    static func text(_ results: [CaseResult]) -> String {
        let lines = results.map { result in
            var fingerprint = Fingerprint()
            for verdict in result.verdicts { fingerprint.add(verdict) }
            return "\(result.name) \(String(fingerprint.value, radix: 16))"
        }
        return (["\(Verdict.judgeName) \(Verdict.judgeVersion)"] + lines.sorted()).joined(separator: "\n") + "\n"
    }
}
