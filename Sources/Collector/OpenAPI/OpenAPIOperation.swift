import Shared

/// One call of the API as its description has it.
struct OpenAPIOperation: Sendable {
    enum Method: String, Sendable { case get, put, post, delete }

    enum Body: Sendable {
        case none
        case json(any (Decodable & Sendable).Type)
        /// YAML, of which JSON is a part.
        case yaml(any (Decodable & Sendable).Type)
        /// A policy's text.
        case text
        /// Read, and not looked at.
        case anything
        case optional(any (Decodable & Sendable).Type)
        case reports
    }

    enum Content: Sendable {
        case json(any (Decodable & Sendable).Type)
        case other(_ mediaType: String)
        case nothing
    }

    struct Parameter: Sendable {
        var name: String
        var words: String
        var schema: JSONValue = ["type": "string"]
        var isRequired = false
    }

    var method: Method
    /// Parameters in braces.
    var path: String
    var summary: String
    /// `nil`: any certificate, or one that the summary names.
    var action: Action?
    var query: [Parameter] = []
    var body = Body.none
    /// What success answers, by status.
    var answers: [Int: Content]
    /// Refusals beyond those of every call.
    var problems: [ProblemCode] = []
    /// A GET that knows `If-None-Match`.
    var isTagged = false
    /// `Idempotency-Key` is needed.
    var isKeyed = false
    /// `If-Match` takes a version.
    var isVersioned = false

    /// 404 only where the path names something.
    private var refusals: [ProblemCode] {
        var codes: [ProblemCode] = [
            .malformed, .identityMalformed, .notGranted, .certificateExpired, .internalError, .starting,
            .storageUnavailable,
        ]
        if path.contains("{") { codes.append(.notFound) }
        switch body {
        case .none: break
        case .anything: codes.append(.tooLarge)
        case .json, .yaml, .text, .optional, .reports: codes += [.tooLarge, .mediaType]
        }
        if isKeyed { codes += [.conflict, .slowDown] }
        if isVersioned { codes.append(.versionMismatch) }
        return codes + problems
    }

    // MARK: As JSON

    /// - Throws: what the probe throws.
    func json(_ probe: SchemaProbe) throws -> JSONValue {
        var operation: JSONValue = [
            "summary": .text(summary), "operationId": .text(operationID), "responses": try responses(probe),
            "tags": [.text(tag)],
        ]
        let parameters = self.parameters
        if !parameters.isEmpty { operation["parameters"] = .list(parameters) }
        if let body = try requestBody(probe) { operation["requestBody"] = body }
        if let action {
            let roles = Role.allCases.filter { Role.holders(of: action).contains($0) }.map(\.rawValue)
            operation["description"] = .text("For the roles " + roles.joined(separator: ", ") + ".")
        }
        return operation
    }

    private var segments: [String] { path.split(separator: "/").map(String.init) }
    private var tag: String { segments.first == "v1" ? segments[1] : segments[0] }

    private var operationID: String {
        ([method.rawValue] + segments.filter { $0 != "v1" }.map { $0.filter { $0.isLetter || $0.isNumber } })
            .joined(separator: "_")
    }

    private var parameters: [JSONValue] {
        let names = segments.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        var all = names.map { name -> JSONValue in
            ["name": .text(name), "in": "path", "required": true, "schema": Self.pathSchema(name)]
        }
        all += query.map {
            [
                "name": .text($0.name), "in": "query", "required": .truth($0.isRequired), "schema": $0.schema,
                "description": .text($0.words),
            ]
        }
        func header(_ name: String, _ words: String, isRequired: Bool, pattern: String) -> JSONValue {
            [
                "name": .text(name), "in": "header", "required": .truth(isRequired), "description": .text(words),
                "schema": ["type": "string", "pattern": .text(pattern)],
            ]
        }
        if isKeyed {
            all.append(
                header(
                    "Idempotency-Key", "The same key with the same request is carried out once.", isRequired: true,
                    pattern: "^[!-~]{1,\(Limits.idempotencyKeyBytes)}$"))
        }
        if isVersioned {
            all.append(
                header(
                    "If-Match", "The version that you have seen, as in the ETag.", isRequired: false,
                    pattern: "^\"[0-9]{1,9}\"$"))
        }
        if isTagged {
            all.append(
                header("If-None-Match", "An ETag that you have.", isRequired: false, pattern: "^\"[0-9a-f]{1,64}\"$"))
        }
        return all
    }

