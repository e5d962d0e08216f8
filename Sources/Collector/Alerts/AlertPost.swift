import AsyncHTTPClient
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Shared

/// One POST to one receiver, signed as on standardwebhooks.com. It never follows a redirect: a signature is for the
/// receiver that was configured.
struct AlertPost: Sendable {
    enum Outcome: Sendable, Equatable {
        case delivered(status: Int, answer: String)
        /// - Parameter status: 0 without an answer.
        case failed(status: Int, fault: String)
        /// 410: the receiver wants no more of it.
        case unwanted
    }

    static let seconds: Int64 = 10
    private static let answerBytes = 64 << 10
    private static let shownBytes = 200

    let receiver: AlertReceiver
    let http: HTTPClient

    /// - Throws: `AlertSecrets.Unreadable` when the receiver's authorities cannot be read.
    init(_ receiver: AlertReceiver) throws {
        self.receiver = receiver
        let tls = try Self.tls(receiver)
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: .seconds(5), read: .seconds(Self.seconds)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// - Throws: `AlertSecrets.Unreadable`.
    static func tls(_ receiver: AlertReceiver) throws(AlertSecrets.Unreadable) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        guard let file = receiver.certificateAuthority else { return tls }
        do {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
        } catch {
            throw AlertSecrets.Unreadable(description: "\(file): holds no certificate in PEM form")
        }
        return tls
    }

    func send(id: String, body: [UInt8], secrets: AlertSecrets, nowSeconds: UInt64) async -> Outcome {
        var request = HTTPClientRequest(url: receiver.url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "user-agent", value: "perch-collector/\(CollectorVersion.text)")
        request.headers.add(name: "webhook-id", value: id)
        request.headers.add(name: "webhook-timestamp", value: "\(nowSeconds)")
        request.headers.add(
            name: "webhook-signature", value: secrets.signature(id: id, seconds: nowSeconds, body: body))
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await http.execute(request, timeout: .seconds(Self.seconds))
            // What it says besides is for people only; a long answer is still an answer.
            let answer = (try? await response.body.collect(upTo: Self.answerBytes)).map { String(buffer: $0) } ?? ""
            let status = Int(response.status.code)
            switch status {
            case 200..<300: return .delivered(status: status, answer: Self.shown(answer))
            case 410: return .unwanted
            default: return .failed(status: status, fault: "HTTP \(status): \(Self.shown(answer))")
            }
        } catch {
            return .failed(status: 0, fault: Self.words(error))
        }
    }

    private static func words(_ error: any Error) -> String {
        if let error = error as? HTTPClientError { return error.shortDescription }
        let first = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
        if let code = (first as? IOError)?.errnoCode, let words = strerror(code) { return String(cString: words) }
        return shown("\(error)")
    }

    /// One line without control characters, of a bounded length.
    static func shown(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            guard shown.utf8.count < shownBytes else { break }
            shown.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
        }
        return shown
    }
}
