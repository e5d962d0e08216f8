import Judge
import Shared

/// Differences of counters between two readings of one epoch. A fall is a reset: what was lost is unknown, not zero.
enum Counter {
    /// - Parameter wraps: the kernel prints the counter as 32-bit milliseconds, so one fall below 2^32 is a wrap.
    static func difference(
        from old: Reading<UInt64>?, to new: Reading<UInt64>?, wraps: Bool = false
    ) -> Measured<UInt64> {
        guard case .value(let after) = new else { return .absent(absence(of: new)) }
        guard case .value(let before) = old else { return .absent(absence(of: old)) }
        if after >= before { return .value(after - before) }
        let modulus: UInt64 = 1 << 32
        if wraps, before < modulus { return .value(after + modulus - before) }
        return .absent(.reset)
    }

    private static func absence(of reading: Reading<UInt64>?) -> Absence {
        guard case .absent(let cause) = reading else { return .unsupported }
        return Absence(cause.wire)
    }
}

extension Measured<UInt64> {
    /// The sum, or the first absence; `overflow` when it leaves 64 bits.
    static func + (left: Self, right: Self) -> Self {
        guard case .value(let first) = left else { return left }
        guard case .value(let second) = right else { return right }
        let (sum, overflow) = first.addingReportingOverflow(second)
        return overflow ? .absent(.overflow) : .value(sum)
    }

    /// What is left of the total without the agent's own part; the two were read at slightly different instants, so
    /// an own part that is larger by the last call counts as all of it.
    func without(own: Self) -> Self {
        guard case .value(let total) = self else { return self }
        guard case .value(let part) = own else { return own }
        return .value(total - Swift.min(total, part))
    }
}
