// The client against real TLS servers: whom it trusts, what it refuses, and what it says then.
import Foundation
import NIOSSL
import Shared
import Testing

@testable import Ctl

struct ClientTests {
    /// What the client says to a server of this kind.
    private func failure(
        certificate: String = "server", client: String = "client", authority: String = "ca", host: String = "localhost",
        maximumTLS: TLSVersion? = nil, timeout: Duration = .seconds(20),
        reply: ScriptedCollector.Reply = .json(["a": 1])
    ) async throws -> ClientError? {
        let certificates = try await Certificates.shared()
        let collector = try await ScriptedCollector.start(
            certificates, certificate: certificate, maximumTLS: maximumTLS
        ) { _ in reply }
        let settings = try certificates.settings(
            port: collector.port, client: client, authority: authority, host: host)
        var found: ClientError?
        do {
            _ = try await Client.with(settings) { client in
                try await client.send(.init(path: ["rollouts"], timeout: timeout))
            }
        } catch let error as ClientError {
            found = error
        }
        await collector.stop()
        return found
    }

    private func cause(_ error: ClientError?) -> Unreachable.Cause? {
        guard case .unreachable(let unreachable)? = error else { return nil }
        return unreachable.cause
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func aTrustedServerAnswersUnderItsNameAndItsAddress(host: String) async throws {
        #expect(try await failure(host: host) == nil)
    }

    @Test func aCertificateForAnotherNameIsNotTrusted() async throws {
        let error = try await failure(certificate: "elsewhere")
        #expect(cause(error) == .serverNotTrusted)
        #expect(error?.failure.status == .unreachable)
        #expect(error?.failure.description.contains("https://localhost:") == true)
    }

    @Test func aCertificateForAnotherNameIsNotTrustedUnderAnAddressEither() async throws {
        #expect(cause(try await failure(certificate: "elsewhere", host: "127.0.0.1")) == .serverNotTrusted)
    }

    @Test func anotherAuthorityIsNotTrusted() async throws {
        #expect(cause(try await failure(authority: "other-ca")) == .serverNotTrusted)
    }

    @Test func aClientThatTheServerDoesNotTrustIsToldSo() async throws {
        let error = try await failure(client: "stranger")
        #expect(cause(error) == .certificateNotTaken("unknown authority"))
        #expect(error?.mayPass == false)
    }

    @Test func olderTLSIsRefused() async throws {
        #expect(cause(try await failure(maximumTLS: .tlsv12)) == .notTLS)
    }

    @Test func silenceEndsWithTheTimeOut() async throws {
        #expect(cause(try await failure(timeout: .milliseconds(300), reply: .never)) == .noAnswer)
    }

    @Test func aCutConnectionMayPass() async throws {
        let error = try await failure(reply: .cut)
        #expect(error?.mayPass == true)
        #expect(cause(error) == .connection("it closed the connection"))
    }

    @Test func nobodyListeningIsSaidInTheSystemsWords() async throws {
        let certificates = try await Certificates.shared()
        let collector = try await ScriptedCollector.start(certificates) { _ in .never }
        await collector.stop()
        let settings = try certificates.settings(port: collector.port, host: "127.0.0.1")
        let error = await #expect(throws: ClientError.self) {
            try await Client.with(settings) { try await $0.send(.init(path: ["rollouts"])) }
        }
        #expect(cause(error) == .connection("Connection refused"))
    }

    @Test func aNameThatDoesNotResolveIsSaidSo() async throws {
        let certificates = try await Certificates.shared()
        let settings = try certificates.settings(port: 1, host: "perch.invalid")
        let error = await #expect(throws: ClientError.self) {
            try await Client.with(settings) { try await $0.send(.init(path: ["rollouts"])) }
        }
        #expect(cause(error) == .name)
    }

    @Test func aRedirectIsNotFollowed() async throws {
        let error = try await failure(
            reply: .answer(status: 307, type: "text/plain", headers: ["Location": "https://localhost:1/"], body: ""))
        guard case .refused(let refusal)? = error else { return #expect(Bool(false)) }
        #expect(refusal.httpStatus == 307)
        #expect(refusal.failure.status == .unreachable)
    }

    @Test func aProblemIsKeptWithItsWordsAndItsWait() async throws {
        let problem = Problem(.overloaded, "the queue is full", instance: "q1")
        let error = try await failure(reply: .problem(problem, headers: ["Retry-After": "7"]))
        #expect(error?.retryAfterSeconds == 7)
        #expect(error?.mayPass == true)
        #expect(error?.failure.description.contains("Too busy: the queue is full (request q1)") == true)
    }

    @Test func filesThatDoNotFitAreNamedBeforeAnyConnection() async throws {
        let certificates = try await Certificates.shared()
        let directory = try TemporaryDirectory()
        let junk = try directory.write("junk.pem", "nothing\n")
        func failure(_ certificate: String, _ key: String, _ authority: String) async -> Failure? {
            await #expect(throws: Failure.self) {
                let settings = try Settings.resolve(
                    flags: .init(
                        server: "https://localhost:1", certificate: certificate, key: key,
                        certificateAuthority: authority),
                    profileName: nil, environment: [:], readProfiles: { (_) throws(Failure) in nil })
                try await Client.with(settings) { _ in }
            }
        }
        let (own, key, ca) = (
            certificates.certificate("client"), certificates.key("client"), certificates.certificate("ca")
        )
        let cases = [
            (await failure(junk, key, ca), junk), (await failure(own, junk, ca), junk),
            (await failure(own, key, junk), junk), (await failure("/none.pem", key, ca), "/none.pem"),
            (await failure(own, certificates.key("stranger"), ca), certificates.key("stranger")),
            (await failure(own, directory.path, ca), directory.path),
        ]
        for (failure, file) in cases {
            #expect(failure?.status == .usage)
            #expect(failure?.problem.contains(file) == true, "\(failure?.description ?? "none")")
        }
    }
}
