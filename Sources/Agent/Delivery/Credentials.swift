// The agent's certificate and key and the one CA that it trusts, read once at start: a renewal is a restart, and the
// spool loses nothing by it. The identity of a peer is the single SPIFFE ID in its certificate, never its DNS name.
import NIOSSL
import Terms

struct Credentials: Sendable {
    struct Failure: Error, Equatable {
        /// Key of `[collector]` that names the file.
        var key: String
        var sentence: String
    }

    let context: NIOSSLContext
    let identity: SpiffeID
    /// Seconds since 1970.
    let expiresSeconds: Int

    init(_ collector: Configuration.Collector) throws(Failure) {
        let chain = try Self.certificates(collector.certificate, key: "certificate")
        let authorities = try Self.certificates(collector.certificateAuthority, key: "certificate_authority")
        guard let leaf = chain.first else {
            throw Failure(key: "certificate", sentence: "\(collector.certificate) holds no certificate")
        }
        identity = try Self.agentIdentity(leaf, path: collector.certificate)
        expiresSeconds = leaf.notValidAfter
        let privateKey: NIOSSLPrivateKey
        do {
            privateKey = try NIOSSLPrivateKey(file: collector.key, format: .pem)
        } catch {
            throw Failure(
                key: "key",
                sentence:
                    "cannot read a private key from \(collector.key); it must be PEM, "
                    + "readable by the agent's user, without a passphrase"
            )
        }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv13
        tls.trustRoots = .certificates(authorities)
        tls.additionalTrustRoots = []
        // The chain is verified; the name that counts is the SPIFFE ID, which CollectorGate compares.
        tls.certificateVerification = .noHostnameVerification
        tls.certificateChain = chain.map { .certificate($0) }
        tls.privateKey = .privateKey(privateKey)
        do {
            context = try NIOSSLContext(configuration: tls)
        } catch {
            throw Failure(
                key: "key",
                sentence: "the key in \(collector.key) does not belong to the certificate in \(collector.certificate)")
        }
    }

    private static func certificates(_ path: String, key: String) throws(Failure) -> [NIOSSLCertificate] {
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(path)
            if !certificates.isEmpty { return certificates }
        } catch {
            throw Failure(
                key: key,
                sentence: "cannot read certificates from \(path); it must be PEM and readable by the agent's user")
        }
        throw Failure(key: key, sentence: "\(path) holds no certificate")
    }

    private static func agentIdentity(_ leaf: NIOSSLCertificate, path: String) throws(Failure) -> SpiffeID {
        let names = leaf.uriNames
        guard names.count == 1, let identity = try? SpiffeID(names[0]), identity.kind == .agent else {
            throw Failure(
                key: "certificate",
                sentence: "\(path) must carry exactly one URI of the form spiffe://DOMAIN/perch/agent/HOST; it has "
                    + (names.isEmpty ? "none" : names.joined(separator: ", ")))
        }
        guard identity.name.utf8.count <= Limits.hostBytes else {
            throw Failure(key: "certificate", sentence: "the host in \(path) is longer than \(Limits.hostBytes) bytes")
        }
        return identity
    }
}

extension NIOSSLCertificate {
    /// URIs among the subject's alternative names.
    var uriNames: [String] {
        _subjectAlternativeNames().compactMap { name in
            name.nameType == .uri ? name.contents.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } : nil
        }
    }
}
