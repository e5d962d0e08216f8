// Lines of a file that may be megabytes long (dpkg's status, /proc/net/tcp of a busy server), a chunk at a time. It
// must never hold more than one chunk and one line: the agent's memory is a promise.
import Glibc
import Terms

struct LineReader: ~Copyable {
    private let descriptor: Int32
    private let lineBytes: Int
    private var bytesLeft: Int
    private var chunk = [UInt8](repeating: 0, count: 32 << 10)
    private var start = 0
    private var end = 0
    private var isAtEnd = false

    /// - Parameters:
    ///   - limitBytes: a longer file throws `parse` where the limit is reached.
    ///   - lineBytes: what a longer line has beyond it is passed over.
    init(_ path: String, limitBytes: Int, lineBytes: Int = 4096) throws(AbsenceCause) {
        descriptor = try ProcText.openForReading(path)
        self.lineBytes = lineBytes
        bytesLeft = limitBytes
    }

    deinit { close(descriptor) }

    /// The next line without its end; `nil` after the last. Empty lines count.
    mutating func next() throws(AbsenceCause) -> ByteText? {
        var line: [UInt8] = []
        var isAnyRead = false
        while true {
            if start == end { try fill() }
            if isAtEnd { return isAnyRead ? line[...] : nil }
            isAnyRead = true
            let newline = chunk[start..<end].firstIndex(of: UInt8(ascii: "\n"))
            let piece = chunk[start..<(newline ?? end)]
            if newline != nil, line.isEmpty {
                start += piece.count + 1
                return piece.prefix(lineBytes)
            }
            line.append(contentsOf: piece.prefix(lineBytes - line.count))
            start += piece.count
            if newline != nil {
                start += 1
                return line[...]
            }
        }
    }

    private mutating func fill() throws(AbsenceCause) {
        start = 0
        end = 0
        while !isAtEnd {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw AbsenceCause(errno: errno) }
            guard count > 0 else {
                isAtEnd = true
                return
            }
            guard count <= bytesLeft else { throw .parse }
            bytesLeft -= count
            end = count
            return
        }
    }
}
