import FoundationEssentials

/// RFC 3339 in UTC with whole seconds, as in every answer and record.
enum Timestamp {
    static func text(microseconds: UInt64) -> String {
        Date(timeIntervalSince1970: Double(microseconds / 1_000_000)).formatted(.iso8601)
    }

    /// - Returns: `nil` unless it is a time of this form.
    static func microseconds(_ text: String) -> UInt64? {
        guard let date = try? Date(text, strategy: .iso8601), date.timeIntervalSince1970 >= 0 else { return nil }
        return UInt64(date.timeIntervalSince1970) * 1_000_000
    }
}
