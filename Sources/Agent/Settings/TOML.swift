// What a TOML 1.0 text says, each value with its line, so that a message about a key can name its place. Our own
// reader: toml++, behind the usual package, ends the process with an assertion on some texts that are no TOML, and an
// agent must answer a typing error with a sentence. It reads text and nothing else.

enum TOML {
    struct Failure: Error, Equatable {
        var line: Int
        var sentence: String
    }

    enum Value {
        case string(String)
        case integer(Int)
        case boolean(Bool)
        /// Recognised and used by nobody here.
        case float
        case date
        case array([Node])
        case section(Section)

        /// With its article.
        var kind: String {
            switch self {
            case .string: "a text"
            case .integer: "a whole number"
            case .boolean: "true or false"
            case .float: "a number with a fraction"
            case .date: "a date or time"
            case .array: "a list"
            case .section: "a section"
            }
        }
    }

    struct Node {
        var value: Value
        var line: Int
    }

    /// A table. A reference, because headers and dotted keys come back to it.
    final class Section {
        /// How it came to be decides what may still be added to it.
        enum Origin {
            /// Passed through on the way to another, such as `a` in `[a.b]`: its own header may follow.
            case implied
            case header
            case dottedKey
            /// Written in braces, and complete.
            case inline
        }

        let line: Int
        var origin: Origin
        private(set) var keys: [String] = []
        private var nodes: [String: Node] = [:]

        init(line: Int, origin: Origin) {
            self.line = line
            self.origin = origin
        }

        subscript(key: String) -> Node? {
            get { nodes[key] }
            set {
                if nodes[key] == nil, newValue != nil { keys.append(key) }
                nodes[key] = newValue
            }
        }
    }

    static func parse(_ text: String) throws(Failure) -> Section {
        var reader = TOMLReader(text)
        return try reader.document()
    }
}
