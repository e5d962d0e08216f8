import Crypto
import HTTPTypes
import Hummingbird
import Ledger
import Shared

/// Whether a form was sent by a page of ours. A client certificate is ambient: the browser presents it to us whoever
/// wrote the page that sends the form. SameSite, the usual guard, is an attribute of cookies and does nothing for
/// certificates. So two things are asked for, each of which another site lacks: the browser's own word on where the
/// request comes from, and a token that only our pages hold and that is worth nothing to another caller.
struct FormGuard: Sendable {
    /// Of this process: after a restart open pages must be loaded again, and nothing is kept on disk.
    private let secret = SymmetricKey(size: .bits256)

    enum Form: String, Sendable { case askAccess, decideAccess }

    func token(_ form: Form, for caller: SpiffeID) -> String {
        Hex.encode(Array(HMAC<SHA256>.authenticationCode(for: Self.message(form, caller), using: secret)))
    }

    /// - Throws: `not-granted`, saying what to do for a person who did nothing wrong.
    func check(_ request: Request, _ form: Form, token: String, caller: SpiffeID) throws(Problem) {
        guard Self.isSameOrigin(request) else {
            throw Problem(.notGranted, "the form was not sent from a page of this collector; open the page here")
        }
        guard let code = Self.bytes(token),
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Self.message(form, caller), using: secret)
        else {
            throw Problem(.notGranted, "the page that the form was on is out of date; load it again and send it anew")
        }
    }

    /// Sec-Fetch-Site cannot be set by a script. A browser that does not know it sends an Origin, which must be ours.
    static func isSameOrigin(_ request: Request) -> Bool {
        if let name = HTTPField.Name("Sec-Fetch-Site"), let site = request.headers[name] {
            return site == "same-origin"
        }
        guard let origin = request.headers[.origin], let authority = request.head.authority else { return false }
        return origin == "https://\(authority)"
    }

    private static func message(_ form: Form, _ caller: SpiffeID) -> [UInt8] {
        Array("perch form v1\n\(form.rawValue)\n\(caller.description)".utf8)
    }

    private static func bytes(_ hex: String) -> [UInt8]? {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: 64, by: 2) {
            guard let byte = UInt8(String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}

extension Request {
    /// The fields of a form.
    /// - Throws: `media-type`, `too-large`, `malformed`.
    func form<Value: Decodable>(_ type: Value.Type) async throws(Problem) -> (value: Value, bytes: [UInt8]) {
        let body = try await bytes(
            limitBytes: Limits.gateBodyBytes, mediaTypes: ["application/x-www-form-urlencoded"])
        let bytes = Array(body.bytes.readableBytesView)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.malformed, "the form is not UTF-8")
        }
        do {
            return (try URLEncodedFormDecoder().decode(type, from: text), bytes)
        } catch {
            throw Problem(.malformed, "the form lacks a field, or has one twice; load the page again")
        }
    }
}
