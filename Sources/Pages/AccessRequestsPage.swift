import Shared

/// Requests for access to servers: what waits for a decision first, and the form to ask.
public struct AccessContent: Sendable {
    public var visitor: Visitor
    public var now: String
    /// Newest first.
    public var requests: [AccessView]
    /// What forms carry to prove that they come from this page; `nil`: the visitor may not do it.
    public var decideToken: String?
    public var askToken: String?
    /// New for each page, so that a form that is sent twice asks once.
    public var formID: String
    /// What became of the form that was just sent, or why it was refused.
    public var refusal: String?

    public init(
        visitor: Visitor, now: String, requests: [AccessView], decideToken: String?, askToken: String?, formID: String,
        refusal: String? = nil
    ) {
        self.visitor = visitor
        self.now = now
        self.requests = requests
        self.decideToken = decideToken
        self.askToken = askToken
        self.formID = formID
        self.refusal = refusal
    }
}

public enum AccessRequestsPage {
    public static func html(_ content: AccessContent) -> String {
        let frame = Frame(title: "Access", section: .access, visitor: content.visitor, now: content.now)
        let open = content.requests.filter { $0.state == .requested }
        let approved = content.requests.filter { $0.state == .approved }
        let past = content.requests.filter { $0.state != .requested && $0.state != .approved }
        let refusal = content.refusal.map { Part.banner(.bad, "not done", $0) } ?? ""
        let body: HTML = """
            <h1>Access to servers</h1>
            <p class="muted">Nobody logs in to these servers in normal work. When it must be, one person asks and \
            another \
            decides; logins are compared with what was approved.</p>
            \(refusal)
            <h2>Waiting for a decision</h2>
            \(waiting(open, content))
            <h2>Approved and not over</h2>
            \(approved.isEmpty ? #"<p class="muted">None.</p>"# : table(approved, "Approved requests"))
            \(form(content))
            <h2>Past</h2>
            \(past.isEmpty ? #"<p class="muted">None.</p>"# : table(past, "Past requests"))
            """
        return frame.html(body)
    }

    private static func waiting(_ requests: [AccessView], _ content: AccessContent) -> HTML {
        guard !requests.isEmpty else { return #"<p class="muted">None.</p>"# }
        return HTML(requests.map { card($0, content) })
    }

    private static func card(_ request: AccessView, _ content: AccessContent) -> HTML {
        """
        <section class="panel" id="r\(request.id)" aria-label="Request of \(request.user)">
        <h3>\(Badge.access(request.state)) \(request.user) on \(request.hosts.joined(separator: ", "))</h3>
        <dl class="facts">
        <dt>When</dt><dd>\(Moment.html(request.from)) to \(Moment.html(request.to)) (\(span(request)))</dd>
        <dt>Why</dt><dd>\(request.reason)</dd>
        <dt>Ticket</dt><dd>\(request.ticket)</dd>
        <dt>Asked by</dt><dd>\(Part.who(request.requestedBy)), \(Moment.html(request.requestedAt))</dd>
        \(limits(request))</dl>
        \(decision(request, content))</section>

        """
    }

    private static func span(_ request: AccessView) -> String {
        guard let from = Moment(request.from), let to = Moment(request.to) else { return "" }
        return Moment.span(seconds: to.seconds - from.seconds)
    }

    private static func limits(_ request: AccessView) -> HTML {
        var parts: HTML = ""
        if !request.sources.isEmpty {
            parts += "<dt>Only from</dt><dd>\(request.sources.joined(separator: ", "))</dd>\n"
        }
        if !request.keys.isEmpty {
            parts += "<dt>Only with key</dt><dd><code>\(request.keys.joined(separator: ", "))</code></dd>\n"
        }
        return parts
    }

    /// Not for who asked or is meant: the collector refuses them, and the page does not offer it.
    private static func decision(_ request: AccessView, _ content: AccessContent) -> HTML {
        guard let token = content.decideToken else { return "" }
        let name = (try? SpiffeID(content.visitor.id))?.name
        guard request.requestedBy != content.visitor.id, name != request.user else {
            return #"<p class="muted">Another person than who asked, or is meant, decides.</p>"#
        }
        let field = "reason-\(request.id)"
        return """
            <form class="stack no-print" method="post" action="/access/\(Link.segment(request.id))/decide">
            <input type="hidden" name="token" value="\(token)">
            <input type="hidden" name="form" value="\(content.formID)">
            <div><label for="\(field)">Reason <small>(kept with the decision)</small></label>
            <input id="\(field)" name="reason" maxlength="2000" autocomplete="off"></div>
            <div class="buttons"><button name="decision" value="approve">Approve</button>
            <button class="no" name="decision" value="deny">Deny</button></div>
            </form>
            """
    }

    private static func table(_ requests: [AccessView], _ caption: String) -> HTML {
        let head: HTML = """
            <th scope="col">Who</th><th scope="col">Hosts</th><th scope="col">From</th><th scope="col">To</th>\
            <th scope="col">State</th><th scope="col">Asked by</th><th scope="col">Decided by</th>\
            <th scope="col">Why</th>
            """
        let rows = requests.prefix(200).map { request -> HTML in
            let decided: HTML = request.decidedBy.isEmpty ? "" : Part.who(request.decidedBy)
            let reason: HTML = request.decisionReason.isEmpty ? "" : "<br>“\(request.decisionReason)”"
            return """
                <tr id="r\(request.id)">\
                <th scope="row">\(request.user)</th><td>\(Part.names(request.hosts))</td>\
                <td class="nowrap">\(Moment.html(request.from))</td><td class="nowrap">\(Moment.html(request.to))</td>\
                <td>\(Badge.access(request.state))</td><td>\(Part.who(request.requestedBy))</td>\
                <td>\(decided)\(reason)</td>\
                <td>\(request.ticket): \(request.reason)</td></tr>

                """
        }
        return Part.table(head, Array(rows), caption: caption)
    }

    private static func form(_ content: AccessContent) -> HTML {
        guard let token = content.askToken else { return "" }
        return """
            <details class="panel no-print"><summary>Ask for access</summary>
            <form class="stack" method="post" action="/access">
            <input type="hidden" name="token" value="\(token)">
            <input type="hidden" name="form" value="\(content.formID)">
            <div class="row"><div><label for="user">Account on the servers <small>(one person's)</small></label>
            <input id="user" name="user" required maxlength="128" autocomplete="off"></div>
            <div><label for="ticket">Ticket</label><input id="ticket" name="ticket" required maxlength="128" \
            autocomplete="off"></div></div>
            <div><label for="hosts">Hosts <small>(at most 20, with spaces in between)</small></label>
            <input id="hosts" name="hosts" required maxlength="1400" autocomplete="off"></div>
            <div class="row"><div><label for="from">From <small>(UTC, as \(content.now))</small></label>
            <input id="from" name="from" required maxlength="20" value="\(content.now)" autocomplete="off"></div>
            <div><label for="to">To <small>(empty: two hours later; at most eight)</small></label>
            <input id="to" name="to" maxlength="20" autocomplete="off"></div></div>
            <div><label for="reason">Reason <small>(20 to 2000 characters)</small></label>
            <textarea id="reason" name="reason" rows="3" required minlength="20" maxlength="2000"></textarea></div>
            <div class="buttons"><button>Ask</button></div>
            </form></details>
            """
    }
}
