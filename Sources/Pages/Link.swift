/// Addresses of the pages. Names come from hosts and tools, so every segment is percent-encoded.
public enum Link {
    public static func rollout(_ id: String) -> String { "/rollouts/" + segment(id) }
    public static func pair(_ name: String, of rollout: String) -> String {
        "/rollouts/\(segment(rollout))/pairs/\(segment(name))"
    }
    public static func host(_ name: String) -> String { "/hosts/" + segment(name) }
    public static func verdict(_ id: String) -> String { "/verdicts/" + segment(id) }

    /// Everything but letters, digits, `-`, `.`, `_` and `~` (RFC 3986, 2.3). A name of dots alone would be a step in a
    /// path, so that its dots are encoded too.
    public static func segment(_ text: String) -> String {
        let isDots = text.utf8.allSatisfy { $0 == UInt8(ascii: ".") }
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "."):
                result += isDots ? "%2E" : "."
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += byte < 16 ? "%0" + digits : "%" + digits
            }
        }
        return result
    }

    /// The reverse.
    /// - Returns: `nil` for a broken escape or what is no UTF-8.
    public static func text(ofSegment segment: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(segment.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                rest.prefix(2).allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
