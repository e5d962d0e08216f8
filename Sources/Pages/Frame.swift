import Shared

/// Who looks at a page, and which pages there are for them.
public struct Visitor: Sendable, Equatable {
    /// SPIFFE ID of the certificate.
    public var id: String
    public var mayReadAccess: Bool
    public var mayReadLog: Bool

    public init(id: String, mayReadAccess: Bool, mayReadLog: Bool) {
        self.id = id
        self.mayReadAccess = mayReadAccess
        self.mayReadLog = mayReadLog
    }

    /// `person/ada`.
    var shortName: String {
        guard let identity = try? SpiffeID(id) else { return id }
        return identity.kind.rawValue + "/" + identity.name
    }
}

/// What every page has around it: title, menu, the style sheet, who looks and when.
struct Frame {
    enum Section { case fleet, access, log, none }

    var title: String
    var section = Section.none
    /// `nil`: no menu, for a file that lies somewhere without its collector.
    var visitor: Visitor?
    /// RFC 3339; when the page was made.
    var now: String

    func html(_ body: HTML) -> String {
        let page: HTML = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            \(contentPolicy)<meta name="referrer" content="no-referrer">
            <title>\(title) – Perch</title>
            <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20' \
            fill='none' stroke='%230a58a8' stroke-width='2' stroke-linecap='round'%3E%3Cpath \
            d='\(Self.bird)'/%3E%3C/svg%3E">
            <style>\(Style.sheet)</style>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the content</a>
            \(header)<main id="main" tabindex="-1">
            \(body)
            </main>
            <footer><p>\(footer)</p></footer>
            </body>
            </html>

            """
        return page.markup
    }

    /// A file on a disk has no headers: scripts and foreign content stay out by its own word.
    private var contentPolicy: HTML {
        guard visitor == nil else { return "" }
        return """
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
            img-src data:">

            """
    }

    private static let bird: HTML =
        "M1 16h18M4 16c0-7 3-11 7-11 2.6 0 4 1.6 4 3.6 0 4-4 4.4-6.5 7.4M15 7.5l3.5 1M11.5 8.2h.1"

    private var header: HTML {
        guard let visitor else { return "" }
        var items = [item("/", "Fleet", .fleet)]
        if visitor.mayReadAccess { items.append(item("/access", "Access", .access)) }
        if visitor.mayReadLog { items.append(item("/log", "Log", .log)) }
        return """
            <header class="bar">
            <span class="brand"><svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">\
            <path d="\(Self.bird)"/></svg>Perch</span>
            <nav aria-label="Main"><ul>\(items)</ul></nav>
            <p class="who"><span class="hide">You are </span><span title="\(visitor.id)">\(visitor.shortName)</span></p>
            </header>

            """
    }

    private func item(_ address: String, _ word: String, _ section: Section) -> HTML {
        let current: HTML = section == self.section ? #" aria-current="page""# : ""
        return #"<li><a href="\#(address)"\#(current)>\#(word)</a></li>"#
    }

    private var footer: HTML { "As of \(Moment.record(now)). All times are UTC." }
}

/// Parts that several pages share.
enum Part {
    static func crumbs(_ links: [(word: String, address: String)]) -> HTML {
        let parts = links.map { link -> HTML in #"<a href="\#(link.address)">\#(link.word)</a>"# }
        return #"<p class="crumbs no-print">\#(parts.joined(" / "))</p>"#
    }

    /// - Parameter note: what to do, as markup.
    static func banner(_ tone: Badge.Tone, _ word: String, _ sentence: String, note: HTML = "") -> HTML {
        """
        <div class="banner \(tone.name)">\(Badge.badge(tone, word))
        <p>\(sentence)</p>
        \(note)</div>
        """
    }

    static func list(_ sentences: [String]) -> HTML {
        #"<ul class="tight">\#(sentences.map { "<li>\($0)</li>" as HTML })</ul>"#
    }

    /// A host's, tool's or person's name without the trust domain, which is the same everywhere.
    static func who(_ id: String) -> HTML {
        guard let identity = try? SpiffeID(id) else { return HTML(text: id) }
        return #"<span title="\#(id)">\#(identity.kind.rawValue)/\#(identity.name)</span>"#
    }

    static func hosts(_ names: [String]) -> HTML {
        names.map { name -> HTML in #"<a href="\#(Link.host(name))">\#(name)</a>"# }.joined(", ")
    }

    /// Names that do not break in the middle.
    static func names(_ names: [String]) -> HTML {
        names.map { name -> HTML in #"<span class="nowrap">\#(name)</span>"# }.joined(", ")
    }

    /// The first figures of a digest are enough to compare by eye; the whole of it is there to copy.
    static func digest(_ text: String) -> HTML { #"<code title="\#(text)">\#(String(text.prefix(12)))…</code>"# }

    static func table(_ head: HTML, _ rows: [HTML], caption: String) -> HTML {
        """
        <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table>
        <caption class="hide">\(caption)</caption>
        <thead><tr>\(head)</tr></thead>
        <tbody>
        \(rows)</tbody></table></div>

        """
    }
}
