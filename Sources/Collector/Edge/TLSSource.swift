import Logging
import NIOSSL
import Shared
import Synchronization

/// The set that new connections are served with. A better one takes its place as a whole; a bad one is refused, with
/// its reason, and the old one serves on until it expires.
final class TLSSource: Sendable {
    let domain: String
    private let files: TLSMaterial.Files
    private let clock: any WallClock
    private let logger: Logger
    private let current: Mutex<TLSMaterial>

    /// - Throws: `TLSMaterial.Failure`.
    init(files: TLSMaterial.Files, domain: String, clock: any WallClock, logger: Logger) async throws(TLSMaterial
        .Failure)
    {
        self.files = files
        self.domain = domain
        self.clock = clock
        self.logger = logger
        let first = try await TLSMaterial.load(files, domain: domain, nowSeconds: clock.nowMicroseconds() / 1_000_000)
        current = Mutex(first)
        logger.notice("serving as \(first.identity.id), certificate valid until \(Self.end(of: first))")
    }

    var material: TLSMaterial { current.withLock { $0 } }

    /// `nil` once the set has expired: then nobody is served.
    var context: NIOSSLContext? { valid?.context }
    /// The same for the tokens' listener, which asks for no client certificate.
    var tokenContext: NIOSSLContext? { valid?.tokenContext }

    private var valid: TLSMaterial? {
        let material = material
        return clock.nowMicroseconds() / 1_000_000 <= material.identity.notAfterSeconds ? material : nil
    }

    /// The files differ from what is served.
    var isStale: Bool { TLSMaterial.fingerprint(of: files) != material.fingerprint }

    /// - Throws: `TLSMaterial.Failure`; the old set serves on.
    func reload() async throws(TLSMaterial.Failure) {
        let now = clock.nowMicroseconds() / 1_000_000
        let loaded = try await TLSMaterial.load(files, domain: domain, nowSeconds: now)
        let before = material.identity.id
        guard loaded.identity.id == before else {
            throw TLSMaterial.Failure(
                description: "\(files.certificate): is of \(loaded.identity.id); this collector is \(before)")
        }
        current.withLock { $0 = loaded }
        logger.notice("new certificate in force, valid until \(Self.end(of: loaded))")
    }

    private static func end(of material: TLSMaterial) -> String {
        Timestamp.text(microseconds: material.identity.notAfterSeconds * 1_000_000)
    }
}
