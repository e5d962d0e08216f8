// The one way to the collector: HTTPS with our certificate, TLS 1.3, the given authorities alone and the host name
// checked, a time-out on everything. Must never follow a redirect or fall back to anything weaker.
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// What went wrong between question and answer.
enum ClientError: Error, Equatable, Sendable {
    case refused(Refusal)
    case unreachable(Unreachable)

    var failure: Failure {
        switch self {
        case .refused(let refusal): refusal.failure
        case .unreachable(let unreachable): unreachable.failure
        }
    }
}

struct Client: Sendable {
    struct Request: Sendable {
        enum Method: String, Sendable { case get = "GET", put = "PUT", post = "POST", delete = "DELETE" }

        var method = Method.get
        /// Segments below `/v1`, made of characters that need no escape.
        var path: [String]
        var query: [(name: String, value: String)] = []
        var idempotencyKey: String?
        var body: Body?
        var timeout: Duration = .seconds(30)

        struct Body: Sendable {
            var mediaType: String
            var bytes: [UInt8]
        }
    }

    struct Answer: Sendable {
        var httpStatus: Int
        var body: [UInt8]
    }

    /// Longest answer that is held in memory.
    static let mostAnswerBytes = 64 << 20
    static let connectSeconds: Int64 = 10
    /// Longer than any long poll.
    static let silenceSeconds: Int64 = 90

    let server: String
    private let http: HTTPClient

    /// Hands a client to the body and closes it afterwards.
    static func with<Value: Sendable>(
        _ settings: Settings, _ body: (Client) async throws -> Value
    ) async throws -> Value {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try TLSMaterial(settings).configuration, redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: .seconds(connectSeconds), read: .seconds(silenceSeconds)))
        configuration.httpVersion = .http1Only
        // Whoever waits decides when to try again; one question tries once.
        configuration.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(Client(server: settings.server.description, http: http)))
        } catch {
            result = .failure(error)
        }
        // What the body found out matters more than how the connections closed.
        try? await http.shutdown()
        return try result.get()
    }

    /// - Returns: an answer with a 2xx status.
    func send(_ request: Request) async throws(ClientError) -> Answer {
        let response: HTTPClientResponse
        let bytes: [UInt8]
        do {
            response = try await http.execute(httpRequest(request), deadline: deadline(request))
            let buffer = try await response.body.collect(upTo: Self.mostAnswerBytes)
            bytes = [UInt8](buffer: buffer)
        } catch {
            throw .unreachable(Unreachable(server: server, error))
        }
        try accept(response, body: bytes)
        return Answer(httpStatus: Int(response.status.code), body: bytes)
    }

    /// For answers larger than memory should hold: each piece is handed on as it comes.
    /// - Returns: how many bytes came.
    func stream(_ request: Request, to write: ([UInt8]) throws(Failure) -> Void) async throws -> Int {
        let response: HTTPClientResponse
        var count = 0
        do {
            response = try await http.execute(httpRequest(request), deadline: deadline(request))
            if !(200..<300).contains(response.status.code) {
                let buffer = try await response.body.collect(upTo: Self.mostAnswerBytes)
                try accept(response, body: [UInt8](buffer: buffer))
            }
            for try await piece in response.body {
                count += piece.readableBytes
                try write([UInt8](buffer: piece))
            }
        } catch let error as ClientError {
            throw error
        } catch let failure as Failure {
            throw failure
        } catch {
            throw ClientError.unreachable(Unreachable(server: server, error))
        }
        return count
    }

    func decode<Value: Decodable>(_ type: Value.Type, from answer: Answer) throws(ClientError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(answer.body))
        } catch {
            let cause = Unreachable.Cause.notUnderstood("its JSON is not as expected (\(Self.place(error)))")
            throw .unreachable(Unreachable(server: server, cause: cause))
        }
    }

    static func json(_ value: some Encodable) throws -> Request.Body {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Request.Body(mediaType: "application/json", bytes: [UInt8](try encoder.encode(value)))
    }

    private func accept(_ response: HTTPClientResponse, body: [UInt8]) throws(ClientError) {
        guard !(200..<300).contains(response.status.code) else { return }
        let retryAfter = response.headers.first(name: "Retry-After").flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
        throw .refused(
            Refusal(
                server: server, httpStatus: Int(response.status.code), body: body, retryAfterSeconds: retryAfter))
    }

    private func httpRequest(_ request: Request) -> HTTPClientRequest {
        var url = server + "/v1/" + request.path.joined(separator: "/")
        if !request.query.isEmpty {
            url += "?" + request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        }
        var result = HTTPClientRequest(url: url)
        result.method = HTTPMethod(rawValue: request.method.rawValue)
        result.headers.add(name: "User-Agent", value: "perchctl")
        result.headers.add(name: "Accept", value: "application/json, application/problem+json, */*")
        if let key = request.idempotencyKey { result.headers.add(name: "Idempotency-Key", value: key) }
        if let body = request.body {
            result.headers.add(name: "Content-Type", value: body.mediaType)
            result.body = .bytes(ByteBuffer(bytes: body.bytes))
        }
        return result
    }

    private func deadline(_ request: Request) -> NIODeadline {
        .now() + .milliseconds(max(request.timeout.wholeMilliseconds, 1))
    }

    private static func place(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "not JSON" }
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let where_), .valueNotFound(_, let where_), .dataCorrupted(let where_): context = where_
        case .keyNotFound(let key, let where_):
            return "no `\((where_.codingPath + [key]).map(\.stringValue).joined(separator: "."))`"
        @unknown default: return "not readable"
        }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return path.isEmpty ? "not JSON" : "at `\(path)`"
    }
}

extension Duration {
    /// Rounded down.
    var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
