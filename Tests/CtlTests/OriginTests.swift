// A small real repository, made and signed by the test: accepted as it is, refused wherever a byte differs.
import Foundation
import Ledger
import Shared
import Testing

@testable import Ctl

@Suite struct OriginTests {
    /// dists and pool with one package, signed by a key of its own.
    private final class Repository {
        let directory = try? TemporaryDirectory()
        let root: String
        let keyring: String
        private(set) var fingerprint = ""
        private let home: String

        init(validUntil: String? = "Thu, 26 Nov 2099 20:00:00 UTC") throws {
            let directory = try #require(directory)
            root = directory.file("repo")
            keyring = directory.file("keys.gpg")
            home = directory.file("gpg")
            try FileManager.default.createDirectory(
                atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try makeKey()
            try makePackage()
            try sign(release(validUntil: validUntil))
        }

        deinit { _ = try? Tool.run("gpgconf", ["--homedir", home, "--kill", "gpg-agent"]) }

        private func gpg(_ arguments: [String]) throws -> Data {
            let options = ["--homedir", home, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""]
            let output = try Tool.run("gpg", options + arguments)
            try #require(output.status == 0, "\(output.errors)")
            return output.bytes
        }

        private func makeKey() throws {
            _ = try gpg(["--quick-generate-key", "Test <test@perch.example>", "ed25519", "sign", "never"])
            let listing = String(decoding: try gpg(["--with-colons", "--list-keys"]), as: UTF8.self)
            let line = try #require(listing.split(separator: "\n").first { $0.hasPrefix("fpr:") })
            fingerprint = String(line.split(separator: ":", omittingEmptySubsequences: false)[9])
            try gpg(["--export"]).write(to: URL(filePath: keyring))
        }

        private var deb: String { root + "/pool/perch-test_1.0_all.deb" }
        private var packages: String { root + "/dists/stable/main/binary-all/Packages" }

        private func makePackage() throws {
            let tree = root + "/../tree"
            let files = FileManager.default
            try files.createDirectory(atPath: tree + "/DEBIAN", withIntermediateDirectories: true)
            try files.createDirectory(atPath: root + "/pool", withIntermediateDirectories: true)
            try files.createDirectory(
                atPath: root + "/dists/stable/main/binary-all", withIntermediateDirectories: true)
            try """
            Package: perch-test
            Version: 1.0
            Architecture: all
            Maintainer: Test <test@perch.example>
            Description: nothing

            """.write(toFile: tree + "/DEBIAN/control", atomically: true, encoding: .utf8)
            try Self.md5sums.write(toFile: tree + "/DEBIAN/md5sums", atomically: true, encoding: .utf8)
            let built = try Tool.run("dpkg-deb", ["--root-owner-group", "--build", tree, deb])
            try #require(built.status == 0, "\(built.errors)")
            try """
            Package: perch-test
            Version: 1.0
            Architecture: all
            Filename: pool/perch-test_1.0_all.deb
            SHA256: \(Self.digest(deb))
            Description: nothing

            """.write(toFile: packages, atomically: true, encoding: .utf8)
        }

        static let md5sums = "d41d8cd98f00b204e9800998ecf8427e  usr/share/nothing\n"

        static func digest(_ file: String) throws -> String {
            Digest(of: try Data(contentsOf: URL(filePath: file))).description
        }

        private func release(validUntil: String?) throws -> String {
            let size = try Data(contentsOf: URL(filePath: packages)).count
            return "Origin: Perch test\nSuite: stable\nDate: Tue, 24 Nov 2026 20:00:00 UTC\n"
                + (validUntil.map { "Valid-Until: \($0)\n" } ?? "")
                + "SHA256:\n \(try Self.digest(packages)) \(size) main/binary-all/Packages\n"
        }

        private func sign(_ text: String) throws {
            let plain = root + "/../Release"
            try text.write(toFile: plain, atomically: true, encoding: .utf8)
            _ = try gpg(["--clearsign", "--output", root + "/dists/stable/InRelease", plain])
        }

        func manifest(keys: [String]? = nil) throws -> OriginManifest {
            try DebianRepository(root: root, suite: "stable", keyring: keyring, keys: keys ?? [fingerprint]).manifest()
        }

        func spoil(_ path: String, _ change: (inout Data) -> Void) throws {
            let file = URL(filePath: root + "/" + path)
            var data = try Data(contentsOf: file)
            change(&data)
            try data.write(to: file)
        }
    }

    @Test func aSignedRepositoryBecomesAManifest() throws {
        let repository = try Repository()
        let manifest = try repository.manifest()
        #expect(manifest.origin == "Perch test" && manifest.suite == "stable")
        #expect(manifest.validUntil == "2099-11-26T20:00:00Z")
        #expect(manifest.signedBy == repository.fingerprint)
        let package = try #require(manifest.packages.first)
        #expect(package.name == "perch-test" && package.version == "1.0" && package.architecture == "all")
        #expect(package.md5sums == Digest(of: Repository.md5sums.utf8).description)
        #expect(manifest.packages.count == 1)
        // The same again is the same.
        #expect(try repository.manifest() == manifest)
    }

    @Test(arguments: [
        "pool/perch-test_1.0_all.deb", "dists/stable/main/binary-all/Packages", "dists/stable/InRelease",
    ])
    func anyChangedByteEndsTheImport(_ path: String) throws {
        let repository = try Repository()
        // In the middle, where it is neither a header nor an end.
        try repository.spoil(path) { $0[$0.count / 2] ^= 1 }
        let failure = #expect(throws: Failure.self) { try repository.manifest() }
        #expect(failure?.problem.isEmpty == false)
    }

    @Test func aKeyThatIsNotPinnedIsNotBelieved() throws {
        let repository = try Repository()
        let other = String(repeating: "0", count: 40)
        let failure = #expect(throws: Failure.self) { try repository.manifest(keys: [other]) }
        #expect(failure?.problem.contains(repository.fingerprint) == true)
    }

    @Test func fieldsAreReadAsDebianWritesThem() {
        let text = "A: one\nB:\n two\n three\n\nA: four\n"
        let fields = DebianFields(text).paragraphs
        #expect(fields.count == 2)
        #expect(fields[0] == ["A": "one", "B": "\ntwo\nthree"])
        #expect(fields[1] == ["A": "four"])
    }
}
