// SHA-256 of files, remembered as long as the file's stamp stays the same. Reads regular files only, up to a size, and
// within a budget per round; what it returns is a digest, never the file's bytes.
import Glibc
import Terms

struct FileDigests {
    private struct Known {
        var stamp: FileStamp
        var digest: [UInt8]
    }

    /// A configuration file or package list is far smaller.
    static let fileBytes: Int64 = 16 << 20
    /// Reading and hashing so much takes a fraction of a probe's deadline.
    private let roundBytes: Int64
    private var bytesLeft: Int64
    private var known: [String: Known] = [:]

    init(roundBytes: Int64 = 32 << 20) {
        self.roundBytes = roundBytes
        bytesLeft = roundBytes
    }

    /// Before each sample; forgets what is not asked for any more.
    mutating func beginRound(keeping paths: Set<String>) {
        bytesLeft = roundBytes
        known = known.filter { paths.contains($0.key) }
    }

    /// `timeout`: this round's budget is spent; the next one goes on.
    mutating func digest(_ path: String) -> Reading<[UInt8]> {
        guard let stamp = FileStamp(path: path) else { return .absent(AbsenceCause(errno: errno)) }
        if let earlier = known[path], earlier.stamp == stamp { return .value(earlier.digest) }
        guard stamp.isRegular, stamp.sizeBytes <= Self.fileBytes else { return .absent(.unsupported) }
        guard stamp.sizeBytes <= bytesLeft else { return .absent(.timeout) }
        do {
            return .value(try read(path))
        } catch {
            return .absent(error)
        }
    }

    private mutating func read(_ path: String) throws(AbsenceCause) -> [UInt8] {
        let descriptor = try ProcText.openForReading(path)
        defer { close(descriptor) }
        guard let before = FileStamp(descriptor: descriptor) else { throw AbsenceCause(errno: errno) }
        guard before.isRegular else { throw .unsupported }
        var hash = SHA256()
        var total: Int64 = 0
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw AbsenceCause(errno: errno) }
            guard count > 0 else { break }
            total += Int64(count)
            bytesLeft -= Int64(count)
            // It grows while we read.
            guard total <= Self.fileBytes else { throw .unsupported }
            hash.update(chunk[..<count])
        }
        let digest = hash.finish()
        if FileStamp(descriptor: descriptor) == before { known[path] = Known(stamp: before, digest: digest) }
        return digest
    }
}
