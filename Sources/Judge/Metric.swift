// What is compared, and how a missing value is written. Must never turn an absence into a number.

/// What the two copies of a pair are compared by; lower is better in all of them.
public enum Metric: String, CaseIterable, Sendable {
    case cpu, service, p50, p99, mem, net, disk, err, slow, log

    public enum Kind: Sendable {
        /// Compared as new ÷ old.
        case ratio
        /// A ratio that stays where it is and moves in rare steps: its PASS asks what it is, not for an interval.
        case level
        /// Events in a block, compared as new − allowed · old.
        case count
    }

    public var kind: Kind {
        switch self {
        case .cpu, .service, .p50, .p99, .net, .disk: .ratio
        case .mem: .level
        case .err, .slow, .log: .count
        }
    }
}

/// Why there is no value. Absent is never zero and never filled in.
public enum Absence: String, CaseIterable, Equatable, Sendable {
    /// Refused by the kernel, Redis or a file mode.
    case denied
    /// The probe's deadline passed.
    case timeout
    /// Does not exist there, or is switched off.
    case unsupported
    /// Read and not understood.
    case parse
    /// Fewer than 80 % of the block's samples arrived, or none held this value.
    case coverage
    /// A counter fell or its epoch changed inside the block.
    case reset
    /// Measured, with too few events to say anything.
    case idle
    /// The host sent nothing for this block.
    case silent
    /// Taken out by a person, with a reason that stands in the log.
    case invalidated
    /// Redis was loading its data set.
    case loading
    /// A sum left its range.
    case overflow
}

/// A value, or the cause of its absence.
public enum Measured<Value: Sendable & Equatable>: Equatable, Sendable {
    case value(Value)
    case absent(Absence)

    public var value: Value? {
        switch self {
        case .value(let value): value
        case .absent: nil
        }
    }

    public var absence: Absence? {
        switch self {
        case .value: nil
        case .absent(let cause): cause
        }
    }
}

/// One copy's values in one block.
public struct CopyValues: Equatable, Sendable {
    /// Mean operations per second, refused calls included.
    public var ops: Measured<Double>
    private var cpu, service, p50, p99, mem, net, disk, err, slow, log: Measured<Double>

    /// Everything absent for one cause.
    public init(absent cause: Absence) {
        let nothing = Measured<Double>.absent(cause)
        ops = nothing
        cpu = nothing
        service = nothing
        p50 = nothing
        p99 = nothing
        mem = nothing
        net = nothing
        disk = nothing
        err = nothing
        slow = nothing
        log = nothing
    }

    /// Ratios per operation, latencies and memory in any unit that both copies share; counts per block.
    public subscript(metric: Metric) -> Measured<Double> {
        get {
            switch metric {
            case .cpu: cpu
            case .service: service
            case .p50: p50
            case .p99: p99
            case .mem: mem
            case .net: net
            case .disk: disk
            case .err: err
            case .slow: slow
            case .log: log
            }
        }
        set {
            switch metric {
            case .cpu: cpu = newValue
            case .service: service = newValue
            case .p50: p50 = newValue
            case .p99: p99 = newValue
            case .mem: mem = newValue
            case .net: net = newValue
            case .disk: disk = newValue
            case .err: err = newValue
            case .slow: slow = newValue
            case .log: log = newValue
            }
        }
    }
}
