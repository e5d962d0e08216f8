/// A duration as people write it: `90s`, `10m`, `36h`, `2d`.
public struct Span: Sendable, Equatable, Comparable, CustomStringConvertible {
    public let seconds: Int

    public init(seconds: Int) { self.seconds = seconds }

    /// - Returns: `nil` for anything but digits and one of the units s, m, h, d, up to ten years.
    public init?(_ text: String) {
        guard let unit = text.last, let factor = Self.factors.first(where: { $0.unit == unit })?.seconds,
            text.dropLast().allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(text.dropLast())
        else { return nil }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: factor)
        guard !overflow, seconds <= 3650 * 86_400 else { return nil }
        self.seconds = seconds
    }

    private static let factors: [(unit: Character, seconds: Int)] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]

    public static func < (left: Span, right: Span) -> Bool { left.seconds < right.seconds }

    /// The largest unit that says it exactly.
    public var description: String {
        for (unit, factor) in Self.factors where seconds % factor == 0 && seconds >= factor {
            return "\(seconds / factor)\(unit)"
        }
        return "\(seconds)s"
    }
}
