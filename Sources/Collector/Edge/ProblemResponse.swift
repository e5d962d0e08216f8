import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import Shared
import Synchronization

/// The first thing that every request of the API port passes and the last that its answer does: turns away who has no
/// valid identity any more, and makes each failure a problem+json with the request's id. It never lets an error through
/// as an empty body, and never shows a fault's text to the caller.
struct ProblemMiddleware: RouterMiddleware {
    static let mediaType = "application/problem+json"

    let clock: any WallClock
    /// Off on the health listener.
    let needsPeer: Bool
    let routes: MethodTable

    func handle(
        _ request: Request, context: PerchRequestContext,
        next: (Request, PerchRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            if needsPeer { try checkPeer(context) }
            return try await next(request, context)
        } catch let problem as Problem {
            return refuse(problem, request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return unknownRoute(request, context)
        } catch let error as any HTTPResponseError where (400..<500).contains(error.status.code) {
            let code: ProblemCode = error.status == .contentTooLarge ? .tooLarge : .malformed
            return refuse(Problem(code, "the request could not be read"), request, context)
        } catch is CancellationError {
            return refuse(Problem(.starting, "the collector is stopping"), request, context)
        } catch {
            context.logger.error("\(request.method) \(request.uri.path): \(error)")
            return refuse(
                Problem(.internalError, "look for the request id in the collector's log"), request, context)
        }
    }

    private func checkPeer(_ context: PerchRequestContext) throws(Problem) {
        guard let peer = context.peer else {
            throw Problem(.identityMalformed, "the connection carries no client certificate")
        }
        guard clock.nowMicroseconds() / 1_000_000 <= peer.notAfterSeconds else {
            throw Problem(.certificateExpired, "the client certificate has expired; connect with a new one")
        }
    }

    private func unknownRoute(_ request: Request, _ context: PerchRequestContext) -> Response {
        let methods = routes.methods(path: request.uri.path)
        guard !methods.isEmpty else {
            return refuse(Problem(.notFound, "there is nothing at this address"), request, context)
        }
        let allowed = methods.joined(separator: ", ")
        var response = refuse(
            Problem(.methodNotAllowed, "\(request.method.rawValue) is not offered here; use \(allowed)"), request,
            context)
        response.headers[.allow] = allowed
        return response
    }

    /// A page for a browser, the problem document for everybody else.
    private func refuse(_ problem: Problem, _ request: Request, _ context: PerchRequestContext) -> Response {
        let response = Self.response(problem, context)
        guard needsPeer, request.isFromBrowser else { return response }
        return Answer.page(of: problem, requestID: context.requestID, now: clock.nowMicroseconds()).response
    }

    static func response(_ problem: Problem, _ context: PerchRequestContext) -> Response {
        if problem.status >= 500 {
            context.logger.warning("\(problem.code.rawValue): \(problem.detail)")
        } else {
            context.logger.info("\(problem.code.rawValue): \(problem.detail)")
        }
        return response(problem, requestID: context.requestID)
    }

    static func response(_ problem: Problem, requestID: String) -> Response {
        var headers: HTTPFields = [.contentType: mediaType, .cacheControl: "no-store"]
        if problem.code == .tokenInvalid { headers[.wwwAuthenticate] = "Bearer" }
        if let seconds = problem.code.retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        return Answer(HTTPResponse.Status(code: problem.status), headers: headers, body: body(problem, requestID))
            .response
    }

    static func body(_ problem: Problem, _ requestID: String) -> [UInt8] {
        var problem = problem
        problem.instance = requestID
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(problem))
        } catch {
            preconditionFailure("a problem is strings, a number and a boolean: \(error)")
        }
    }
}

extension ProblemCode {
    /// `Retry-After` of what may work later.
    var retryAfterSeconds: Int? {
        switch self {
        case .slowDown, .overloaded: 1
        case .starting: 2
        case .storageUnavailable: 5
        case .malformed, .versionUnsupported, .tokenInvalid, .identityMalformed, .notGranted, .hostUnknown,
            .hostPending, .hostBanned,
            .hostRetired, .wrongHost, .hostDuplicate, .certificateExpired, .notFound, .methodNotAllowed,
            .sequenceConflict, .gateClosed, .approvalOwn, .conflict, .versionMismatch, .tooLarge, .mediaType,
            .policyInvalid, .rolloutInvalid, .internalError:
            nil
        }
    }
}

/// Which methods each address has, to tell 405 from 404. Empty until the router is complete.
final class MethodTable: Sendable {
    private struct Entry {
        /// `nil` stands for any segment.
        var segments: [String?]
        var method: String
    }
    private let entries = Mutex<[Entry]>([])

    func fill(from router: Router<PerchRequestContext>) {
        let found = router.routes.map { route in
            let segments = route.path.description.split(separator: "/").map { part -> String? in
                part.hasPrefix(":") || part.hasPrefix("{") || part.contains("*") ? nil : String(part)
            }
            return Entry(segments: segments, method: route.method.rawValue)
        }
        entries.withLock { $0 = found }
    }

    func methods(path: String) -> [String] {
        let segments = path.split(separator: "/").map(String.init)
        let found = entries.withLock { $0 }.filter { entry in
            entry.segments.count == segments.count
                && zip(entry.segments, segments).allSatisfy { $0 == nil || $0 == $1 }
        }
        return Set(found.map(\.method)).sorted()
    }
}
