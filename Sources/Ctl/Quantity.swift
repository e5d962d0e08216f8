// Integers of the API as a person reads them: parts per million as a percentage, millionths as a decimal fraction.
// Works on the digits alone: must never lose one to a floating point number.

struct Quantity: Equatable, Sendable {
    let value: String
    let unit: String

    init(_ value: String?, unit: String) {
        self.value = value ?? ""
        self.unit = unit
    }

    /// `–` where there is none.
    var text: String {
        guard !value.isEmpty else { return "–" }
        let number: String?
        let name: String
        switch unit {
        case "ppm": (number, name) = (Self.shifted(value, by: 4), "%")
        case "1e-6 per pair and block": (number, name) = (Self.shifted(value, by: 6), "per pair and block")
        case "1e-3 standard deviations": (number, name) = (Self.shifted(value, by: 3), "standard deviations")
        default: (number, name) = (Self.shifted(value, by: 0), Printable.line(unit))
        }
        guard let number else { return Printable.line(unit.isEmpty ? value : value + " " + unit) }
        return name.isEmpty ? number : number + " " + name
    }

    /// The decimal point moved to the left; zeros at the end go. `nil` unless it is a whole number.
    private static func shifted(_ value: String, by places: Int) -> String? {
        let isNegative = value.hasPrefix("-")
        var digits = Array(value.utf8.dropFirst(isNegative ? 1 : 0))
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        if digits.count <= places { digits = [UInt8](repeating: 0x30, count: places + 1 - digits.count) + digits }
        var fraction = Array(digits.suffix(places))
        while fraction.last == 0x30 { fraction.removeLast() }
        let whole = String(decoding: digits.dropLast(places), as: UTF8.self)
        let tail = fraction.isEmpty ? "" : "." + String(decoding: fraction, as: UTF8.self)
        return (isNegative ? "-" : "") + whole + tail
    }
}
