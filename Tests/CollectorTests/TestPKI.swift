import Foundation

/// Throw-away certificates, made once per test process by the openssl command.
struct TestPKI: Sendable {
    static let domain = "perch.example"
    let directory: String

    struct NotMade: Error { var errors: String }

    private static let made = Task { try make() }
    static func shared() async throws -> TestPKI { try await made.value }

    func certificate(_ name: String) -> String { "\(directory)/\(name).pem" }
    func key(_ name: String) -> String { "\(directory)/\(name).key" }

    private static let script = """
        set -eu
        cd "$1"
        key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
        authority() {
            key "$1"
            openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 3 -out "$1.pem" \
                -addext keyUsage=critical,keyCertSign
        }
        sign() { # name, authority, days; extensions on standard input
            cat > "$1.ext"
            openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
            openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days "$3" \
                -extfile "$1.ext" -out "$1.pem"
        }
        leaf() { # name, authority, names, usage
            key "$1"
            printf 'subjectAltName=%s\\nextendedKeyUsage=%s\\nkeyUsage=critical,digitalSignature\\n' "$3" "$4" \
                | sign "$1" "$2" 1
        }
        authority ca
        authority other-ca
        uri=URI:spiffe://perch.example/perch
        leaf collector ca "DNS:localhost,IP:127.0.0.1,$uri/collector/main" serverAuth
        leaf collector-again ca "DNS:localhost,IP:127.0.0.1,$uri/collector/main" serverAuth
        leaf collector-two ca "DNS:localhost,IP:127.0.0.1,$uri/collector/two" serverAuth
        leaf collector-foreign other-ca "DNS:localhost,IP:127.0.0.1,$uri/collector/main" serverAuth
        for host in db-1 db-2 db-3 db-4 db-5; do leaf "$host" ca "$uri/agent/$host" clientAuth; done
        leaf deploy ca "$uri/tool/deploy" clientAuth
        leaf audit ca "$uri/tool/audit" clientAuth
        leaf ops ca "$uri/person/ops" clientAuth
        leaf boss ca "$uri/person/boss" clientAuth
        leaf foreign other-ca "$uri/agent/db-1" clientAuth
        leaf two-uris ca "$uri/agent/db-1,$uri/agent/db-2" clientAuth
        leaf no-uri ca "DNS:db-1" clientAuth
        leaf other-domain ca "URI:spiffe://other.example/perch/agent/db-1" clientAuth
        leaf bad-path ca "URI:spiffe://perch.example/db-1" clientAuth
        leaf server-use ca "$uri/agent/db-1" serverAuth
        key no-use
        printf 'subjectAltName=%s\\nkeyUsage=critical,digitalSignature\\n' "$uri/agent/db-1" | sign no-use ca 1
        key is-ca
        printf 'subjectAltName=%s\\nextendedKeyUsage=clientAuth\\nkeyUsage=critical,%s\\nbasicConstraints=%s\\n' \
            "$uri/agent/db-1" digitalSignature,keyCertSign critical,CA:TRUE | sign is-ca ca 1
        openssl genrsa -out rsa.key 2048
        printf 'subjectAltName=%s\\nextendedKeyUsage=clientAuth\\nkeyUsage=critical,digitalSignature\\n' \
            "$uri/agent/db-1" | sign rsa ca 1
        """

    private static func make() throws -> TestPKI {
        let directory = try TestDirectory.make()
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script, "sh", directory]
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw NotMade(errors: text) }
        return TestPKI(directory: directory)
    }
}
