/// Packages of an approved repository, as `perchctl origin import` verified them: body of `POST /v1/origins`.
public struct OriginManifest: Codable, Sendable, Equatable {
    /// As the repository's Release file says.
    public var origin: String
    public var suite: String
    /// RFC 3339, UTC; absent where the repository names no end.
    public var validUntil: String?
    /// Fingerprint of the key that the Release file was signed by, hex.
    public var signedBy: String
    /// SHA-256 of the signed Release file, hex.
    public var releaseDigest: String
    public var packages: [Package]

    public struct Package: Codable, Sendable, Equatable {
        public var name: String
        public var version: String
        public var architecture: String
        /// SHA-256 of the .deb, hex.
        public var sha256: String
        /// SHA-256 of its md5sums as dpkg keeps it, hex; empty: it has none.
        public var md5sums: String
        public init(name: String, version: String, architecture: String, sha256: String, md5sums: String) {
            self.name = name
            self.version = version
            self.architecture = architecture
            self.sha256 = sha256
            self.md5sums = md5sums
        }
    }

    public static let mostPackages = 20_000

    enum CodingKeys: String, CodingKey {
        case origin, suite, packages
        case validUntil = "valid_until"
        case signedBy = "signed_by"
        case releaseDigest = "release_sha256"
    }

    public init(
        origin: String, suite: String, validUntil: String?, signedBy: String, releaseDigest: String,
        packages: [Package]
    ) {
        self.origin = origin
        self.suite = suite
        self.validUntil = validUntil
        self.signedBy = signedBy
        self.releaseDigest = releaseDigest
        self.packages = packages
    }
}

/// An imported manifest without its packages.
public struct OriginView: Codable, Sendable, Equatable {
    /// SHA-256 of the signed Release file: the same import again is the same manifest.
    public var id: String
    public var origin: String
    public var suite: String
    public var validUntil: String?
    public var signedBy: String
    public var packages: Int
    public var importedBy: String
    public var importedAt: String

    enum CodingKeys: String, CodingKey {
        case id, origin, suite, packages
        case validUntil = "valid_until"
        case signedBy = "signed_by"
        case importedBy = "imported_by"
        case importedAt = "imported_at"
    }

    public init(
        id: String, origin: String, suite: String, validUntil: String?, signedBy: String, packages: Int,
        importedBy: String, importedAt: String
    ) {
        self.id = id
        self.origin = origin
        self.suite = suite
        self.validUntil = validUntil
        self.signedBy = signedBy
        self.packages = packages
        self.importedBy = importedBy
        self.importedAt = importedAt
    }
}

/// Newest first.
public struct OriginPage: Codable, Sendable, Equatable {
    public var origins: [OriginView]
    public init(origins: [OriginView]) { self.origins = origins }
}
