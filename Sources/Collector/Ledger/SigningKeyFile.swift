import Crypto
import FoundationEssentials
import Glibc
import Ledger

/// An Ed25519 private key in a file: PKCS #8 in PEM (RFC 8410), as `openssl genpkey -algorithm ed25519` writes it.
/// Refused while others than its owner may read it.
enum SigningKeyFile {
    struct Unusable: Error, CustomStringConvertible {
        var description: String
    }

    /// DER before the seed: SEQUENCE, version 0, id-Ed25519, an OCTET STRING in an OCTET STRING (RFC 8410, section 7).
    private static let prefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
    private static let begin = "-----BEGIN PRIVATE KEY-----"
    private static let end = "-----END PRIVATE KEY-----"

    static func read(_ path: String) throws(Unusable) -> SigningKey {
        try checkMode(path)
        guard let data = try? Data(contentsOf: URL(filePath: path)), data.count < 4096,
            let text = String(validating: data, as: UTF8.self)
        else { throw Unusable(description: "\(path): the signing key cannot be read") }
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        guard lines.first == begin, lines.last == end,
            let der = Data(base64Encoded: lines.dropFirst().dropLast().joined()),
            der.count == prefix.count + 32, der.starts(with: prefix),
            let key = try? SigningKey(seed: Array(der.dropFirst(prefix.count)))
        else {
            throw Unusable(
                description: "\(path): this is no Ed25519 key in PEM; make one with perch-collector --create-ledger, "
                    + "or with openssl genpkey -algorithm ed25519")
        }
        return key
    }

    /// Root reads everything anyway; a systemd credential shows its access list as group bits.
    private static func checkMode(_ path: String) throws(Unusable) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw Unusable(description: "\(path): the signing key cannot be read: \(String(cString: strerror(errno)))")
        }
        let credentials = getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) + "/" }
        let isCredential = credentials.map { path.hasPrefix($0) } ?? false
        let forbidden: mode_t = isCredential ? 0o027 : 0o077
        guard status.st_mode & forbidden == 0 else {
            throw Unusable(
                description: "\(path): others may read or change the signing key (mode "
                    + "\(String(status.st_mode & 0o777, radix: 8))); chmod 0400 it")
        }
    }

    /// Makes a key, mode 0400. A file that is there stays as it is.
    /// - Returns: whether it is new.
    static func create(_ path: String) throws(Unusable) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o400)
        guard descriptor >= 0 else {
            if errno == EEXIST { return false }
            throw Unusable(description: "\(path): cannot be made: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let seed = Array(Curve25519.Signing.PrivateKey().rawRepresentation)
        let text = "\(begin)\n\(Data(prefix + seed).base64EncodedString())\n\(end)\n"
        guard write(descriptor, text, text.utf8.count) == text.utf8.count, fsync(descriptor) == 0 else {
            unlink(path)
            throw Unusable(description: "\(path): cannot be written: \(String(cString: strerror(errno)))")
        }
        return true
    }
}
