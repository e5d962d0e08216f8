import Foundation
import Logging
import Shared
import Testing

@testable import Collector

@Suite struct TLSMaterialTests {
    /// Later than any certificate, which is made before it is asked for.
    private static var now: UInt64 { SystemClock().nowMicroseconds() / 1_000_000 }

    private static func files(
        _ pki: TestPKI, certificate: String = "collector", key: String? = nil, authority: String = "ca"
    ) -> TLSMaterial.Files {
        TLSMaterial.Files(
            certificate: pki.certificate(certificate), key: pki.key(key ?? certificate),
            certificateAuthority: pki.certificate(authority))
    }

    private static func fault(
        _ files: TLSMaterial.Files, domain: String = TestPKI.domain, at seconds: UInt64 = TLSMaterialTests.now
    ) async -> String? {
        do throws(TLSMaterial.Failure) {
            _ = try await TLSMaterial.load(files, domain: domain, nowSeconds: seconds)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func aGoodSetIsLoaded() async throws {
        let pki = try await TestPKI.shared()
        let material = try await TLSMaterial.load(Self.files(pki), domain: TestPKI.domain, nowSeconds: Self.now)
        #expect(material.identity.id.description == "spiffe://perch.example/perch/collector/main")
        #expect(material.identity.notAfterSeconds > Self.now)
    }

    @Test func aSetThatDoesNotFitTogetherIsRefusedWithTheReason() async throws {
        let pki = try await TestPKI.shared()
        #expect(await Self.fault(Self.files(pki, key: "db-1"))?.contains("does not fit") == true)
        #expect(await Self.fault(Self.files(pki, authority: "other-ca"))?.contains("no valid chain") == true)
        #expect(await Self.fault(Self.files(pki, certificate: "db-1"))?.contains("serverAuth") == true)
        #expect(await Self.fault(Self.files(pki, certificate: "nothing"))?.contains("cannot be read") == true)
        #expect(await Self.fault(Self.files(pki), domain: "other.example")?.contains("domain") == true)
        #expect(await Self.fault(Self.files(pki), at: Self.now + 3 * 86_400)?.contains("expired") == true)
        #expect(await Self.fault(Self.files(pki), at: Self.now - 3 * 86_400)?.contains("not valid yet") == true)
        let wrong = TLSMaterial.Files(
            certificate: pki.certificate("collector"), key: pki.certificate("collector"),
            certificateAuthority: pki.certificate("ca"))
        #expect(await Self.fault(wrong)?.contains("no private key") == true)
    }

    // MARK: Reload

    /// A source whose files can be exchanged.
    private struct World {
        let directory: String
        let pki: TestPKI
        let source: TLSSource
        let clock: ManualClock

        init() async throws {
            pki = try await TestPKI.shared()
            directory = try TestDirectory.make()
            clock = ManualClock(microseconds: TLSMaterialTests.now * 1_000_000)
            try Self.put(pki, "collector", key: "collector", authority: "ca", directory)
            let files = TLSMaterial.Files(
                certificate: directory + "/tls.pem", key: directory + "/tls.key",
                certificateAuthority: directory + "/ca.pem")
            source = try await TLSSource(
                files: files, domain: TestPKI.domain, clock: clock,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }

        func put(_ certificate: String, key: String? = nil, authority: String = "ca") throws {
            try Self.put(pki, certificate, key: key ?? certificate, authority: authority, directory)
        }

        private static func put(
            _ pki: TestPKI, _ certificate: String, key: String, authority: String, _ directory: String
        ) throws {
            for (from, to) in [
                (pki.certificate(certificate), "tls.pem"), (pki.key(key), "tls.key"),
                (pki.certificate(authority), "ca.pem"),
            ] { try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: "\(directory)/\(to)")) }
        }
    }

    @Test func aNewSetTakesTheOldOnesPlace() async throws {
        let world = try await World()
        let before = world.source.material.fingerprint
        #expect(!world.source.isStale)
        try world.put("collector-again")
        #expect(world.source.isStale)
        try await world.source.reload()
        #expect(!world.source.isStale)
        #expect(world.source.material.fingerprint != before)
    }

    @Test(arguments: ["key", "identity", "authority", "torn"])
    func aBadSetIsRefusedAndTheOldOneServesOn(_ fault: String) async throws {
        let world = try await World()
        let before = world.source.material.fingerprint
        switch fault {
        case "key": try world.put("collector-again", key: "db-1")
        case "identity": try world.put("collector-two")
        case "authority": try world.put("collector-foreign")
        default: try Data("-----BEGIN CERT".utf8).write(to: URL(filePath: world.directory + "/tls.pem"))
        }
        await #expect(throws: TLSMaterial.Failure.self) { try await world.source.reload() }
        #expect(world.source.material.fingerprint == before)
        #expect(world.source.context != nil)
        #expect(world.source.isStale)
        // Mended, it is taken.
        try world.put("collector-again")
        try await world.source.reload()
        #expect(world.source.material.fingerprint != before)
    }

    @Test func anExpiredSetStopsServing() async throws {
        let world = try await World()
        #expect(world.source.context != nil)
        world.clock.advance(microseconds: 2 * 86_400 * 1_000_000)
        #expect(world.source.context == nil)
    }

    @Test func aChangedFileIsNoticedAndARefusalIsCounted() async throws {
        let world = try await World()
        let metrics = Metrics()
        let source = world.source
        let part = Reloading.Part(
            name: "certificates", isStale: { source.isStale }, reload: { try await source.reload() })
        let reloading = Reloading(
            parts: [part], metrics: metrics, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try world.put("collector-two")
        let fault = await reloading.reload(part)
        #expect(fault?.contains("collector/two") == true, "\(fault ?? "it was taken")")
        #expect(metrics.snapshot.reloadFailures == 1)
        try world.put("collector-again")
        #expect(await reloading.reload(part) == nil)
        #expect(metrics.snapshot.reloadFailures == 1)
    }

    /// Connections made before a reload live on; those made after it see the new certificate. No request fails.
    @Test func aServerIsReloadedWhileItServes() async throws {
        try await TestServer.run { server in
            let request = TestClient.Request(path: "/v1/hosts")
            try await server.client("ops").conversation { exchange in
                #expect(try await exchange.send(request).status == 200)
                try await server.tls.reload()
                #expect(try await exchange.send(request).status == 200)
                #expect(try await server.client("ops").get("/v1/hosts").status == 200)
            }
        }
    }
}
