import HTTPTypes
import Hummingbird
import Ledger
import Pages
import Shared

// What every page answers with. A page runs no script, loads nothing, is in nobody's frame and stays in no cache: it
// shows the fleet to one person. The referrer is withheld, which makes browsers send `Origin: null` with our own forms;
// FormGuard therefore goes by Sec-Fetch-Site.
extension Answer {
    static func page(_ html: String, _ status: HTTPResponse.Status = .ok) -> Answer {
        var headers = pageHeaders
        headers[.contentType] = "text/html; charset=utf-8"
        return Answer(status, headers: headers, body: Array(html.utf8))
    }

    /// After a form: the page that shows what it did, so that a reload sends nothing again.
    static func seeOther(_ address: String) -> Answer {
        var headers = pageHeaders
        headers[.location] = address
        return Answer(.seeOther, headers: headers)
    }

    /// A refusal for people, with the same status and words as the problem document.
    static func page(of problem: Problem, requestID: String, now: UInt64) -> Answer {
        let html = RefusalPage.html(
            status: problem.status, title: problem.title, detail: problem.detail, reasons: problem.reasons ?? [],
            requestID: requestID, visitor: nil, now: Timestamp.text(microseconds: now))
        var answer = page(html, HTTPResponse.Status(code: problem.status))
        if let seconds = problem.code.retryAfterSeconds { answer.headers[.retryAfter] = String(seconds) }
        return answer
    }

    private static let contentPolicy: String = {
        let digest = Base64.encode(Digest(of: Style.sheet.markup.utf8).bytes)
        return "default-src 'none'; style-src 'sha256-\(digest)'; img-src data:; base-uri 'none'; form-action 'self'; "
            + "frame-ancestors 'none'"
    }()

    private static let pageHeaders: HTTPFields = {
        var headers: HTTPFields = [
            .cacheControl: "no-store", .contentSecurityPolicy: contentPolicy, .xContentTypeOptions: "nosniff",
            // Two answers at one address: JSON for tools, a page for browsers.
            .vary: "Accept",
        ]
        for (name, value) in [
            ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return headers
    }()
}

extension Request {
    /// Browsers ask for text/html by name; tools send `*/*` or nothing.
    var isFromBrowser: Bool { headers[.accept]?.contains("text/html") ?? false }
}
