import FoundationEssentials
import HTTPTypes
import Hummingbird
import Ledger
import Shared

/// A complete answer: status, headers and bytes. Routes return it instead of a stream, so that it can be compared
/// (ETag), kept under an idempotency key and sent again.
struct Answer: Sendable, Equatable, ResponseGenerator {
    static let jsonType = "application/json"

    var status: HTTPResponse.Status
    var headers: HTTPFields
    var body: [UInt8]

    init(_ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Members sorted, so that equal values are equal bytes.
    static func json(_ value: some Encodable, _ status: HTTPResponse.Status = .ok) throws -> Answer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Answer(
            status, headers: [.contentType: jsonType, .cacheControl: "no-cache"],
            body: Array(try encoder.encode(value)))
    }

    /// Adds an `ETag`, and answers 304 without a body when a GET names it in `If-None-Match`.
    /// - Parameter tag: without quotes; the body's digest when absent.
    func tagged(_ tag: String? = nil, for request: Request) -> Answer {
        var answer = self
        let quoted = "\"\(tag ?? Digest(of: body).description)\""
        answer.headers[.eTag] = quoted
        guard request.method == .get || request.method == .head,
            let known = request.headers[.ifNoneMatch], known == "*" || Self.tags(known).contains(quoted)
        else { return answer }
        return Answer(.notModified, headers: answer.headers)
    }

    private static func tags(_ header: String) -> [String] {
        header.split(separator: ",").map { part in
            let text = part.drop { $0 == " " }
            return String(text.hasPrefix("W/") ? text.dropFirst(2) : text).trimmedAtEnd
        }
    }

    func response(from request: Request, context: some Hummingbird.RequestContext) -> Response { response }

    var response: Response {
        var headers = headers
        if status == .notModified { headers[.contentType] = nil }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension String {
    fileprivate var trimmedAtEnd: String {
        var text = self
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}
