/// The addresses a host's reports came from lately. A, B and A again within ten minutes is two senders with one key; a
/// mere change of address is none.
struct AddressTrail: Sendable, Equatable {
    static let windowMicroseconds: UInt64 = 600_000_000

    private var current = ""
    /// The address before the current one, and when it was seen last.
    private var previous = ""
    private var currentSeenMicroseconds: UInt64 = 0
    private var previousSeenMicroseconds: UInt64 = 0

    /// - Returns: `true` when two places report in turns.
    mutating func note(_ address: String, atMicroseconds now: UInt64) -> Bool {
        if address == current {
            currentSeenMicroseconds = now
            return false
        }
        let isReturn = address == previous
        let isRecent = now <= previousSeenMicroseconds.addingReportingOverflow(Self.windowMicroseconds).partialValue
        previous = current
        previousSeenMicroseconds = currentSeenMicroseconds
        current = address
        currentSeenMicroseconds = now
        return isReturn && isRecent && !address.isEmpty
    }
}
