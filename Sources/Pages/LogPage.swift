/// The newest entries of the audit log, and the checkpoint that covers them.
public struct LogContent: Sendable {
    public struct Entry: Sendable, Equatable {
        public var index: UInt64
        /// RFC 3339.
        public var time: String
        /// `verdict`, `override`, `stage`, …
        public var kind: String
        /// What it is about: a roll-out, a host, a request.
        public var subject: String
        /// SPIFFE ID; the collector's own for verdicts.
        public var by: String
        public var what: String
        /// Where more of it is; empty: nowhere.
        public var address: String
        public init(
            index: UInt64, time: String, kind: String, subject: String, by: String, what: String, address: String = ""
        ) {
            self.index = index
            self.time = time
            self.kind = kind
            self.subject = subject
            self.by = by
            self.what = what
            self.address = address
        }
    }

    public struct Checkpoint: Sendable, Equatable {
        public var size: UInt64
        /// Base64.
        public var root: String
        /// RFC 3339; empty where nobody vouches for a time.
        public var time: String
        public init(size: UInt64, root: String, time: String = "") {
            self.size = size
            self.root = root
            self.time = time
        }
    }

    public var visitor: Visitor
    public var now: String
    /// Newest first.
    public var entries: [Entry]
    public var checkpoint: Checkpoint?
    /// The index below which the next page begins; `nil` at the end.
    public var before: UInt64?

    public init(visitor: Visitor, now: String, entries: [Entry], checkpoint: Checkpoint?, before: UInt64?) {
        self.visitor = visitor
        self.now = now
        self.entries = entries
        self.checkpoint = checkpoint
        self.before = before
    }
}

public enum LogPage {
    public static func html(_ content: LogContent) -> String {
        let frame = Frame(title: "Log", section: .log, visitor: content.visitor, now: content.now)
        let head: HTML = """
            <th scope="col" class="num">Entry</th><th scope="col">Time</th><th scope="col">Kind</th>\
            <th scope="col">About</th><th scope="col">By</th><th scope="col">What</th>
            """
        let rows = content.entries.map(row)
        let table =
            rows.isEmpty
            ? #"<p class="muted">The log is empty.</p>"# : Part.table(head, rows, caption: "Entries, newest first")
        let older = content.before.map { before -> HTML in
            #"<p class="pager no-print"><a rel="next" href="/log?before=\#(String(before))">older entries →</a></p>"#
        }
        let body: HTML = """
            <h1>Audit log</h1>
            <p class="muted">Append-only and signed. An entry that is covered by the checkpoint cannot be changed or \
            taken out \
            unnoticed.</p>
            \(checkpoint(content.checkpoint))
            \(table)\(older)
            """
        return frame.html(body)
    }

    private static func checkpoint(_ checkpoint: LogContent.Checkpoint?) -> HTML {
        guard let checkpoint else { return #"<p>No checkpoint has been published yet.</p>"# }
        let time: HTML = checkpoint.time.isEmpty ? "" : ", \(Moment.record(checkpoint.time))"
        return """
            <dl class="facts panel">
            <dt>Checkpoint</dt><dd>\(Quantity.grouped(Int(clamping: checkpoint.size))) entries\(time)</dd>
            <dt>Root</dt><dd><code>\(checkpoint.root)</code></dd>
            </dl>
            """
    }

    private static func row(_ entry: LogContent.Entry) -> HTML {
        let subject: HTML =
            entry.address.isEmpty ? HTML(text: entry.subject) : #"<a href="\#(entry.address)">\#(entry.subject)</a>"#
        return """
            <tr><th scope="row" class="num">\(Quantity.grouped(Int(clamping: entry.index)))</th>\
            <td class="nowrap">\(Moment.html(entry.time, seconds: true))</td><td>\(entry.kind)</td>\
            <td class="nowrap">\(subject)</td>\
            <td class="nowrap">\(Part.who(entry.by))</td><td>\(entry.what)</td></tr>

            """
    }
}

/// A refusal for people: the same words as the problem document.
public enum RefusalPage {
    /// - Parameter visitor: `nil` where the caller has no role: no menu then.
    public static func html(
        status: Int, title: String, detail: String, reasons: [String], requestID: String, visitor: Visitor?, now: String
    ) -> String {
        var frame = Frame(title: title, visitor: visitor, now: now)
        frame.visitor = visitor ?? Visitor(id: "", mayReadAccess: false, mayReadLog: false)
        let body: HTML = """
            <h1>\(title)</h1>
            <p>\(detail)</p>
            \(reasons.isEmpty ? "" : Part.list(reasons))
            <p class="muted small">Status \(status). For a question, name the request <code>\(requestID)</code>.</p>
            <p><a href="/">To the fleet</a></p>
            """
        return frame.html(body)
    }
}
