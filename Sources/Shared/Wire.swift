// Short names of the generated messages of package perch.v1, and how measurements go in and out of a `Group`. Terms,
// the part of the contract that needs no library, comes along: the agent, which has to stay small, knows only that.
@_exported import Terms

public typealias ReportBatch = Perch_V1_ReportBatch
public typealias Report = Perch_V1_Report
public typealias Group = Perch_V1_Group
public typealias Cause = Perch_V1_Cause
public typealias Instance = Perch_V1_Instance
public typealias SparseHistogram = Perch_V1_Histogram
public typealias Ack = Perch_V1_Ack
public typealias RunAck = Perch_V1_RunAck

extension Group {
    /// Appends a value, or the cause of its absence.
    public mutating func set(_ measurement: Measurement, _ reading: Reading<UInt64>) {
        switch reading {
        case .value(let number):
            metric.append(measurement.number)
            value.append(number)
        case .absent(let cause):
            absentMetric.append(measurement.number)
            absentCause.append(cause.wire)
        }
    }

    public mutating func set(_ measurement: Measurement, _ number: UInt64) { set(measurement, .value(number)) }

    /// The value, the cause of its absence, or `nil` when the agent said nothing of it.
    public func reading(_ measurement: Measurement) -> Reading<UInt64>? {
        if let index = metric.firstIndex(of: measurement.number), index < value.count { return .value(value[index]) }
        if let index = absentMetric.firstIndex(of: measurement.number), index < absentCause.count {
            return .absent(AbsenceCause(wire: absentCause[index]) ?? .parse)
        }
        return nil
    }

    public func value(_ measurement: Measurement) -> UInt64? { reading(measurement)?.value }
}

extension Report {
    /// The version of `report.proto` that this build writes and reads.
    public static let currentVersion: UInt32 = 1

    /// A label by its wire reference (index + 1); `nil` for 0 and for an index beyond the table.
    public func name(_ reference: UInt32) -> String? {
        guard reference > 0, Int(reference) <= names.count else { return nil }
        return names[Int(reference) - 1]
    }
}

extension AbsenceCause {
    public var wire: Cause {
        switch self {
        case .denied: .denied
        case .timeout: .timeout
        case .unsupported: .unsupported
        case .parse: .parse
        }
    }

    /// `nil` for unspecified and for numbers of a later version.
    public init?(wire: Cause) {
        switch wire {
        case .denied: self = .denied
        case .timeout: self = .timeout
        case .unsupported: self = .unsupported
        case .parse: self = .parse
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}

extension SparseHistogram {
    /// Indices of the buckets that `count` counts, rising.
    public var buckets: [UInt32] {
        get {
            var last: UInt32 = 0
            return step.map { step in
                last &+= step
                return last
            }
        }
        set { step = zip(newValue, [0] + newValue).map { $0 &- $1 } }
    }
}
