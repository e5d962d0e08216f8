import Shared

/// A registered host's life (IDENTITY.md 3), pure: who may change what, and whether a report may come in.
///
///     pending --matching report--> active --retire--> retired
///     active --other machine-id--> pending (until an operator registers it again)
///     active, pending --ban--> banned --lift--> pending
///
/// Nothing else: a retired host's name is never used again.
struct Host: Sendable, Equatable {
    private(set) var row: HostRow

    init(_ row: HostRow) { self.row = row }

    /// A host that was not known before.
    init(
        registered host: String, _ registration: Registration, by caller: String, atMicroseconds now: UInt64
    ) {
        row = HostRow(
            host: host, state: .pending, machineIDDigest: registration.machineIDDigest,
            addresses: registration.addresses?.description, duplicateAtMicroseconds: nil, awaitsOperator: false,
            changedBy: caller, changedAtMicroseconds: now, reason: "")
    }

    /// What an operator demands of the host; absent members are not checked.
    struct Registration: Sendable, Equatable {
        var machineIDDigest: [UInt8]?
        var addresses: AddressRange?
    }

    /// A report at the door.
    struct Knock: Sendable, Equatable {
        /// Empty when the agent could not read it.
        var machineIDDigest: [UInt8]
        var address: String
        /// The certificate's SPIFFE ID.
        var caller: String
    }

    enum Admission: Sendable, Equatable {
        /// - Parameter isActivation: the host changed and must be stored before the report is.
        case admitted(isActivation: Bool)
        case refused(ProblemCode, detail: String, event: SecurityEvent.Kind?, isChanged: Bool)
    }

    var name: String { row.host }
    var state: HostView.State { row.state }

    /// What can be told before the report is read; `nil`: read it and ask `admit`.
    var refusal: Problem? {
        switch row.state {
        case .banned: return Problem(.hostBanned, "the host \(name) is banned until an approver lifts the ban")
        case .retired: return Problem(.hostRetired, "the host \(name) is retired; its name is never used again")
        case .pending where row.awaitsOperator:
            return Problem(.hostPending, "the host \(name) waits until an operator registers it again")
        case .active where row.duplicateAtMicroseconds != nil:
            return Problem(
                .hostDuplicate, "the host \(name) reports from two places; it is refused until an operator has looked")
        case .pending, .active: return nil
        }
    }

    /// Decides about a report. A pending host becomes active by the first one that matches its registration.
    mutating func admit(_ knock: Knock, atMicroseconds now: UInt64) -> Admission {
        if let refusal {
            return .refused(refusal.code, detail: refusal.detail, event: nil, isChanged: false)
        }
        switch row.state {
        case .pending: return activate(knock, now)
        case .active: return checkMachine(knock, now)
        case .retired, .banned: preconditionFailure("refusal answers for these")
        }
    }

    private mutating func activate(_ knock: Knock, _ now: UInt64) -> Admission {
        let isMachine = row.machineIDDigest.map { $0 == knock.machineIDDigest } ?? true
        let isAddress = row.addresses.map { AddressRange($0)?.contains(knock.address) ?? false } ?? true
        guard isMachine, isAddress else {
            // Not which of the two: that would help whoever tries.
            return .refused(
                .hostPending, detail: "the host \(name) does not match its registration",
                event: .registrationMismatch, isChanged: false)
        }
        row.state = .active
        row.machineIDDigest = row.machineIDDigest ?? (knock.machineIDDigest.isEmpty ? nil : knock.machineIDDigest)
        stamp(knock.caller, now)
        return .admitted(isActivation: true)
    }

    private mutating func checkMachine(_ knock: Knock, _ now: UInt64) -> Admission {
        guard let known = row.machineIDDigest, known != knock.machineIDDigest else {
            return .admitted(isActivation: false)
        }
        row.state = .pending
        row.awaitsOperator = true
        stamp(knock.caller, now, reason: "another machine-id")
        return .refused(
            .hostPending, detail: "the host \(name) has another machine-id; an operator must register it again",
            event: .machineChanged, isChanged: true)
    }

    /// Two places report in turns: refused until an operator registers the host again.
    mutating func suspectDuplicate(by caller: String, atMicroseconds now: UInt64) {
        guard row.duplicateAtMicroseconds == nil else { return }
        row.duplicateAtMicroseconds = now
        stamp(caller, now, reason: "reports from two addresses in turns")
    }
}

// MARK: - What people do

extension Host {
    /// - Returns: whether anything changed.
    /// - Throws: `conflict` for a banned or retired host.
    mutating func register(
        _ registration: Registration, by caller: String, atMicroseconds now: UInt64
    ) throws(Problem) -> Bool {
        let before = row
        switch row.state {
        case .banned: throw Problem(.conflict, "the host \(name) is banned; an approver must lift the ban first")
        case .retired: throw Problem(.conflict, "the host \(name) is retired; its name is never used again")
        case .pending:
            row.machineIDDigest = registration.machineIDDigest
            row.addresses = registration.addresses?.description
        case .active:
            if let digest = registration.machineIDDigest, let known = row.machineIDDigest, known != digest {
                row.state = .pending
            }
            row.machineIDDigest = registration.machineIDDigest ?? row.machineIDDigest
            row.addresses = registration.addresses?.description ?? row.addresses
        }
        row.awaitsOperator = false
        row.duplicateAtMicroseconds = nil
        guard row != before else { return false }
        stamp(caller, now)
        return true
    }

    mutating func retire(by caller: String, reason: String, atMicroseconds now: UInt64) throws(Problem) -> Bool {
        switch row.state {
        case .retired: return false
        case .active:
            row.state = .retired
            stamp(caller, now, reason: reason)
            return true
        case .pending, .banned:
            throw Problem(.conflict, "the host \(name) is \(row.state.rawValue); only an active host can be retired")
        }
    }

    mutating func ban(by caller: String, reason: String, atMicroseconds now: UInt64) throws(Problem) -> Bool {
        switch row.state {
        case .banned: return false
        case .active, .pending:
            row.state = .banned
            stamp(caller, now, reason: reason)
            return true
        case .retired:
            throw Problem(.conflict, "the host \(name) is retired: it is refused already, and for good")
        }
    }

    /// The registration stays; the next report that matches it activates the host.
    mutating func liftBan(by caller: String, reason: String, atMicroseconds now: UInt64) throws(Problem) -> Bool {
        guard row.state == .banned else {
            throw Problem(.conflict, "the host \(name) is \(row.state.rawValue), not banned")
        }
        row.state = .pending
        row.awaitsOperator = false
        row.duplicateAtMicroseconds = nil
        stamp(caller, now, reason: reason)
        return true
    }

    private mutating func stamp(_ caller: String, _ now: UInt64, reason: String = "") {
        row.changedBy = caller
        row.changedAtMicroseconds = now
        row.reason = reason
    }
}
