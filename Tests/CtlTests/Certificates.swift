// Throw-away authorities and certificates, made by the openssl command.
import Foundation
import Synchronization

@testable import Ctl

struct Certificates: Sendable {
    let directory: TemporaryDirectory

    struct NotMade: Error { var errors: String }

    private static let made = Task { try await make() }
    /// For the end of the process, which keeps the shared ones to its end.
    private static let removal: Void = { atexit { Certificates.remove() } }()
    private static let path = Mutex("")

    /// The same for all tests of a process: making them costs a dozen processes.
    static func shared() async throws -> Certificates {
        _ = removal
        let certificates = try await made.value
        path.withLock { $0 = certificates.directory.path }
        return certificates
    }

    private static func remove() {
        let path = path.withLock { $0 }
        if !path.isEmpty { try? FileManager.default.removeItem(atPath: path) }
    }

    /// `ca`, `other-ca`; `server` for localhost and 127.0.0.1, `elsewhere` for another name; `client`, and `stranger`
    /// of the other authority.
    private static func make() async throws -> Certificates {
        let directory = try TemporaryDirectory()
        let script = """
            set -eu
            cd "$1"
            key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
            authority() {
                key "$1"
                openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 2 -out "$1.pem" \
                    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
            }
            leaf() {
                key "$1"
                printf 'subjectAltName=%s\\nextendedKeyUsage=%s\\nkeyUsage=critical,digitalSignature\\n' \
                    "$3" "$4" > "$1.ext"
                openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
                openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 1 \
                    -extfile "$1.ext" -out "$1.pem"
            }
            authority ca
            authority other-ca
            uri=URI:spiffe://perch.example/perch
            leaf server ca "DNS:localhost,IP:127.0.0.1,$uri/collector/main" serverAuth
            leaf elsewhere ca "DNS:elsewhere.example,$uri/collector/main" serverAuth
            leaf client ca "$uri/tool/deploy" clientAuth
            leaf stranger other-ca "$uri/tool/deploy" clientAuth
            """
        let program = try Program("/bin/sh", ["-c", script, "sh", directory.path])
        let end = try await program.end()
        guard end.status == 0 else { throw NotMade(errors: end.errors) }
        return Certificates(directory: directory)
    }

    func certificate(_ name: String) -> String { directory.file(name + ".pem") }
    func key(_ name: String) -> String { directory.file(name + ".key") }

    func settings(port: Int, client: String = "client", authority: String = "ca", host: String = "localhost")
        throws(Failure) -> Settings
    {
        try Settings.resolve(
            flags: Settings.Partial(
                server: "https://\(host):\(port)", certificate: certificate(client), key: key(client),
                certificateAuthority: certificate(authority)),
            profileName: nil, environment: [:], readProfiles: { (_) throws(Failure) in nil })
    }

    /// For the real program.
    func environment(port: Int) -> [String: String] {
        [
            "PERCH_SERVER": "https://localhost:\(port)", "PERCH_CERTIFICATE": certificate("client"),
            "PERCH_KEY": key("client"), "PERCH_CA": certificate("ca"),
        ]
    }
}
