import Foundation
import Shared

/// A throw-away certificate authority by the openssl command: P-256, one day, identities as Perch wants them.
/// Never of use outside a rehearsal: its key lies unprotected in the scene's directory.
public struct CertificateAuthority: Sendable {
    /// Certificate, key and the authority to trust, as PEM files.
    public struct Credentials: Sendable {
        public let identity: SpiffeID
        public let certificate: String
        public let key: String
        public let authority: String
    }

    public let domain: String
    /// The authority's certificate.
    public let certificate: String
    private let key: String
    private let folder: String
    private let scene: Scene

    /// - Parameter label: Tells several authorities of one scene apart.
    public static func create(
        in scene: Scene, label: String = "pki", domain: String = "perch.example"
    ) async throws -> CertificateAuthority {
        let folder = try scene.directory.directory(label)
        let authority = CertificateAuthority(
            domain: domain, certificate: folder + "/ca.pem", key: folder + "/ca.key", folder: folder, scene: scene)
        try await authority.openssl(
            ["req", "-x509", "-new", "-days", "1", "-subj", "/CN=Perch rehearsal \(label)"]
                + authority.newKey(authority.key)
                + [
                    "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
                    "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", authority.certificate,
                ])
        return authority
    }

    /// A certificate with one SPIFFE ID: for a server when it is a collector's, else for a client.
    public func issue(_ kind: SpiffeID.Kind, _ name: String) async throws -> Credentials {
        let identity = try SpiffeID(domain: domain, kind: kind, name: name)
        let stem = "\(folder)/\(kind.rawValue)-\(name)"
        let isCollector = kind == .collector
        let names = "URI:\(identity)" + (isCollector ? ",DNS:localhost,IP:127.0.0.1" : "")
        try await openssl(
            ["req", "-x509", "-new", "-days", "1", "-subj", "/CN=\(name)", "-CA", certificate, "-CAkey", key]
                + newKey(stem + ".key")
                + [
                    "-addext", "basicConstraints=critical,CA:FALSE",
                    "-addext", "keyUsage=critical,digitalSignature",
                    "-addext", "extendedKeyUsage=\(isCollector ? "serverAuth" : "clientAuth")",
                    "-addext", "subjectAltName=\(names)", "-out", stem + ".pem",
                ])
        return Credentials(identity: identity, certificate: stem + ".pem", key: stem + ".key", authority: certificate)
    }

    private func newKey(_ file: String) -> [String] {
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file]
    }

    private func openssl(_ arguments: [String]) async throws {
        let output = try await scene.run("openssl", arguments)
        guard output.isSuccess else {
            throw RehearsalError.ended(
                program: "openssl \(arguments[0])", how: output.end.description, lastLines: output.standardError)
        }
    }
}
