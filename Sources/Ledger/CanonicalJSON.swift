/// RFC 8785 (JCS) without numbers: the one text form of everything that Perch hashes or signs.
/// Integers are decimal strings; there is no `null`. Reading is strict: what was not written in exactly this form is
/// refused, so that one value has one spelling. Never re-serialise before verifying: verify the bytes received.
public enum CanonicalJSON: Sendable, Equatable {
    case object([String: CanonicalJSON])
    case array([CanonicalJSON])
    case string(String)
    case bool(Bool)

    public static func integer(_ value: some BinaryInteger) -> CanonicalJSON { .string(String(value)) }

    /// Members in the order of their names' bytes, no white space, UTF-8.
    /// - Precondition: member names are ASCII.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }

    private func write(to output: inout [UInt8]) {
        switch self {
        case .bool(let value): output += value ? Array("true".utf8) : Array("false".utf8)
        case .string(let text): Self.writeString(text, to: &output)
        case .array(let items):
            output.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                item.write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, name) in members.keys.sorted(by: Self.precedes).enumerated() {
                guard let value = members[name] else { continue }
                precondition(name.utf8.allSatisfy { $0 < 0x80 }, "member names are ASCII")
                if index > 0 { output.append(UInt8(ascii: ",")) }
                Self.writeString(name, to: &output)
                output.append(UInt8(ascii: ":"))
                value.write(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    /// ASCII names: byte order is JCS's UTF-16 order.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private static func writeString(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\\"): output += [byte, byte]
            case 0x08: output += Array("\\b".utf8)
            case 0x09: output += Array("\\t".utf8)
            case 0x0A: output += Array("\\n".utf8)
            case 0x0C: output += Array("\\f".utf8)
            case 0x0D: output += Array("\\r".utf8)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                output += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}

// Typed access for readers; `nil` means absent or of another kind.
extension CanonicalJSON {
    public subscript(name: String) -> CanonicalJSON? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    public var flag: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    public var items: [CanonicalJSON]? {
        guard case .array(let items) = self else { return nil }
        return items
    }

    /// The integer of a decimal string in its only spelling: no sign `+`, no leading zero, no `-0`.
    public func integer<Value: FixedWidthInteger>(as type: Value.Type = Value.self) -> Value? {
        guard let text, let value = Value(text), String(value) == text else { return nil }
        return value
    }
}
