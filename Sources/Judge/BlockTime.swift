// Units of time and their names for people, all aligned to the wall clock in UTC. Must never ask for the time.

public enum BlockTime {
    public static let blocksPerHour = 12
    public static let hoursPerSegment = 6
    public static let blocksPerSegment = 72

    /// Hour of an absolute block.
    public static func hour(ofBlock block: Int) -> Int { floored(block, blocksPerHour) }

    static func floored(_ value: Int, _ divisor: Int) -> Int {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    public struct Date: Equatable, Sendable {
        public let year: Int
        /// 1 … 12.
        public let month: Int
        /// 1 … 31.
        public let day: Int
        public let secondOfDay: Int
    }

    /// Proleptic Gregorian date of unix seconds. Years begin in March, so that the leap day comes last.
    public static func date(unixSeconds: Int) -> Date {
        let days = floored(unixSeconds, 86_400)
        let shifted = days + 719_468
        let era = floored(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return Date(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * marchMonth + 2) / 5 + 1, secondOfDay: unixSeconds - days * 86_400)
    }

    /// Unix seconds of a date; nil if there is no such day or second.
    public static func unixSeconds(year: Int, month: Int, day: Int, secondOfDay: Int) -> Int? {
        guard (0...9999).contains(year), (1...12).contains(month), (1...31).contains(day),
            (0..<86_400).contains(secondOfDay)
        else { return nil }
        let marchYear = month <= 2 ? year - 1 : year
        let era = floored(marchYear, 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let seconds = (era * 146_097 + dayOfEra - 719_468) * 86_400 + secondOfDay
        let back = date(unixSeconds: seconds)
        return back.day == day && back.month == month ? seconds : nil
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// "2 March 06:00 UTC"; seconds only where there are any.
    public static func text(unixSeconds: Int) -> String {
        let date = date(unixSeconds: unixSeconds)
        let minutes = date.secondOfDay / 60
        var time = "\(two(minutes / 60)):\(two(minutes % 60))"
        if date.secondOfDay % 60 != 0 { time += ":\(two(date.secondOfDay % 60))" }
        return "\(date.day) \(months[date.month - 1]) \(time) UTC"
    }

    static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
