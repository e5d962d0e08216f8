import Foundation
import Shared

/// The description of the API that the collector serves, OpenAPI 3.1: made from the list of calls and from the types
/// that they read and write. A test compares it with the router.
enum OpenAPIDocument {
    /// As JSON, made once.
    static let bytes: [UInt8] = {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(make()))
        } catch {
            preconditionFailure("our own types can be described: \(error)")
        }
    }()

    /// - Throws: what a type's decoder throws; a test sees to it that none does.
    static func make() throws -> JSONValue {
        let probe = SchemaProbe()
        var paths: [String: JSONValue] = [:]
        for operation in OpenAPIOperation.all {
            var item = paths[operation.path] ?? [:]
            item[operation.method.rawValue] = try operation.json(probe)
            paths[operation.path] = item
        }
        let webhook = try webhook(probe)
        for constraint in OpenAPIConstraint.all {
            probe.amend(constraint.component) { constraint.apply(to: &$0) }
        }
        // Written as null, never left out: tools fail on a member that is missing.
        probe.amend("GateAnswer") { schema in
            schema["properties"]?["override"] = [
                "anyOf": [["$ref": "#/components/schemas/GateOverride"], ["type": "null"]]
            ]
            if case .list(let names)? = schema["required"] { schema["required"] = .list(names + ["override"]) }
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Perch", "version": .text(CollectorVersion.text),
                "summary":
                    "Whether new database servers are as good as the old ones, and whether a roll-out may go on.",
                "description": .text(description), "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "paths": .object(paths), "webhooks": ["alert": ["post": webhook]],
            "components": [
                "schemas": .object(probe.components), "securitySchemes": ["certificate": ["type": "mutualTLS"]],
            ],
            "security": [["certificate": []]],
        ]
    }

    /// What receivers of alerts get.
    private static func webhook(_ probe: SchemaProbe) throws -> JSONValue {
        let headers: [JSONValue] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map {
            ["name": .text($0), "in": "header", "required": true, "schema": ["type": "string"]]
        }
        return [
            "summary": "Something has changed. Signed as on standardwebhooks.com.", "parameters": .list(headers),
            "requestBody": [
                "required": true, "content": ["application/json": ["schema": try probe.schema(of: AlertBody.self)]],
            ],
            "responses": ["2XX": ["description": "Taken; anything else is tried again."]],
        ]
    }

    private static let description = """
        Mutual TLS 1.3 throughout; the certificate's SPIFFE ID has the roles that the collector's permissions file \
        gives it. Every refusal is RFC 9457 problem+json. Unknown members of a body are ignored, unknown query \
        parameters are refused. The same gates are answered to bearers of a token on the tokens' listener, where one \
        is configured.
        """
}
