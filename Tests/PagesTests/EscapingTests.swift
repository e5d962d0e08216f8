import Testing

@testable import Pages

/// What an outsider controls never becomes markup, on any page.
@Suite struct EscapingTests {
    @Test func hostileNamesAreTextOnEveryPage() {
        let pages = Sample.pages(Sample.hostile)
        #expect(pages.count == 8)
        for (name, html) in pages {
            #expect(!html.contains("<script"), "\(name)")
            #expect(!html.contains("alert(1)</"), "\(name)")
            #expect(!html.contains(#"""><"#) || !html.contains(#"=""><script"#), "\(name)")
            #expect(!html.contains("\u{202e}"), "\(name)")
            #expect(html.contains("&lt;script&gt;"), "\(name) shows the name at all")
        }
    }

    @Test func everyElementIsClosedAndEveryAttributeQuotedWhateverTheNames() {
        for text in [Sample.hostile, "plain", "a' onload='x", "</style></title></svg>", "<!--", "]]>"] {
            for (name, html) in Sample.pages(text) {
                #expect(Markup.mistake(in: html) == nil, "\(name) with \(text): \(Markup.mistake(in: html) ?? "")")
            }
        }
    }

    @Test func noPageHasAScriptAHandlerAStyleAttributeOrAForeignAddress() {
        for (name, html) in Sample.pages("plain") {
            for word in ["<script", " onclick", " onload", " style=", "src=\"http", "href=\"http", "@import", "url("] {
                #expect(!html.contains(word), "\(name): \(word)")
            }
        }
    }

    @Test func idsAreUniqueOnEachPage() {
        for (name, html) in Sample.pages("plain") {
            let ids = html.split(separator: " id=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
            #expect(Set(ids).count == ids.count, "\(name): \(ids)")
        }
    }
}

/// A strict reader of our own kind of markup.
enum Markup {
    private static let void: Set<String> = ["meta", "link", "br", "input", "!doctype"]

    /// - Returns: what is wrong first; `nil`: nothing.
    static func mistake(in html: String) -> String? {
        var open: [String] = []
        var rest = Substring(html)
        while let start = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: start)...]
            guard let tag = tag(&rest) else {
                return "a tag does not end, or an attribute is not quoted: \(rest.prefix(60))"
            }
            if tag.name.hasPrefix("/") {
                guard open.popLast() == String(tag.name.dropFirst()) else { return "\(tag.name) closes nothing" }
            } else if !tag.isClosed, !void.contains(tag.name.lowercased()) {
                open.append(tag.name)
            }
            if tag.name == "style", let end = rest.range(of: "</style>") { rest = rest[end.lowerBound...] }
        }
        return open.isEmpty ? nil : "never closed: \(open)"
    }

    private static func tag(_ rest: inout Substring) -> (name: String, isClosed: Bool)? {
        let name = rest.prefix { !" \n>/".contains($0) || ($0 == "/" && $0 == rest.first) }
        rest = rest.dropFirst(name.count)
        var isQuoted = false
        var last: Character = " "
        while let character = rest.popFirst() {
            if isQuoted {
                if character == "\"" { isQuoted = false }
                if character == "<" { return nil }
            } else {
                switch character {
                case "\"" where last == "=": isQuoted = true
                case "\"", "<", "'": return nil
                case ">": return (String(name), last == "/")
                default: break
                }
            }
            last = character
        }
        return nil
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
