// Installed Debian packages that are watched: version, architecture and a digest of the package's own file list, which
// differs between two origins of one version. Removed packages stay in dpkg's file and are passed over.
import Terms

final class PackagesProbe: Probe {
    let name = "packages"
    let periodSeconds: UInt64 = 600
    private let root: Root
    private let patterns: [String]
    private var digests = FileDigests()
    private var lastStamp: FileStamp?
    private var lastPackages: [DpkgStatus.Package] = []

    init(root: Root, configuration: Configuration) {
        self.root = root
        patterns = configuration.watchedPackages
    }

    func sample(_: Moment) -> Sample {
        var sample = Sample()
        let packages: [DpkgStatus.Package]
        do {
            packages = try installed()
        } catch {
            sample.packages = PackagesSample(installed: [], cause: error)
            sample.cause = error
            return sample
        }
        sample.truncated = UInt64(max(0, packages.count - Limits.packages))
        let kept = packages.prefix(Limits.packages)
        digests.beginRound(keeping: Set(kept.flatMap { listPaths($0) }))
        let listed = kept.map { package in
            PackagesSample.Installed(
                name: package.name, version: package.version, architecture: package.architecture,
                md5sumsDigest: listDigest(package))
        }
        sample.packages = PackagesSample(installed: listed, cause: nil)
        return sample
    }

    /// The file is megabytes long and changes seldom.
    private func installed() throws(AbsenceCause) -> [DpkgStatus.Package] {
        let path = root.file("/var/lib/dpkg/status")
        let stamp = FileStamp(path: path)
        if let stamp, stamp == lastStamp { return lastPackages }
        lastPackages = try DpkgStatus.read(path, watching: patterns)
        // Taken before reading: a change under way is seen next time.
        lastStamp = stamp
        return lastPackages
    }

    /// Packages that may be installed for two architectures carry theirs in the name of the list.
    private func listPaths(_ package: DpkgStatus.Package) -> [String] {
        let start = "/var/lib/dpkg/info/" + package.name
        return [root.file(start + ":" + package.architecture + ".md5sums"), root.file(start + ".md5sums")]
    }

    private func listDigest(_ package: DpkgStatus.Package) -> [UInt8]? {
        for path in listPaths(package) {
            if let digest = digests.digest(path).value { return digest }
        }
        return nil
    }
}

/// dpkg's list of packages (dpkg(1), deb-control(5)): paragraphs of `Field: value`.
enum DpkgStatus {
    struct Package: Sendable, Equatable {
        var name: String
        var version: String
        var architecture: String
    }

    /// Debian with everything installed has about 200 MB.
    static let fileBytes = 256 << 20
    private static let packages = 4096

    private struct Paragraph {
        var name: String?
        var version: String?
        var architecture: String?
        var status: String?
        var isEmpty = true
    }

    /// Sorted by name and architecture.
    static func read(_ path: String, watching patterns: [String]) throws(AbsenceCause) -> [Package] {
        var reader = try LineReader(path, limitBytes: fileBytes, lineBytes: 512)
        var found: [Package] = []
        var paragraph = Paragraph()
        var isAnyNamed = false
        while true {
            let line = try reader.next()
            if let line, !line.isEmpty {
                take(line, into: &paragraph)
                continue
            }
            if !paragraph.isEmpty {
                isAnyNamed = isAnyNamed || paragraph.name != nil
                if let package = try package(paragraph, patterns), found.count < packages { found.append(package) }
            }
            paragraph = Paragraph()
            if line == nil { break }
        }
        // Not one package: this is no list of dpkg's.
        guard isAnyNamed else { throw .parse }
        return found.sorted { ($0.name, $0.architecture) < ($1.name, $1.architecture) }
    }

    private static func take(_ line: ByteText, into paragraph: inout Paragraph) {
        paragraph.isEmpty = false
        if let value = line.dropping("Package:") {
            paragraph.name = ProcText.label(value)
        } else if let value = line.dropping("Version:") {
            paragraph.version = ProcText.label(value)
        } else if let value = line.dropping("Architecture:") {
            paragraph.architecture = ProcText.label(value)
        } else if let value = line.dropping("Status:") {
            paragraph.status = ProcText.label(value)
        }
    }

    private static func package(_ paragraph: Paragraph, _ patterns: [String]) throws(AbsenceCause) -> Package? {
        guard let name = paragraph.name, isWatched(name, patterns) else { return nil }
        guard let status = paragraph.status else { throw .parse }
        // The first word is what an administrator wants (install, hold, deinstall), the last what is (dpkg-query(1)).
        guard status.hasSuffix(" ok installed") else { return nil }
        // The name becomes part of a path; the version cannot be missing of something installed.
        guard isName(name), let version = paragraph.version, !version.isEmpty,
            let architecture = paragraph.architecture, isName(architecture),
            name.utf8.count <= Limits.labelBytes, version.utf8.count <= Limits.labelBytes
        else { throw .parse }
        return Package(name: name, version: version, architecture: architecture)
    }

    /// deb-control(5): lower case letters, digits, plus, minus and period.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix(".")
            && text.utf8.allSatisfy { byte in
                (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "+")
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            }
    }

    private static func isWatched(_ name: String, _ patterns: [String]) -> Bool {
        patterns.contains { $0.hasSuffix("*") ? name.hasPrefix($0.dropLast()) : name == $0 }
    }
}
