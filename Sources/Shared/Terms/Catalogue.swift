/// Every measurement that an agent may send, once: name, unit, kind, level and direction.
/// The number is the wire's name for it and is never used again for another one.
public struct Measurement: Sendable, Hashable {
    public enum Kind: Sendable { case counter, gauge }
    public enum Level: Sendable { case host, device, mount, interface, instance }
    public enum Direction: Sendable { case lowerIsBetter, higherIsBetter, neutral }

    /// 1...999; stable for ever.
    public let number: UInt32
    /// OpenTelemetry's or the Redis receiver's name; `perch.` where neither has one.
    public let name: String
    /// Fixed attribute, such as `cpu.mode=steal`; empty if none.
    public let attribute: String
    /// UCUM unit of the exported value; the wire carries `wirePerUnit` integers for one of it.
    public let unit: String
    public let wirePerUnit: UInt64
    public let kind: Kind
    public let level: Level
    public let direction: Direction
    /// The kernel prints this counter as 32-bit milliseconds: a fall within one boot is a wrap, not a reset.
    public let wrapsAt32BitMilliseconds: Bool

    init(
        _ number: UInt32, _ name: String, _ attribute: String = "", unit: String, per: UInt64 = 1,
        _ kind: Kind, _ level: Level, _ direction: Direction = .neutral, wraps: Bool = false
    ) {
        self.number = number
        self.name = name
        self.attribute = attribute
        self.unit = unit
        self.wirePerUnit = per
        self.kind = kind
        self.level = level
        self.direction = direction
        self.wrapsAt32BitMilliseconds = wraps
    }

    /// Prometheus' spelling: dots to underscores, unit in words, `_total` for counters.
    public var prometheusName: String {
        var text = ""
        for character in name { text.append(character == "." ? "_" : character) }
        switch unit {
        case "s": text += "_seconds"
        case "us": text += "_microseconds"
        case "By": text += "_bytes"
        case "1": text += kind == .gauge ? "_ratio" : ""
        default: break
        }
        return kind == .counter ? text + "_total" : text
    }
}

public enum Catalogue {
    /// By rising number.
    public static let all: [Measurement] =
        (cpu + pressure + memory + tcp + agent + disk + filesystem + network + redis + persistence + ownCalls + unit)
        .sorted { $0.number < $1.number }

    private static let byNumber: [UInt32: Measurement] = Dictionary(
        uniqueKeysWithValues: all.map { ($0.number, $0) })

    public static func measurement(_ number: UInt32) -> Measurement? { byNumber[number] }
}
