// Points in time as signed documents write them. Must never read a clock.

/// RFC 3339 in UTC with `Z` and whole seconds, years 1970 … 9999: one spelling for each second.
public struct UTCTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 9999-12-31T23:59:59Z.
    public static let latestSeconds: Int64 = 253_402_300_799

    /// Since 1970-01-01T00:00:00Z, without leap seconds.
    public let unixSeconds: Int64

    /// - Returns: `nil` outside 1970 … 9999.
    public init?(unixSeconds: Int64) {
        guard (0...Self.latestSeconds).contains(unixSeconds) else { return nil }
        self.unixSeconds = unixSeconds
    }

    /// - Returns: `nil` unless the text is the one spelling of a second that exists.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 20, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            bytes[range].reduce(0) { sum, byte in
                guard let sum, (0x30...0x39).contains(byte) else { return nil }
                return sum * 10 + Int64(byte - 0x30)
            }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19)
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        guard let time = Self(unixSeconds: days * 86_400 + hour * 3600 + minute * 60 + second) else { return nil }
        // Fields out of range, and wrong separators, come out spelled differently.
        guard time.description.utf8.elementsEqual(bytes) else { return nil }
        self = time
    }

    public static func < (left: Self, right: Self) -> Bool { left.unixSeconds < right.unixSeconds }

    public var description: String {
        let (year, month, day) = Self.date(days: unixSeconds / 86_400)
        let second = unixSeconds % 86_400
        let time = [second / 3600, second / 60 % 60, second % 60].map { Self.padded($0) }.joined(separator: ":")
        return "\(Self.padded(year, 4))-\(Self.padded(month))-\(Self.padded(day))T\(time)Z"
    }

    private static func padded(_ number: Int64, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in 400-year eras whose years begin in March
    /// (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}

/// Half-open span of time, never empty.
public struct UTCWindow: Sendable, Hashable {
    public let from: UTCTime
    /// Not part of the window.
    public let to: UTCTime

    /// - Returns: `nil` unless `from` lies before `to`.
    public init?(from: UTCTime, to: UTCTime) {
        guard from < to else { return nil }
        self.from = from
        self.to = to
    }

    var json: CanonicalJSON { .object(["from": .string(from.description), "to": .string(to.description)]) }
}
