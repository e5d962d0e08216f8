/// A value, or the cause of its absence. Absent is never zero.
public enum Reading<Value: Sendable>: Sendable {
    case value(Value)
    case absent(AbsenceCause)

    public var value: Value? {
        switch self {
        case .value(let value): value
        case .absent: nil
        }
    }
}

extension Reading: Equatable where Value: Equatable {}

/// Why an agent has no value.
public enum AbsenceCause: String, Sendable, CaseIterable, Error {
    /// The kernel, Redis or a file mode refused.
    case denied
    /// The deadline passed.
    case timeout
    /// The thing does not exist here, or is switched off.
    case unsupported
    /// The source was read and not understood.
    case parse
}
