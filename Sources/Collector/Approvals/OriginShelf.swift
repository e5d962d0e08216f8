import Evaluation
import Foundation
import Ledger
import Logging
import Shared

/// Manifests of approved repositories. One that was imported stays: packages of an earlier state of the repository are
/// still approved ones, until its Valid-Until.
actor OriginShelf {
    fileprivate struct Imported: Codable {
        var manifest: OriginManifest
        var by: String
        var atMicroseconds: UInt64
    }

    private let store: any RecordStore
    private let clock: any WallClock
    private let logger: Logger
    private let judging: JudgingService
    private let scribe: Scribe
    private var imported: [String: Imported] = [:]

    init(
        store: any RecordStore, clock: any WallClock, judging: JudgingService, scribe: Scribe = .unsigned,
        logger: Logger
    ) {
        self.scribe = scribe
        self.store = store
        self.clock = clock
        self.judging = judging
        self.logger = logger
    }

    /// - Throws: `StoreError`, `DecodingError` when what is stored cannot be read.
    func restore() async throws {
        for row in try await store.records(kind: .origin) {
            imported[row.id] = try JSONDecoder().decode(Imported.self, from: Data(row.body))
        }
        await tellRules()
    }

    /// Newest first.
    func views() -> [OriginView] {
        imported.sorted { ($0.value.atMicroseconds, $0.key) > ($1.value.atMicroseconds, $1.key) }
            .map { Self.view($0.key, $0.value) }
    }

    private static func view(_ id: String, _ imported: Imported) -> OriginView {
        OriginView(
            id: id, origin: imported.manifest.origin, suite: imported.manifest.suite,
            validUntil: imported.manifest.validUntil, signedBy: imported.manifest.signedBy,
            packages: imported.manifest.packages.count, importedBy: imported.by,
            importedAt: Timestamp.text(microseconds: imported.atMicroseconds))
    }

    /// - Returns: the manifest, and whether it is new.
    /// - Throws: `malformed`, `conflict` for another content under the same Release file, `storage-unavailable`.
    func take(_ manifest: OriginManifest, by caller: String) async throws(Problem) -> (view: OriginView, isNew: Bool) {
        try Self.check(manifest)
        let now = clock.nowMicroseconds()
        if let text = manifest.validUntil, let until = Timestamp.microseconds(text), until < now {
            throw Problem(.conflict, "the repository is past its Valid-Until, \(text)")
        }
        let id = manifest.releaseDigest
        if let known = imported[id] {
            guard known.manifest == manifest else {
                throw Problem(.conflict, "this Release file was imported with other packages")
            }
            return (Self.view(id, known), false)
        }
        let new = Imported(manifest: manifest, by: caller, atMicroseconds: now)
        let row = RecordRow(kind: .origin, id: id, version: 1, body: StoredJSON.encoded(new))
        let statements = try scribe.statements(decision(manifest, by: caller, now))
        do {
            guard try await store.put(row, expecting: 0, logging: statements) else {
                throw Problem(.slowDown, "the same manifest is being imported; ask again")
            }
        } catch {
            throw Problem(stored: error)
        }
        imported[id] = new
        logger.notice("origin \(manifest.origin) \(manifest.suite) imported by \(caller): sha256 \(id)")
        await tellRules()
        return (Self.view(id, new), true)
    }

    private func decision(_ manifest: OriginManifest, by caller: String, _ now: UInt64) -> Decision? {
        guard let release = Digest(hex: manifest.releaseDigest) else { return nil }
        let name = "\(manifest.origin) \(manifest.suite)"
        return Decision(
            kind: .origin, id: UUIDv7.make(nowMicroseconds: now), action: "imported", by: caller, atMicroseconds: now,
            subject: "origin:\(name)", subjectDigest: release,
            summary: Gate.oneLine("\(manifest.packages.count) packages of \(name) approved"),
            details: [
                "origin": manifest.origin, "suite": manifest.suite, "validUntil": manifest.validUntil ?? "",
                "signedBy": manifest.signedBy, "packages": String(manifest.packages.count),
                "manifestSha256": Digest(of: StoredJSON.encoded(manifest)).description,
            ])
    }

    private static func check(_ manifest: OriginManifest) throws(Problem) {
        func isDigest(_ text: String) -> Bool { Digest(hex: text) != nil }
        guard !manifest.origin.isEmpty, manifest.origin.utf8.count <= Limits.labelBytes,
            manifest.suite.utf8.count <= Limits.labelBytes, manifest.signedBy.utf8.count <= Limits.labelBytes
        else { throw Problem(.malformed, "origin, suite, signed_by: texts of at most \(Limits.labelBytes) bytes") }
        guard isDigest(manifest.releaseDigest) else {
            throw Problem(.malformed, "release_sha256: 64 lowercase hexadecimal digits")
        }
        if let text = manifest.validUntil, Timestamp.microseconds(text) == nil {
            throw Problem(.malformed, "valid_until takes a time such as 2026-11-20T12:05:00Z")
        }
        guard (1...OriginManifest.mostPackages).contains(manifest.packages.count) else {
            throw Problem(.malformed, "packages: list 1 to \(OriginManifest.mostPackages)")
        }
        for (index, package) in manifest.packages.enumerated() {
            let texts = [package.name, package.version, package.architecture]
            guard texts.allSatisfy({ (1...Limits.labelBytes).contains($0.utf8.count) }), isDigest(package.sha256),
                package.md5sums.isEmpty || isDigest(package.md5sums)
            else {
                throw Problem(.malformed, "packages[\(index)]: name, version, architecture or a digest is not usable")
            }
        }
    }

    private func tellRules() async {
        await judging.take(
            manifests: imported.values.map(\.approved).sorted { $0.approvedSeconds < $1.approvedSeconds })
    }
}

extension OriginShelf.Imported {
    fileprivate var approved: ApprovedManifest {
        ApprovedManifest(
            origin: manifest.origin, suite: manifest.suite,
            validUntilSeconds: manifest.validUntil.flatMap(Timestamp.microseconds).map { $0 / 1_000_000 },
            approvedSeconds: atMicroseconds / 1_000_000,
            packages: manifest.packages.map {
                ApprovedManifest.Package(
                    name: $0.name, version: $0.version, architecture: $0.architecture, sha256: $0.sha256,
                    md5sums: $0.md5sums)
            })
    }
}
