import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Shared

// Reading of requests, strictly: media type, size, members and query parameters are checked before a route sees them.

/// Query parameters, each named at most once and each known to the route.
struct Query: Sendable, Equatable {
    private var values: [String: String] = [:]

    /// - Throws: `malformed`, naming the parameter.
    init(_ request: Request, allowed: [String] = []) throws(Problem) {
        for (key, value) in request.uri.queryParameters {
            let name = String(key)
            guard allowed.contains(name) else {
                let known = allowed.isEmpty ? "none is" : allowed.joined(separator: ", ") + " are"
                throw Problem(.malformed, "the query parameter \(name.prefix(64)) is not known here; \(known)")
            }
            guard values.updateValue(String(value), forKey: name) == nil else {
                throw Problem(.malformed, "the query parameter \(name) stands there twice")
            }
        }
    }

    subscript(_ name: String) -> String? { values[name] }
    /// For parameters that need no value, such as `?strict`.
    func has(_ name: String) -> Bool { values[name] != nil }
}

extension Request {
    /// The whole body.
    /// - Parameter mediaTypes: accepted types, without parameters; empty accepts any.
    /// - Returns: the bytes and their media type, lower case.
    /// - Throws: `media-type`, `too-large`, `malformed`.
    func bytes(limitBytes: Int, mediaTypes: [String]) async throws(Problem) -> (bytes: ByteBuffer, mediaType: String) {
        let mediaType = headers[.contentType].map(Self.essence) ?? ""
        guard mediaTypes.isEmpty || mediaTypes.contains(mediaType) else {
            throw Problem(.mediaType, "send \(mediaTypes.joined(separator: " or ")) as Content-Type")
        }
        let tooLarge = Problem(.tooLarge, "the body may have \(limitBytes) bytes at most")
        if let text = headers[.contentLength], let length = Int(text), length > limitBytes { throw tooLarge }
        do {
            return (try await body.collect(upTo: limitBytes), mediaType)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch {
            throw Problem(.malformed, "the body ended too early")
        }
    }

    /// A JSON body.
    /// - Throws: as `bytes`, and `malformed` naming the member.
    func json<Value: Decodable>(
        _ type: Value.Type, limitBytes: Int = Limits.jsonBytes
    ) async throws(Problem) -> (value: Value, bytes: [UInt8]) {
        let bytes = Array(
            try await bytes(limitBytes: limitBytes, mediaTypes: [Answer.jsonType]).bytes.readableBytesView)
        return (try Self.decode(type, from: bytes), bytes)
    }

    /// - Throws: `malformed` naming the member.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(Problem) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw Problem(.malformed, "JSON: \(Self.sentence(error))")
        } catch {
            throw Problem(.malformed, "the body is not JSON")
        }
    }

    private static func sentence(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "the member \(path(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context): "the member \(path(context.codingPath)) has another type"
        case .valueNotFound(_, let context): "the member \(path(context.codingPath)) is null"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "the body cannot be read" : "\(path(context.codingPath)): \(context.debugDescription)"
        @unknown default: "the body cannot be read"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
    }

    private static func essence(_ header: String) -> String {
        String(header.prefix { $0 != ";" && $0 != " " }).lowercased()
    }

    /// The version in `If-Match: "3"`; `nil` when the header is absent or `*`.
    /// - Throws: `malformed`.
    func expectedVersion() throws(Problem) -> Int? {
        guard let text = headers[.ifMatch], text != "*" else { return nil }
        guard text.count >= 3, text.hasPrefix("\""), text.hasSuffix("\""),
            let version = Int(text.dropFirst().dropLast())
        else { throw Problem(.malformed, "If-Match takes the version as in the ETag, for example \"3\"") }
        return version
    }
}
