// A JSON writer for people's eyes: members in the order in which they are added, two blanks per level, large numbers
// as decimal text. Only `--once` uses it; nothing is ever read back here.

struct JSONText {
    private(set) var text = ""
    private var depth = 0
    private var isFirst = true

    mutating func object(_ key: String? = nil, _ body: (inout JSONText) -> Void) { nest(key, "{", "}", body) }

    mutating func array(_ key: String? = nil, _ body: (inout JSONText) -> Void) { nest(key, "[", "]", body) }

    mutating func string(_ key: String? = nil, _ value: String) {
        begin(key)
        text += Self.quoted(value)
    }

    mutating func number(_ key: String? = nil, _ value: UInt64) {
        begin(key)
        // Beyond 2^53 many readers would round (RFC 8259 section 6).
        text += value <= 1 << 53 ? String(value) : Self.quoted(String(value))
    }

    mutating func boolean(_ key: String? = nil, _ value: Bool) {
        begin(key)
        text += value ? "true" : "false"
    }

    /// A small object on one line: its members are texts.
    mutating func line(_ key: String? = nil, _ members: [(String, String)]) {
        begin(key)
        let inner = members.map { Self.quoted($0.0) + ": " + Self.quoted($0.1) }
        text += "{ " + inner.joined(separator: ", ") + " }"
    }

    private mutating func nest(_ key: String?, _ open: String, _ close: String, _ body: (inout JSONText) -> Void) {
        begin(key)
        text += open
        depth += 1
        isFirst = true
        body(&self)
        depth -= 1
        if !isFirst { newLine() }
        isFirst = false
        text += close
    }

    private mutating func begin(_ key: String?) {
        if !isFirst { text += "," }
        if depth > 0 { newLine() }
        isFirst = false
        if let key { text += Self.quoted(key) + ": " }
    }

    private mutating func newLine() { text += "\n" + String(repeating: "  ", count: depth) }

    static func quoted(_ value: String) -> String {
        var quoted = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            default:
                if scalar.value < 32 || scalar.value == 127 {
                    let digits = String(scalar.value, radix: 16)
                    quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }
}
