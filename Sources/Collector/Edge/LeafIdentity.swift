import Crypto
import FoundationEssentials
import NIOSSL
import Shared
import X509

/// What IDENTITY.md 1 asks of a leaf certificate beyond its chain, which BoringSSL has built by then: exactly one URI,
/// a SPIFFE ID of our domain, no CA, a key that may sign, and the usage for its side of the connection.
struct LeafIdentity: Sendable, Equatable {
    let id: SpiffeID
    let notBeforeSeconds: UInt64
    let notAfterSeconds: UInt64

    enum Side: Sendable {
        case client, server
    }

    enum Rejection: Error, Sendable, Equatable, CustomStringConvertible {
        case unreadable
        case uris(Int)
        case identity(String)
        case domain(String)
        case authority
        case keyUsage
        case extendedKeyUsage(Side)
        case keyType

        var description: String {
            switch self {
            case .unreadable: "the certificate cannot be read"
            case .uris(let count): "the certificate has \(count) URI names; exactly one is needed"
            case .identity(let text): "the URI \(text) is no SPIFFE ID of the form spiffe://DOMAIN/perch/KIND/NAME"
            case .domain(let domain): "the SPIFFE ID is of the domain \(domain)"
            case .authority: "the certificate is a CA's"
            case .keyUsage: "the key may not be used for digital signatures"
            case .extendedKeyUsage(.client): "the extended key usage clientAuth is missing"
            case .extendedKeyUsage(.server): "the extended key usage serverAuth is missing"
            case .keyType: "the key is neither P-256, P-384 nor Ed25519"
            }
        }

        var metric: Metrics.Refusal {
            switch self {
            case .uris, .identity, .domain: .identity
            case .unreadable, .authority, .keyUsage, .extendedKeyUsage, .keyType: .certificate
            }
        }
    }

    init(_ certificate: NIOSSLCertificate, domain: String, side: Side) throws(Rejection) {
        let parsed: Certificate
        do {
            parsed = try Certificate(derEncoded: certificate.toDERBytes())
        } catch {
            throw .unreadable
        }
        id = try Self.identity(parsed, domain: domain)
        try Self.checkUse(parsed, side)
        notBeforeSeconds = Self.seconds(parsed.notValidBefore)
        notAfterSeconds = Self.seconds(parsed.notValidAfter)
    }

    private static func identity(_ certificate: Certificate, domain: String) throws(Rejection) -> SpiffeID {
        let names: SubjectAlternativeNames?
        do {
            names = try certificate.extensions.subjectAlternativeNames
        } catch {
            throw .unreadable
        }
        var uris: [String] = []
        for name in names ?? SubjectAlternativeNames() {
            if case .uniformResourceIdentifier(let uri) = name { uris.append(uri) }
        }
        guard uris.count == 1 else { throw .uris(uris.count) }
        let id: SpiffeID
        do throws(SpiffeID.Malformed) {
            id = try SpiffeID(uris[0])
        } catch {
            throw .identity(String(uris[0].prefix(Limits.spiffeIDBytes)))
        }
        guard id.domain == domain else { throw .domain(id.domain) }
        return id
    }

    private static func checkUse(_ certificate: Certificate, _ side: Side) throws(Rejection) {
        let constraints: BasicConstraints?
        let usage: KeyUsage?
        let extended: ExtendedKeyUsage?
        do {
            constraints = try certificate.extensions.basicConstraints
            usage = try certificate.extensions.keyUsage
            extended = try certificate.extensions.extendedKeyUsage
        } catch {
            throw .unreadable
        }
        if case .isCertificateAuthority = constraints { throw .authority }
        guard usage?.digitalSignature == true else { throw .keyUsage }
        let wanted: ExtendedKeyUsage.Usage =
            switch side {
            case .client: .clientAuth
            case .server: .serverAuth
            }
        guard extended?.contains(wanted) == true else { throw .extendedKeyUsage(side) }
        guard
            P256.Signing.PublicKey(certificate.publicKey) != nil || P384.Signing.PublicKey(certificate.publicKey) != nil
                || Curve25519.Signing.PublicKey(certificate.publicKey) != nil
        else { throw .keyType }
    }

    private static func seconds(_ date: Date) -> UInt64 { UInt64(max(0, date.timeIntervalSince1970)) }
}
