import Foundation
import Hummingbird
import Shared
import Testing

@testable import Collector

/// The description that is served says what the router does.
@Suite struct OpenAPIDocumentTests {
    @Test func everyCallIsDescribedAndNoOther() async throws {
        try await TestServer.run { server in
            let routes = server.calls.map {
                "\($0.method.rawValue.lowercased()) \(Self.template($0.path.description))"
            }
            let described = OpenAPIOperation.all.map { "\($0.method.rawValue) \($0.path)" }
            #expect(Set(described).count == described.count)
            #expect(Set(routes).subtracting(described) == [])
            #expect(Set(described).subtracting(routes) == [])
        }
    }

    private static func template(_ path: String) -> String {
        path.split(separator: "/").map { part in
            part == "**" ? "/{path}" : part.hasPrefix(":") ? "/{\(part.dropFirst())}" : "/\(part)"
        }.joined()
    }

    /// Its roles are those that the code asks for.
    @Test func everyRoleIsAsTheTableOfCallsHasIt() {
        for call in RoleTableTests.calls {
            let path = Self.template(call.route)
            let operation = OpenAPIOperation.all.first {
                $0.method.rawValue.uppercased() == call.method.rawValue && $0.path == path
            }
            #expect(operation?.action == call.action, "\(call.method) \(path)")
        }
    }

    @Test func everyReferenceLeadsSomewhereAndEveryNameIsItsOwn() throws {
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(OpenAPIDocument.bytes)) as? [String: Any])
        #expect(document["openapi"] as? String == "3.1.0")
        let text = String(decoding: OpenAPIDocument.bytes, as: UTF8.self)
        let names = text.matches(of: /#\/components\/schemas\/([A-Za-z.]+)/).map { String($0.output.1) }
        let components = (document["components"] as? [String: Any])?["schemas"] as? [String: Any]
        #expect(Set(names).subtracting(components?.keys.map { $0 } ?? []) == [])
        let operations = text.matches(of: /"operationId":"([^"]+)"/).map { String($0.output.1) }
        #expect(operations.count == OpenAPIOperation.all.count && Set(operations).count == operations.count)
    }

    @Test func everyConstraintIsOfAMemberThatIsThere() throws {
        let schemas = try OpenAPIDocument.make()["components"]?["schemas"]
        for constraint in OpenAPIConstraint.all {
            var schema = try #require(schemas?[constraint.component], "\(constraint.component)")
            let isThere = constraint.apply(to: &schema)
            #expect(isThere, "\(constraint.component).\(constraint.member)")
            // It has been applied already.
            #expect(schema == schemas?[constraint.component])
        }
    }

    @Test func schemasAreWhatTheTypesRead() throws {
        let probe = SchemaProbe()
        #expect(try probe.schema(of: AccessAsk.self) == ["$ref": "#/components/schemas/AccessAsk"])
        let ask = try #require(probe.components["AccessAsk"])
        #expect(ask["required"] == ["from", "hosts", "reason", "ticket", "user"])
        #expect(ask["properties"]?["hosts"] == ["type": "array", "items": ["type": "string"]])
        _ = try probe.schema(of: GateAnswer.self)
        #expect(
            probe.components["GateAnswer"]?["properties"]?["state"]
                == ["type": "string", "enum": ["open", "waiting", "blocked"]])
        #expect(probe.components["GateOverride"] != nil)
        struct Nothing: Decodable { init(from decoder: any Decoder) throws {} }
        #expect(throws: SchemaProbe.Undescribed.self) { try probe.schema(of: Nothing.self) }
    }
}
