// A question that got no answer, told apart by what a person would do about it. Must never call a refusal of trust a
// passing network failure: waiting does not mend it.
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import NIOSSL

struct Unreachable: Error, Equatable, Sendable {
    enum Cause: Equatable, Sendable {
        /// The name does not resolve.
        case name
        /// Nobody listens, no route, or the connection was cut; with the system's words.
        case connection(String)
        case noAnswer
        /// The collector's certificate is not trusted, or is for another name.
        case serverNotTrusted
        /// The collector does not take our certificate.
        case certificateNotTaken(String)
        /// What answers there speaks no TLS 1.3.
        case notTLS
        /// Stopped from inside, by a signal.
        case cancelled
        case notUnderstood(String)
    }

    let server: String
    let cause: Cause

    /// Time alone does not mend it.
    var isAboutTrust: Bool {
        switch cause {
        case .serverNotTrusted, .certificateNotTaken, .notTLS: true
        case .name, .connection, .noAnswer, .cancelled, .notUnderstood: false
        }
    }

    var failure: Failure {
        switch cause {
        case .name:
            .unreachable("the host name of \(server) is not known", mend: "check the address and the name service")
        case .connection(let words):
            .unreachable("\(server) cannot be reached: \(words)", mend: "check that the collector runs there")
        case .noAnswer:
            .unreachable("\(server) did not answer in time", mend: "check the collector and the network")
        case .serverNotTrusted:
            .unreachable(
                "the certificate of \(server) is not trusted",
                mend: "check that --ca holds its authority, that it is for this host name, and its dates")
        case .certificateNotTaken(let words):
            .unreachable(
                "\(server) does not take our certificate (\(words))",
                mend: "check that its authority is the collector's, its dates and its purpose")
        case .notTLS:
            .unreachable("\(server) does not speak TLS 1.3", mend: "check the port")
        case .cancelled:
            .unreachable("the question to \(server) was stopped", mend: "ask again")
        case .notUnderstood(let words):
            .unreachable("\(server) gave no usable answer: \(words)", mend: "use a perchctl of the collector's version")
        }
    }

    init(server: String, cause: Cause) {
        self.server = server
        self.cause = cause
    }

    init(server: String, _ error: any Error) {
        self.server = server
        cause = Self.cause(error)
    }

    private static func cause(_ error: any Error) -> Cause {
        if error is CancellationError { return .cancelled }
        if let error = error as? HTTPClientError { return cause(error) }
        if let error = error as? NIOConnectionError { return cause(error) }
        if let error = error as? IOError { return .connection(words(error)) }
        if error is ChannelError { return .connection("the connection was closed") }
        if error is NIOTooManyBytesError { return .notUnderstood("it is too long") }
        if let cause = trustCause(String(describing: error)) { return cause }
        return .connection(Printable.line(String(describing: error)))
    }

    private static func cause(_ error: HTTPClientError) -> Cause {
        if error == .cancelled { return .cancelled }
        let timeouts: [HTTPClientError] = [
            .connectTimeout, .tlsHandshakeTimeout, .readTimeout, .writeTimeout, .deadlineExceeded,
            .getConnectionFromPoolTimeout,
        ]
        if timeouts.contains(error) { return .noAnswer }
        if error == .remoteConnectionClosed { return .connection("it closed the connection") }
        return .connection(error.shortDescription)
    }

    private static func cause(_ error: NIOConnectionError) -> Cause {
        let failures = error.connectionErrors.map(\.error)
        guard let first = failures.first else { return .name }
        if let failure = first as? IOError { return .connection(words(failure)) }
        if failures.contains(where: { $0 is ChannelError }) { return .noAnswer }
        return trustCause(String(describing: first)) ?? .connection(Printable.line(String(describing: first)))
    }

    private static func words(_ error: IOError) -> String {
        guard let words = strerror(error.errnoCode) else { return "error \(error.errnoCode)" }
        return String(cString: words)
    }

    /// BoringSSL's errors carry their meaning in their names only.
    private static func trustCause(_ text: String) -> Cause? {
        if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("failedToValidateHostname")
            || text.contains("unableToValidateCertificate")
        {
            return .serverNotTrusted
        }
        let alerts = [
            ("UNKNOWN_CA", "unknown authority"), ("CERTIFICATE_REQUIRED", "none was sent"),
            ("CERTIFICATE_EXPIRED", "expired"), ("CERTIFICATE_REVOKED", "revoked"),
            ("UNSUPPORTED_CERTIFICATE", "not for clients"), ("BAD_CERTIFICATE", "bad certificate"),
            ("CERTIFICATE_UNKNOWN", "not accepted"), ("ALERT_ACCESS_DENIED", "access denied"),
        ]
        if let alert = alerts.first(where: { text.contains($0.0) }) { return .certificateNotTaken(alert.1) }
        let others = ["WRONG_VERSION_NUMBER", "PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "HTTP_REQUEST"]
        return others.contains { text.contains($0) } ? .notTLS : nil
    }
}
