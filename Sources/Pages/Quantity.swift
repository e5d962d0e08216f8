/// Numbers for people: no more digits than a reader can use, a true minus sign, units that fit.
enum Quantity {
    /// Rounded half away from zero.
    static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "–" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded(.toNearestOrAwayFromZero)
        let (digits, unit) = (Int(scaled), Int(scale))
        let sign = value < 0 && digits > 0 ? "−" : ""
        guard places > 0 else { return "\(sign)\(digits)" }
        var fraction = "\(digits % unit)"
        while fraction.utf8.count < places { fraction = "0" + fraction }
        return "\(sign)\(digits / unit).\(fraction)"
    }

    /// With a plus sign where it is positive.
    static func signed(_ value: Double, places: Int) -> String {
        let text = decimal(value, places: places)
        return value > 0 && text.contains(where: { ("1"..."9").contains($0) }) ? "+" + text : text
    }

    /// Three figures or so.
    static func figures(_ value: Double) -> String {
        switch value.magnitude {
        case 100...: decimal(value, places: 0)
        case 10..<100: decimal(value, places: 1)
        default: decimal(value, places: 2)
        }
    }

    /// `412 345` in groups of three, with spaces that do not break.
    static func grouped(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "−" : "") + ([digits] + groups).joined(separator: "\u{202f}")
    }

    static func plural(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        "\(grouped(count)) \(count == 1 ? one : many ?? one + "s")"
    }
}

/// What a series on a chart is measured in.
public enum Unit: Sendable, Equatable {
    case microseconds, nanoseconds, bytes, count, perSecond
    /// 0 … 1.
    case share

    /// A value in the unit that fits `largest`, so that one axis has one unit.
    func text(_ value: Double, largest: Double? = nil) -> String {
        let (divisor, suffix) = scale(for: largest ?? value)
        let number = value / divisor
        let text = number == 0 ? "0" : Quantity.figures(number)
        return suffix.isEmpty ? text : text + " " + suffix
    }

    /// Where an axis ends: the next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten, in the unit that is shown. Axes
    /// begin at zero: a difference looks as large as it is.
    func top(_ largest: Double) -> Double {
        if self == .share { return max(1, largest) }
        guard largest > 0, largest.isFinite else { return scale(for: 1).0 }
        let divisor = scale(for: largest).0
        let size = largest / divisor
        var power = 1.0
        while power > size { power /= 10 }
        while power * 10 <= size { power *= 10 }
        let step = [1.0, 1.5, 2, 3, 4, 5, 6, 8].first { $0 * power >= size } ?? 10
        return step * power * divisor
    }

    /// A round number at an axis.
    func tick(_ value: Double, top: Double) -> String {
        let (divisor, suffix) = scale(for: top)
        let number = value / divisor
        var text = Quantity.decimal(number, places: number.magnitude < 1 ? 3 : 1)
        while text.contains("."), text.hasSuffix("0") || text.hasSuffix(".") { text.removeLast() }
        return suffix.isEmpty ? text : text + " " + suffix
    }

    private func scale(for largest: Double) -> (Double, String) {
        let size = largest.magnitude
        switch self {
        case .microseconds: return size >= 2_000 ? (1000, "ms") : (1, "µs")
        case .nanoseconds:
            if size >= 2_000_000 { return (1_000_000, "ms") }
            return size >= 1_000 ? (1000, "µs") : (1, "ns")
        case .bytes:
            if size >= 1_073_741_824 { return (1_073_741_824, "GiB") }
            return size >= 1_048_576 ? (1_048_576, "MiB") : (1024, "KiB")
        case .count: return (1, "")
        case .perSecond: return size >= 10_000 ? (1000, "k/s") : (1, "/s")
        case .share: return (0.01, "%")
        }
    }
}
