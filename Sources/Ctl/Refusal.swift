// A collector's "no": RFC 9457 as it came, read so that a code of a later collector does not hide its words. Must never
// be taken for a network failure.
import Foundation
import Shared

struct Refusal: Error, Equatable, Sendable {
    let server: String
    let httpStatus: Int
    /// `nil`: a code that this program does not know, or no problem body at all.
    let code: ProblemCode?
    let title: String
    let detail: String
    let requestID: String
    let reasons: [String]
    let retryAfterSeconds: Int?
    /// As it came, for `--json`.
    let body: [UInt8]

    private struct Body: Decodable {
        var title: String?
        var detail: String?
        var instance: String?
        var code: String?
        var reasons: [String]?
    }

    init(server: String, httpStatus: Int, body: [UInt8], retryAfterSeconds: Int? = nil) {
        let read = try? JSONDecoder().decode(Body.self, from: Data(body))
        self.server = server
        self.httpStatus = httpStatus
        code = read?.code.flatMap(ProblemCode.init)
        title = read?.title ?? ""
        detail = read?.detail ?? ""
        requestID = read?.instance ?? ""
        reasons = read?.reasons ?? []
        self.retryAfterSeconds = retryAfterSeconds
        self.body = body
    }

    /// Asking again may help.
    var isRetryable: Bool { code?.isRetryable ?? (httpStatus == 429 || httpStatus >= 500) }

    var failure: Failure {
        let words = [title, detail].filter { !$0.isEmpty }.map(Printable.line).joined(separator: ": ")
        let said = words.isEmpty ? "answered \(httpStatus) without saying why" : "answered \(httpStatus): \(words)"
        let request = requestID.isEmpty ? "" : " (request \(Printable.line(requestID)))"
        return Failure(
            status: ExitStatus(refusedWith: code, httpStatus: httpStatus),
            problem: "\(server) \(said)\(request)", mend: mend, details: reasons.map(Printable.line))
    }

    private var mend: String {
        switch code {
        case .notGranted, .identityMalformed, .approvalOwn, .hostUnknown, .hostPending, .hostBanned, .hostRetired,
            .wrongHost, .hostDuplicate:
            "ask an operator what this certificate may do"
        case .tokenInvalid: "ask an operator for a token"
        case .certificateExpired: "renew the certificate"
        case .notFound: "check the name; what is not granted to this certificate is not shown either"
        case .policyInvalid, .rolloutInvalid, .malformed: "mend what is named and send it again"
        case .conflict: "choose another id, or look at what is there"
        case .gateClosed: "wait for the gate"
        case .versionMismatch, .sequenceConflict: "look at what changed and try again"
        case .versionUnsupported, .methodNotAllowed, .mediaType: "use a perchctl of the collector's version"
        case .tooLarge: "send less"
        case .slowDown, .overloaded, .storageUnavailable, .starting: "try again later"
        case .internalError: "look for the request in the collector's log"
        case nil:
            httpStatus >= 500 ? "try again later" : "check that the address is a Perch collector's"
        }
    }
}
