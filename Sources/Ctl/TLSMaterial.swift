// Own certificate, key and trusted authorities, read once and checked against each other before a connection is tried.
// Must never trust the system's roots, and never print what a key file holds.
import Foundation
import NIOSSL

struct TLSMaterial: Sendable {
    let configuration: TLSConfiguration

    private static let mostBytes = 1 << 20

    init(_ settings: Settings) throws(Failure) {
        let chain = try Self.certificates(settings.certificate, what: "the certificate")
        let roots = try Self.certificates(settings.certificateAuthority, what: "the CA bundle")
        let key = try Self.key(settings.key)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv13
        configuration.certificateVerification = .fullVerification
        configuration.trustRoots = .certificates(roots)
        configuration.additionalTrustRoots = []
        configuration.certificateChain = chain.map { .certificate($0) }
        configuration.privateKey = .privateKey(key)
        do {
            // Built for its checks alone; the client builds its own.
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw Failure.usage(
                "the key \(settings.key) does not belong to the certificate \(settings.certificate)",
                mend: "name the two files of one certificate")
        }
        self.configuration = configuration
    }

    private static func certificates(_ path: String, what: String) throws(Failure) -> [NIOSSLCertificate] {
        let bytes = try InputFile.read(path, mostBytes: mostBytes, what: what)
        let found: [NIOSSLCertificate]
        do {
            found = try NIOSSLCertificate.fromPEMBytes(bytes)
        } catch {
            throw Failure.usage("\(what) \(path) is not PEM", mend: "begin with -----BEGIN CERTIFICATE-----")
        }
        guard !found.isEmpty else {
            throw Failure.usage("\(what) \(path) holds no certificate", mend: "name a PEM file with certificates")
        }
        return found
    }

    private static func key(_ path: String) throws(Failure) -> NIOSSLPrivateKey {
        let bytes = try InputFile.read(path, mostBytes: mostBytes, what: "the key")
        do {
            return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        } catch {
            throw Failure.usage(
                "the key \(path) cannot be read", mend: "name a PEM file with one private key, not encrypted")
        }
    }
}
