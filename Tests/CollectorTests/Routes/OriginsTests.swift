import Foundation
import Shared
import Testing

@testable import Collector

@Suite struct OriginsTests {
    private static let digest = String(repeating: "a", count: 64)

    private static func manifest(_ change: (inout OriginManifest) -> Void = { _ in }) -> OriginManifest {
        var manifest = OriginManifest(
            origin: "internal", suite: "stable", validUntil: "2099-11-26T20:00:00Z", signedBy: "AB",
            releaseDigest: digest,
            packages: [
                OriginManifest.Package(
                    name: "redis-server", version: "5:7.0.15-1", architecture: "amd64", sha256: digest, md5sums: digest)
            ])
        change(&manifest)
        return manifest
    }

    private static func post(_ manifest: OriginManifest) throws -> TestClient.Request {
        var request = TestClient.Request(
            method: .POST, path: "/v1/origins", body: Array(try JSONEncoder().encode(manifest)))
        request.headers.add(name: "Content-Type", value: "application/json")
        return request
    }

    @Test func anOperatorImportsAManifestOnceAndTheRulesKnowIt() async throws {
        try await TestServer.run { server in
            let ops = try server.client("ops")
            let first = try await ops.send(Self.post(Self.manifest()))
            #expect(first.status == 201)
            #expect(try first.json(OriginView.self).id == Self.digest)
            #expect(try await ops.send(Self.post(Self.manifest())).status == 200)
            let other = Self.manifest { $0.packages[0].version = "6" }
            #expect(try await ops.send(Self.post(other)).problem().code == .conflict)
            #expect(await server.api.judging.records.manifests.map(\.packages.count) == [1])
            let listed = try await ops.send(TestClient.Request(method: .GET, path: "/v1/origins"))
            #expect(try listed.json(OriginPage.self).origins.map(\.packages) == [1])
            #expect(try await server.client("boss").send(Self.post(Self.manifest())).problem().code == .notGranted)
        }
    }

    @Test(arguments: ["no package", "digest", "time", "past", "release"])
    func whatIsNotUsableIsRefused(_ what: String) async throws {
        let manifest = Self.manifest { manifest in
            switch what {
            case "no package": manifest.packages = []
            case "digest": manifest.packages[0].md5sums = "AA"
            case "time": manifest.validUntil = "tomorrow"
            case "past": manifest.validUntil = "2020-01-01T00:00:00Z"
            default: manifest.releaseDigest = "x"
            }
        }
        try await TestServer.run { server in
            let code = try await server.client("ops").send(Self.post(manifest)).problem().code
            #expect(code == (what == "past" ? .conflict : .malformed))
        }
    }

    @Test func everyProblemIsExplainedWhereItsTypePoints() async throws {
        try await TestServer.run { server in
            let client = try server.client("audit")
            for code in ProblemCode.allCases {
                let path = Problem(code, "").type
                let reply = try await client.send(TestClient.Request(method: .GET, path: path))
                #expect(try reply.json(ProblemExplanation.self).status == code.status)
            }
            let unknown = try await client.send(TestClient.Request(method: .GET, path: "/problems/none"))
            #expect(try unknown.problem().code == .notFound)
        }
    }
}
