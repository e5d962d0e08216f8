/// Reads canonical JSON and nothing else: white space, numbers, null, repeated or unordered members, needless escapes
/// and trailing bytes are all refused, with the offset at which it happened.
extension CanonicalJSON {
    public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        public enum Reason: String, Sendable {
            case unexpected = "unexpected byte"
            case ended = "text ends too early"
            case trailing = "bytes after the value"
            case tooDeep = "nested too deeply"
            case utf8 = "not UTF-8"
            case notCanonical = "not in canonical form"
            case order = "members out of order or repeated"
        }
        public let reason: Reason
        public let offset: Int
        public var description: String { "\(reason.rawValue) at byte \(offset)" }
    }

    /// Deepest nesting that is read.
    public static let deepest = 32

    public init(reading bytes: some Collection<UInt8>) throws(Refusal) {
        var reader = CanonicalReader(bytes: Array(bytes))
        self = try reader.value(depth: 0)
        guard reader.offset == reader.bytes.count else { throw reader.refusal(.trailing) }
    }
}

private struct CanonicalReader {
    let bytes: [UInt8]
    var offset = 0

    func refusal(_ reason: CanonicalJSON.Refusal.Reason) -> CanonicalJSON.Refusal {
        CanonicalJSON.Refusal(reason: reason, offset: offset)
    }

    private func peek() throws(CanonicalJSON.Refusal) -> UInt8 {
        guard offset < bytes.count else { throw refusal(.ended) }
        return bytes[offset]
    }

    private mutating func take(_ text: String) throws(CanonicalJSON.Refusal) {
        for byte in text.utf8 {
            guard try peek() == byte else { throw refusal(.unexpected) }
            offset += 1
        }
    }

    mutating func value(depth: Int) throws(CanonicalJSON.Refusal) -> CanonicalJSON {
        guard depth < CanonicalJSON.deepest else { throw refusal(.tooDeep) }
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try take("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try take("false")
            return .bool(false)
        default: throw refusal(.unexpected)
        }
    }

    private mutating func object(depth: Int) throws(CanonicalJSON.Refusal) -> CanonicalJSON {
        try take("{")
        var members: [String: CanonicalJSON] = [:]
        var last: String?
        if try peek() == UInt8(ascii: "}") {
            offset += 1
            return .object(members)
        }
        while true {
            let name = try string()
            guard name.utf8.allSatisfy({ $0 < 0x80 }) else { throw refusal(.notCanonical) }
            if let last, !last.utf8.lexicographicallyPrecedes(name.utf8) { throw refusal(.order) }
            last = name
            try take(":")
            members[name] = try value(depth: depth + 1)
            if try peek() == UInt8(ascii: "}") { break }
            try take(",")
        }
        offset += 1
        return .object(members)
    }

    private mutating func array(depth: Int) throws(CanonicalJSON.Refusal) -> CanonicalJSON {
        try take("[")
        var items: [CanonicalJSON] = []
        if try peek() == UInt8(ascii: "]") {
            offset += 1
            return .array(items)
        }
        while true {
            items.append(try value(depth: depth + 1))
            if try peek() == UInt8(ascii: "]") { break }
            try take(",")
        }
        offset += 1
        return .array(items)
    }

    private mutating func string() throws(CanonicalJSON.Refusal) -> String {
        try take("\"")
        var text: [UInt8] = []
        while true {
            let byte = try peek()
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                guard let result = String(validating: text, as: UTF8.self) else { throw refusal(.utf8) }
                return result
            case UInt8(ascii: "\\"): text.append(try escape())
            case 0..<0x20: throw refusal(.unexpected)
            default:
                text.append(byte)
                offset += 1
            }
        }
    }

    private mutating func escape() throws(CanonicalJSON.Refusal) -> UInt8 {
        try take("\\")
        let byte = try peek()
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return byte
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "u"): return try controlEscape()
        default: throw refusal(.notCanonical)
        }
    }

    /// Only control characters without a short form are written as `\u00XX`, in lowercase.
    private mutating func controlEscape() throws(CanonicalJSON.Refusal) -> UInt8 {
        try take("00")
        var value: UInt8 = 0
        for _ in 0..<2 {
            let digit = try peek()
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | (digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | (digit - UInt8(ascii: "a") + 10)
            default: throw refusal(.notCanonical)
            }
            offset += 1
        }
        let hasShortForm = [0x08, 0x09, 0x0A, 0x0C, 0x0D].contains(value)
        guard value < 0x20, !hasShortForm else { throw refusal(.notCanonical) }
        return value
    }
}
