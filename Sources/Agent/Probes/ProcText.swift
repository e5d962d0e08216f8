// Reading the kernel's text files without Foundation: every read has a bound, every failure a cause, and a number that
// does not fit is no number. It must never block on what is not a regular file, and never answer zero for absent.
import Glibc
import Terms

extension AbsenceCause {
    /// What a failed system call means for the measurement behind it.
    init(errno code: Int32) {
        switch code {
        // EOPNOTSUPP: pressure files of a kernel that was started without `psi=1`.
        case ENOENT, ENOTDIR, EOPNOTSUPP, ENODEV, ENXIO, ENOSYS, EAFNOSUPPORT, EPROTONOSUPPORT, EISDIR, ELOOP,
            ENAMETOOLONG:
            self = .unsupported
        case ETIMEDOUT, EAGAIN, ESTALE:
            self = .timeout
        // EACCES and EPERM; and EIO, EMFILE and the like: the kernel refused.
        default: self = .denied
        }
    }
}

typealias ByteText = ArraySlice<UInt8>

enum ProcText {
    /// Room for /proc/stat of thousands of CPUs; no file that is read whole is larger.
    static let fileBytes = 1 << 20

    /// The whole file. More than `limitBytes` is nonsense for the files that are read this way.
    static func read(_ path: String, limitBytes: Int = fileBytes) throws(AbsenceCause) -> ByteText {
        let descriptor = try openForReading(path)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: min(4096, limitBytes + 1))
        var used = 0
        while true {
            if used == bytes.count {
                guard used <= limitBytes else { throw .parse }
                let room = min(bytes.count, limitBytes + 1 - bytes.count)
                bytes.append(contentsOf: repeatElement(0, count: room))
            }
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: used), buffer.count - used)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw AbsenceCause(errno: errno) }
            if count == 0 { break }
            used += count
        }
        guard used <= limitBytes else { throw .parse }
        return bytes[..<used]
    }

    /// O_NONBLOCK: a named pipe in a watched place must not hold up the thread.
    static func openForReading(_ path: String) throws(AbsenceCause) -> Int32 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw AbsenceCause(errno: errno) }
        return descriptor
    }

    /// First line of a small file without surrounding blanks, as text fit for a label; `nil` if unreadable or empty.
    static func firstLine(_ path: String) -> String? {
        guard let text = try? read(path, limitBytes: 64 << 10), let line = lines(text).first else { return nil }
        let clean = label(line)
        return clean.isEmpty ? nil : clean
    }

    static func lines(_ text: ByteText) -> [ByteText] { text.split(separator: UInt8(ascii: "\n")) }

    /// The kernel ends every line; a last one without its end was cut off, and half a number is no number.
    static func wholeLines(_ text: ByteText) -> [ByteText] {
        guard let end = text.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        return lines(text[..<end])
    }

    /// Blank-separated; what stands after `limit` words stays in one last piece.
    static func words(_ line: ByteText, limit: Int = 64) -> [ByteText] {
        line.split(maxSplits: limit) { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    /// Digits only, at most what 64 bits hold.
    static func decimal(_ word: ByteText) -> UInt64? { number(word, base: 10) }

    static func hexadecimal(_ word: ByteText) -> UInt64? { number(word, base: 16) }

    private static func number(_ word: ByteText, base: UInt64) -> UInt64? {
        guard !word.isEmpty, word.count <= 20 else { return nil }
        var value: UInt64 = 0
        for byte in word {
            guard let digit = digit(byte), digit < base else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: base)
            let (sum, isTooLargeStill) = product.addingReportingOverflow(digit)
            guard !isTooLarge, !isTooLargeStill else { return nil }
            value = sum
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// `123.45` seconds in whole microseconds, without floating point; digits beyond the sixth are dropped.
    static func microseconds(ofSeconds word: ByteText) -> UInt64? {
        let parts = word.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, let seconds = decimal(whole) else { return nil }
        var fraction: UInt64 = 0
        if parts.count == 2 {
            let digits = parts[1].prefix(6)
            guard let value = decimal(digits), parts[1].allSatisfy({ (48...57).contains($0) }) else { return nil }
            fraction = value
            for _ in digits.count..<6 { fraction *= 10 }
        }
        let (product, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, isTooLargeStill) = product.addingReportingOverflow(fraction)
        return isTooLarge || isTooLargeStill ? nil : sum
    }

    /// Text for people: control characters become blanks, runs of blanks one, bytes that are no UTF-8 are replaced.
    static func label(_ bytes: ByteText) -> String {
        let words = bytes.split { $0 <= 32 || $0 == 127 }
        return String(decoding: Array(words.joined(separator: [UInt8(ascii: " ")])), as: UTF8.self)
    }

    /// At most `limitBytes` of UTF-8, cut between characters.
    static func cut(_ text: String, limitBytes: Int) -> String {
        guard text.utf8.count > limitBytes else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: max(0, limitBytes))
        while end > text.startIndex, String.Index(end, within: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return String(text[..<end])
    }
}

extension ArraySlice<UInt8> {
    func reads(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount
            && withUnsafeBytes { own in
                own.elementsEqual(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
            }
    }

    /// What follows the prefix, or `nil`.
    func dropping(_ prefix: StaticString) -> ArraySlice<UInt8>? {
        self.prefix(prefix.utf8CodeUnitCount).reads(prefix) ? dropFirst(prefix.utf8CodeUnitCount) : nil
    }

    var string: String { String(decoding: self, as: UTF8.self) }
}
