import FoundationEssentials
import Ledger
import NIOSSL
import Shared
@_spi(FixedExpiryValidationTime) import X509

/// Key, chain and CA bundle as one set: read together, checked together, used together.
struct TLSMaterial: Sendable {
    struct Files: Sendable, Equatable {
        var certificate: String
        var key: String
        var certificateAuthority: String
    }

    /// What is wrong with a set, and in which file.
    struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        var description: String
    }

    /// With intermediates, the leaf included.
    static let longestChain = 4
    private static let largestFileBytes = 1 << 20

    let context: NIOSSLContext
    /// The same certificate, and none of the client's.
    let tokenContext: NIOSSLContext
    let identity: LeafIdentity
    /// Digest over the three files, to see that they changed.
    let fingerprint: String

    /// - Throws: `Failure`.
    static func load(_ files: Files, domain: String, nowSeconds: UInt64) async throws(Failure) -> TLSMaterial {
        let texts = try read(files)
        let chain = try certificates(texts[0], files.certificate)
        let roots = try certificates(texts[2], files.certificateAuthority)
        guard chain.count <= longestChain else {
            throw Failure(
                description: "\(files.certificate): holds \(chain.count) certificates; \(longestChain) at most")
        }
        let identity = try identity(chain[0], files, domain, nowSeconds)
        try await checkChain(chain, roots, files, nowSeconds)
        return TLSMaterial(
            context: try makeContext(chain, texts[1], roots, files),
            tokenContext: try makeContext(chain, texts[1], nil, files), identity: identity,
            fingerprint: fingerprint(of: texts))
    }

    /// Of the files as they are now; `nil` when one cannot be read.
    static func fingerprint(of files: Files) -> String? { (try? read(files)).map(fingerprint) }

    private static func fingerprint(of texts: [[UInt8]]) -> String {
        Digest(of: texts.flatMap { Digest(of: $0).bytes }).description
    }

    private static func read(_ files: Files) throws(Failure) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        for path in [files.certificate, files.key, files.certificateAuthority] {
            guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= largestFileBytes else {
                throw Failure(description: "\(path): cannot be read; does it exist, and may this user read it?")
            }
            texts.append(Array(data))
        }
        return texts
    }

    private static func certificates(_ text: [UInt8], _ path: String) throws(Failure) -> [NIOSSLCertificate] {
        guard let all = try? NIOSSLCertificate.fromPEMBytes(text), !all.isEmpty else {
            throw Failure(description: "\(path): holds no certificate in PEM form")
        }
        return all
    }

    private static func identity(
        _ leaf: NIOSSLCertificate, _ files: Files, _ domain: String, _ now: UInt64
    ) throws(Failure) -> LeafIdentity {
        let identity: LeafIdentity
        do throws(LeafIdentity.Rejection) {
            identity = try LeafIdentity(leaf, domain: domain, side: .server)
        } catch {
            throw Failure(description: "\(files.certificate): \(error); the collector's domain is \(domain)")
        }
        guard identity.id.kind == .collector else {
            throw Failure(
                description:
                    "\(files.certificate): is of \(identity.id); it must be spiffe://\(domain)/perch/collector/NAME")
        }
        guard identity.notBeforeSeconds <= now else {
            throw Failure(description: "\(files.certificate): is not valid yet")
        }
        guard now <= identity.notAfterSeconds else { throw Failure(description: "\(files.certificate): has expired") }
        return identity
    }

    private static func checkChain(
        _ chain: [NIOSSLCertificate], _ roots: [NIOSSLCertificate], _ files: Files, _ now: UInt64
    ) async throws(Failure) {
        let leaf: Certificate
        let intermediates: [Certificate]
        let authorities: [Certificate]
        do {
            leaf = try Certificate(derEncoded: chain[0].toDERBytes())
            intermediates = try chain.dropFirst().map { try Certificate(derEncoded: $0.toDERBytes()) }
            authorities = try roots.map { try Certificate(derEncoded: $0.toDERBytes()) }
        } catch {
            throw Failure(description: "\(files.certificate), \(files.certificateAuthority): cannot be read: \(error)")
        }
        let time = Date(timeIntervalSince1970: Double(now))
        var verifier = Verifier(rootCertificates: CertificateStore(authorities)) {
            RFC5280Policy(fixedExpiryValidationTime: time)
        }
        switch await verifier.validate(leaf: leaf, intermediates: CertificateStore(intermediates)) {
        case .validCertificate: return
        case .couldNotValidate:
            throw Failure(
                description: "\(files.certificate): no valid chain leads to a CA in \(files.certificateAuthority)")
        }
    }

    /// - Parameter roots: of client certificates; `nil` asks for none.
    private static func makeContext(
        _ chain: [NIOSSLCertificate], _ keyText: [UInt8], _ roots: [NIOSSLCertificate]?, _ files: Files
    ) throws(Failure) -> NIOSSLContext {
        guard let key = try? NIOSSLPrivateKey(bytes: keyText, format: .pem) else {
            throw Failure(description: "\(files.key): holds no private key in PEM form without a passphrase")
        }
        let certificates = chain.map { NIOSSLCertificateSource.certificate($0) }
        var configuration =
            roots.map {
                .makeServerConfigurationWithMTLS(
                    certificateChain: certificates, privateKey: .privateKey(key), trustRoots: .certificates($0))
            } ?? TLSConfiguration.makeServerConfiguration(certificateChain: certificates, privateKey: .privateKey(key))
        // The default would be 1.0.
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw Failure(description: "\(files.key): does not fit \(files.certificate), or cannot be used")
        }
    }
}
