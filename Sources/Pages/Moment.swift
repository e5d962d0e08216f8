/// A point in time as the API writes it (`2026-11-24T22:34:03Z`), and as people read it. UTC everywhere: servers, logs
/// and auditors are in several zones.
public struct Moment: Sendable, Equatable, Comparable {
    /// Since 1970.
    public let seconds: Int

    public init(seconds: Int) { self.seconds = seconds }

    /// - Returns: `nil` unless it is such a time.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 20, bytes[4] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"),
            bytes[19] == UInt8(ascii: "Z")
        else { return nil }
        func number(_ range: Range<Int>) -> Int? { Int(String(decoding: bytes[range], as: UTF8.self)) }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        seconds = Self.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    public static func < (left: Moment, right: Moment) -> Bool { left.seconds < right.seconds }

    /// Days since 1970 of a Gregorian date; years begin in March so that the leap day comes last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private var date: (year: Int, month: Int, day: Int) {
        let shifted = seconds / 86_400 + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    var clock: String { Self.two(seconds / 3600 % 24) + ":" + Self.two(seconds / 60 % 60) }
    /// `24 Nov`.
    var day: String { "\(date.day) \(Self.months[date.month - 1])" }
    /// `24 Nov 22:34`; with seconds where they matter.
    func short(seconds hasSeconds: Bool = false) -> String {
        day + " " + clock + (hasSeconds ? ":" + Self.two(seconds % 60) : "")
    }
    /// `2026-11-24 22:34:03 UTC`, for records.
    var full: String {
        let date = date
        return "\(date.year)-\(Self.two(date.month))-\(Self.two(date.day)) \(clock):\(Self.two(seconds % 60)) UTC"
    }
    /// As in the API.
    var text: String {
        let date = date
        return "\(date.year)-\(Self.two(date.month))-\(Self.two(date.day))T\(clock):\(Self.two(seconds % 60))Z"
    }

    /// `45 s`, `12 min`, `3 h`, `2.5 d`: two digits are enough to judge by.
    static func span(seconds: Int) -> String {
        func tenths(_ unit: Int) -> String {
            let tenths = seconds * 10 / unit
            return tenths % 10 == 0 || tenths >= 100 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
        }
        if seconds < 90 { return "\(max(0, seconds)) s" }
        if seconds < 90 * 60 { return "\(seconds / 60) min" }
        return seconds < 48 * 3600 ? tenths(3600) + " h" : tenths(86_400) + " d"
    }

    /// `<time>` with the short form; texts that are no time stay as they are.
    static func html(_ text: String, seconds: Bool = false) -> HTML {
        guard let moment = Moment(text) else { return HTML(text: text) }
        return #"<time datetime="\#(text)" title="\#(moment.full)">\#(moment.short(seconds: seconds))</time>"#
    }

    /// `2026-11-24 22:34`, for tables on paper.
    static func minute(_ text: String) -> HTML {
        guard let moment = Moment(text) else { return HTML(text: text) }
        return #"<time class="nowrap" datetime="\#(text)">\#(String(moment.full.prefix(16)))</time>"#
    }

    /// `<time>` with the whole date, for records and for paper.
    static func record(_ text: String) -> HTML {
        guard let moment = Moment(text) else { return HTML(text: text) }
        return #"<time datetime="\#(text)">\#(moment.full)</time>"#
    }
}
