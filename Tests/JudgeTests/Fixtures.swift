// Where the Judge's fixtures lie and how its vectors are compared. Must never make a difference smaller than it is.
import Foundation

enum Fixtures {
    static let judge = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/Judge")

    static func text(_ name: String) throws -> String {
        try String(contentsOf: judge.appending(path: name), encoding: .utf8)
    }
}

/// JSON as the vectors hold it.
enum JSON: Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    init(_ any: Any) {
        switch any {
        case let number as NSNumber:
            self = isBoolean(number) ? .bool(number.boolValue) : .number(number.doubleValue)
        case let text as String: self = .text(text)
        case let list as [Any]: self = .list(list.map(JSON.init))
        case let object as [String: Any]: self = .object(object.mapValues(JSON.init))
        default: self = .null
        }
    }

    var number: Double? { if case .number(let value) = self { value } else { nil } }
    var text: String? { if case .text(let value) = self { value } else { nil } }
    var list: [JSON] { if case .list(let value) = self { value } else { [] } }
    var truth: Bool { if case .bool(let value) = self { value } else { number == 1 } }
    var int: Int { Int(number ?? .nan) }
    subscript(key: String) -> JSON { if case .object(let value) = self { value[key] ?? .null } else { .null } }
    subscript(index: Int) -> JSON { list[index] }

    static func optional(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }

    /// Numbers within the tolerance, everything else exactly.
    func agrees(with expected: JSON, relative: Double, absolute: Double) -> Bool {
        switch (self, expected) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.text(let a), .text(let b)): a == b
        case (.number(let a), .number(let b)): (a - b).magnitude <= absolute + relative * b.magnitude
        case (.list(let a), .list(let b)):
            a.count == b.count
                && zip(a, b).allSatisfy { $0.agrees(with: $1, relative: relative, absolute: absolute) }
        case (.object(let a), .object(let b)):
            Set(a.keys) == Set(b.keys)
                && a.allSatisfy { key, value in
                    value.agrees(with: b[key] ?? .null, relative: relative, absolute: absolute)
                }
        default: false
        }
    }
}

private func isBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
}

/// SplitMix64: the same numbers from the same seed everywhere.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// About normal: twelve uniform numbers less six.
    mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += Double.random(in: 0..<1, using: &self) }
        return sum
    }
}
