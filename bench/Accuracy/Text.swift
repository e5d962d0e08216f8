// Numbers as text, the same everywhere whatever the machine's language.

enum Text {
    static func fixed(_ value: Double, places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value.magnitude * scale).rounded(.toNearestOrAwayFromZero))
        let sign = value < 0 && scaled > 0 ? "−" : ""
        if places == 0 { return "\(sign)\(scaled)" }
        let fraction = "\(scaled % Int(scale))"
        return "\(sign)\(scaled / Int(scale))." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    /// "12 %" of 0.12.
    static func percent(_ share: Double, places: Int = 0) -> String { fixed(share * 100, places: places) + " %" }

    /// "7" or "7.5".
    static func hours(_ hours: Double) -> String { fixed(hours, places: hours == hours.rounded() ? 0 : 1) }

    static func orDash(_ number: Int?) -> String { number.map { "\($0)" } ?? "–" }

    /// "2" or "2 – 4".
    static func range(_ values: [Int]) -> String {
        guard let least = values.min(), let most = values.max() else { return "–" }
        return least == most ? "\(least)" : "\(least) – \(most)"
    }
}
