// A Debian repository on disk, from its signed Release file down to each package's list of files. Every step is checked
// by the digest that the step above gave; a package whose bytes differ ends the import.
import Foundation
import Ledger
import Shared

struct DebianRepository {
    let root: URL
    let suite: String
    let release: SignedRelease

    /// - Throws: `Failure`.
    init(root: String, suite: String, keyring: String, keys: [String]) throws {
        self.root = URL(filePath: root)
        self.suite = suite
        release = try SignedRelease(
            file: self.root.appending(path: "dists/\(suite)/InRelease"), keyring: keyring, keys: keys)
    }

    /// - Throws: `Failure`, naming the file that is not as its digest says.
    func manifest() throws -> OriginManifest {
        var packages: [OriginManifest.Package] = []
        for (path, form) in try indices() { packages += try Self.packages(try index(path, form), root: root) }
        guard !packages.isEmpty else {
            throw Failure.usage("\(root.path) has no packages in \(suite)", mend: "check --suite")
        }
        packages.sort { ($0.name, $0.version, $0.architecture) < ($1.name, $1.version, $1.architecture) }
        return OriginManifest(
            origin: release.origin, suite: release.suite, validUntil: release.validUntil, signedBy: release.signedBy,
            releaseDigest: release.digest, packages: packages)
    }

    /// One form of each `Packages` index that is there: plain before compressed.
    private func indices() throws -> [(path: String, form: String)] {
        let plain = Set(
            release.files.keys.filter { $0.contains("/binary-") }.compactMap { path in
                ["", ".gz", ".xz"].first { path.hasSuffix("/Packages" + $0) }
                    .map { String(path.dropLast($0.count)) }
            })
        return try plain.sorted().map { path in
            let there = ["", ".gz", ".xz"].first {
                release.files[path + $0] != nil
                    && FileManager.default.fileExists(atPath: root.appending(path: "dists/\(suite)/\(path)\($0)").path)
            }
            guard let there else {
                throw Failure.usage("\(path) of \(suite) is listed and not there", mend: "mirror the whole repository")
            }
            return (path, there)
        }
    }

    private func index(_ path: String, _ form: String) throws -> String {
        let file = root.appending(path: "dists/\(suite)/\(path)\(form)")
        guard let expected = release.files[path + form], let data = try? Data(contentsOf: file),
            data.count == expected.size, Digest(of: data).description == expected.sha256
        else {
            throw Failure.usage("\(file.path) is not as the Release file says", mend: "do not use this repository")
        }
        switch form {
        case "": return String(decoding: data, as: UTF8.self)
        default:
            let plain = try Tool.run(form == ".gz" ? "gzip" : "xz", ["--decompress", "--stdout", file.path])
            guard plain.status == 0 else {
                throw Failure.usage("\(file.path) cannot be unpacked", mend: "fetch it again")
            }
            return String(decoding: plain.bytes, as: UTF8.self)
        }
    }

    private static func packages(_ index: String, root: URL) throws -> [OriginManifest.Package] {
        try DebianFields(index).paragraphs.map { fields in
            guard let name = fields["Package"], let version = fields["Version"],
                let architecture = fields["Architecture"], let path = fields["Filename"], let digest = fields["SHA256"]
            else {
                throw Failure.usage(
                    "a package of the index has no Package, Version, Architecture, Filename or SHA256",
                    mend: "mend the repository")
            }
            guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
                throw Failure.usage("\(Printable.line(path)) leads out of the repository", mend: "do not use it")
            }
            let file = root.appending(path: path)
            guard let data = try? Data(contentsOf: file, options: .mappedIfSafe),
                Digest(of: data).description == digest
            else {
                throw Failure.usage("\(file.path) is not as the index says", mend: "do not use this repository")
            }
            return OriginManifest.Package(
                name: name, version: version, architecture: architecture, sha256: digest,
                md5sums: try md5sums(file))
        }
    }

    /// SHA-256 of the package's own list of its files, as dpkg keeps it; empty where it has none.
    private static func md5sums(_ file: URL) throws -> String {
        let list = try Tool.run("dpkg-deb", ["--info", file.path, "md5sums"])
        return list.status == 0 ? Digest(of: list.bytes).description : ""
    }
}
