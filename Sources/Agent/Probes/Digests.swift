// Digests of the watched configuration files, so that drift between servers that ought to be equal is seen. The files'
// content never leaves the host: they hold secrets.
import Terms

final class DigestsProbe: Probe {
    let name = "digests"
    let periodSeconds: UInt64 = 600
    private let root: Root
    private let paths: [String]
    private let cut: Int
    private var digests = FileDigests()

    init(root: Root, configuration: Configuration) {
        self.root = root
        paths = Array(configuration.watchedFiles.prefix(Limits.digests))
        cut = configuration.watchedFiles.count - paths.count
    }

    func sample(_: Moment) -> Sample {
        var sample = Sample()
        sample.truncated = UInt64(cut)
        digests.beginRound(keeping: Set(paths.map(root.file)))
        for path in paths {
            sample.digests.append(DigestSample(path: path, sha256: digests.digest(root.file(path))))
        }
        return sample
    }
}
