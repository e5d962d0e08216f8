/// Markup that is safe to send. What stands in the source is markup; everything that is put in between is escaped
/// unless it is markup itself. A text from outside can therefore never become a tag or leave its attribute, which this
/// file's callers always quote.
///
/// Why not swift-mustache: a misspelt member would be an empty place in an auditor's report there, and is a compile
/// error here; `{{{raw}}}` is one brace away there, and cannot be written here; half of each page is drawings, which
/// are arithmetic; and the offline export needs no template files beside its program.
public struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
    public private(set) var markup: String

    /// `StaticString`: only what stands in the source can be taken as it is, never a text that was computed.
    public init(stringLiteral value: StaticString) { markup = value.description }
    public init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }
    public init(_ parts: [HTML]) { markup = parts.map(\.markup).joined() }
    public init(text: String) { markup = Self.escaped(text) }

    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        public init(literalCapacity: Int, interpolationCount: Int) {
            markup.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: StaticString) { markup += literal.description }
        public mutating func appendInterpolation(_ text: String) { markup += HTML.escaped(text) }
        public mutating func appendInterpolation(_ number: Int) { markup += String(number) }
        public mutating func appendInterpolation(_ html: HTML) { markup += html.markup }
        public mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { markup += part.markup } }
        public mutating func appendInterpolation(_ html: HTML?) { markup += html?.markup ?? "" }
    }

    public static func + (left: HTML, right: HTML) -> HTML { HTML([left, right]) }
    public static func += (left: inout HTML, right: HTML) { left.markup += right.markup }

    public var isEmpty: Bool { markup.isEmpty }

    /// For text and for quoted attributes. Control characters, which HTML forbids, and marks that turn the direction of
    /// a line, which could make a name read as another, become a visible replacement.
    static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{200e}", "\u{200f}", "\u{202a}"..."\u{202e}",
                "\u{2066}"..."\u{2069}":
                result += "\u{fffd}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Sequence where Element == HTML {
    func joined(_ separator: HTML) -> HTML {
        var result: HTML = ""
        for part in self {
            if !result.isEmpty { result += separator }
            result += part
        }
        return result
    }
}