    private static func pathSchema(_ name: String) -> JSONValue {
        switch name {
        case "stage": ["type": "string", "enum": .list(Stage.gates.map { .text($0.rawValue) })]
        case "old": ["type": "integer", "minimum": 0]
        default: ["type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"]
        }
    }

    private func requestBody(_ probe: SchemaProbe) throws -> JSONValue? {
        func body(_ schema: JSONValue, isRequired: Bool, _ types: String...) -> JSONValue {
            let content = Dictionary(uniqueKeysWithValues: types.map { ($0, ["schema": schema] as JSONValue) })
            return ["required": .truth(isRequired), "content": .object(content)]
        }
        let text: JSONValue = ["type": "string"]
        switch self.body {
        case .none: return nil
        case .json(let type): return body(try probe.schema(of: type), isRequired: true, "application/json")
        case .optional(let type): return body(try probe.schema(of: type), isRequired: false, "application/json")
        case .yaml(let type):
            return body(try probe.schema(of: type), isRequired: true, "application/json", "application/yaml")
        case .text: return body(text, isRequired: true, "application/yaml")
        case .anything: return body([:], isRequired: false, "application/json")
        case .reports: return body(["type": "string", "format": "binary"], isRequired: true, "application/x-protobuf")
        }
    }

    private func responses(_ probe: SchemaProbe) throws -> JSONValue {
        var all: [String: JSONValue] = [:]
        for (status, content) in answers { all["\(status)"] = try response(status, content, probe) }
        if isTagged {
            all["304"] = ["description": "It is what you have.", "headers": Self.headers(["ETag"])]
        }
        let problem = try probe.schema(of: Problem.self)
        for (status, codes) in Dictionary(grouping: refusals, by: \.status) where all["\(status)"] == nil {
            let words = Set(codes.map(\.rawValue)).sorted().joined(separator: ", ")
            var response: JSONValue = [
                "description": .text(words), "content": ["application/problem+json": ["schema": problem]],
            ]
            if codes.contains(where: { $0.retryAfterSeconds != nil }), [429, 503].contains(status) {
                response["headers"] = Self.headers(["Retry-After"])
            }
            all["\(status)"] = response
        }
        return .object(all)
    }

    private func response(_ status: Int, _ content: Content, _ probe: SchemaProbe) throws -> JSONValue {
        var response: JSONValue = ["description": .text(Self.words(status))]
        switch content {
        case .nothing: break
        case .json(let type):
            response["content"] = ["application/json": ["schema": try probe.schema(of: type)]]
        case .other(let mediaType):
            // Anything may be JSON of any form, too.
            let schema: JSONValue = mediaType == "*/*" ? [:] : ["type": "string"]
            response["content"] = .object([mediaType: ["schema": schema]])
        }
        if isTagged || isVersioned { response["headers"] = Self.headers(["ETag"]) }
        return response
    }

    private static func headers(_ names: [String]) -> JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: names.map { name in
                    let schema: JSONValue = ["type": .text(name == "Retry-After" ? "integer" : "string")]
                    return (name, ["schema": schema] as JSONValue)
                }))
    }

    private static func words(_ status: Int) -> String {
        switch status {
        case 201: "It is new."
        case 202: "Not yet; ask again."
        case 204: "Done."
        case 412: "The gate is closed; the text says why."
        default: "Done, or the answer."
        }
    }
}
