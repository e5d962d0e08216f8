/// Where a roll-out stands. A stage once reached stays reached; `rolledBack` can follow any.
public enum Stage: String, Codable, Sendable, CaseIterable {
    case mirroring, open, migrating, switched, retired
    case rolledBack = "rolled_back"

    /// The stages that have a gate in front of them, in order.
    public static let gates: [Stage] = [.open, .migrating, .switched, .retired]

    /// The stage that `advance` leads to; `nil` at the end.
    public var next: Stage? {
        switch self {
        case .mirroring: .open
        case .open: .migrating
        case .migrating: .switched
        case .switched: .retired
        case .retired, .rolledBack: nil
        }
    }

    /// Position in the roll-out's life; `nil` after a roll-back.
    public var order: Int? {
        switch self {
        case .mirroring: 0
        case .open: 1
        case .migrating: 2
        case .switched: 3
        case .retired: 4
        case .rolledBack: nil
        }
    }
}
