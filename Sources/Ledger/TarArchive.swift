// Several files in one, as POSIX ustar. Must never write outside what names allow, nor read past what sizes say.

/// A tar archive of plain files (POSIX.1-1988 ustar): the form in which a verdict's files travel.
public enum TarArchive {
    /// Header, content and padding of one file.
    /// - Parameter name: at most 100 bytes, or two parts of at most 155 and 100 bytes around a `/`.
    /// - Throws: `file` for a name that the format cannot hold.
    public static func member(_ name: String, _ bytes: [UInt8]) throws(LedgerRefusal) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: blockBytes)
        let (prefix, rest) = try split(name)
        put(rest, at: 0, in: &header)
        put(Array("0000444\0".utf8), at: 100, in: &header)
        put(Array("0000000\0".utf8), at: 108, in: &header)
        put(Array("0000000\0".utf8), at: 116, in: &header)
        put(octal(UInt64(bytes.count), digits: 11), at: 124, in: &header)
        put(octal(0, digits: 11), at: 136, in: &header)
        put(Array(repeating: 0x20, count: 8), at: 148, in: &header)
        header[156] = UInt8(ascii: "0")
        put(Array("ustar\0".utf8) + Array("00".utf8), at: 257, in: &header)
        put(prefix, at: 345, in: &header)
        let sum = header.reduce(UInt64(0)) { $0 + UInt64($1) }
        put(Array(octal(sum, digits: 6).dropLast()) + [0, 0x20], at: 148, in: &header)
        let padding = (blockBytes - bytes.count % blockBytes) % blockBytes
        return header + bytes + [UInt8](repeating: 0, count: padding)
    }

    /// What ends an archive.
    public static let end = [UInt8](repeating: 0, count: 2 * blockBytes)

    private static let blockBytes = 512

    private static func split(_ name: String) throws(LedgerRefusal) -> (prefix: [UInt8], name: [UInt8]) {
        let bytes = Array(name.utf8)
        guard ManifestFile.isPath(name) else { throw LedgerRefusal(.file, "\(name) is no name for an archive") }
        if bytes.count <= 100 { return ([], bytes) }
        for index in bytes.indices.reversed() where bytes[index] == UInt8(ascii: "/") {
            let (prefix, rest) = (bytes[..<index], bytes[(index + 1)...])
            if prefix.count <= 155, (1...100).contains(rest.count) { return (Array(prefix), Array(rest)) }
        }
        throw LedgerRefusal(.file, "\(name) is too long for an archive")
    }

    private static func put(_ bytes: [UInt8], at offset: Int, in header: inout [UInt8]) {
        header.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }

    /// With a NUL at the end.
    private static func octal(_ value: UInt64, digits: Int) -> [UInt8] {
        let text = String(value, radix: 8)
        return Array((String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8) + [0]
    }

    /// Reads a part of the archive's bytes.
    public typealias ReadBytes = (_ range: Range<UInt64>) throws -> [UInt8]

    /// Where each file's content lies, by name; plain files only, each name once.
    /// - Parameter size: of the archive in bytes.
    /// - Throws: `LedgerRefusal` (`file`) for what `member` does not write, or what `read` throws.
    public static func files(size: UInt64, read: ReadBytes) throws -> [String: Range<UInt64>] {
        var files: [String: Range<UInt64>] = [:]
        var offset: UInt64 = 0
        let block = UInt64(blockBytes)
        while offset + block <= size {
            let header = try read(offset..<(offset + block))
            guard header.count == blockBytes else { break }
            if header.allSatisfy({ $0 == 0 }) { return files }
            let (name, length) = try readHeader(header, at: offset, room: size - offset - block)
            let start = offset + block
            guard files.count < mostFiles, files.updateValue(start..<(start + length), forKey: name) == nil else {
                throw LedgerRefusal(.file, "the archive holds \(name) twice, or more than \(mostFiles) files")
            }
            offset = start + (length + block - 1) / block * block
        }
        throw LedgerRefusal(.file, "the archive ends too early")
    }

    /// Evidence, and a few more.
    private static let mostFiles = LedgerLimits.chunks + 100

    private static func readHeader(
        _ header: [UInt8], at offset: UInt64, room: UInt64
    ) throws(LedgerRefusal) -> (name: String, length: UInt64) {
        guard header[257..<262].elementsEqual("ustar".utf8), header[156] == UInt8(ascii: "0") || header[156] == 0 else {
            throw LedgerRefusal(.file, "the archive holds something that is no plain file, at \(offset)")
        }
        let prefix = text(header, 345, 155)
        let name = prefix.isEmpty ? text(header, 0, 100) : prefix + "/" + text(header, 0, 100)
        guard let length = UInt64(text(header, 124, 12), radix: 8), length <= room, checksum(header),
            ManifestFile.isPath(name)
        else { throw LedgerRefusal(.file, "the archive's header at \(offset) is damaged") }
        return (name, length)
    }

    private static func text(_ header: [UInt8], _ offset: Int, _ length: Int) -> String {
        String(decoding: header[offset..<(offset + length)].prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func checksum(_ header: [UInt8]) -> Bool {
        let written = UInt64(text(header, 148, 8).filter { $0 != " " }, radix: 8)
        var sum: UInt64 = 8 * 0x20
        for index in header.indices where !(148..<156).contains(index) { sum += UInt64(header[index]) }
        return written == sum
    }
}
