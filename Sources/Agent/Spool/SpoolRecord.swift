// One report on disk: header, then the report's bytes. Reading knows nothing but bytes and gives back the whole
// records from the start and where they end; everything behind that point is a torn tail.

struct SpoolRecord: Equatable {
    var key: ReportKey
    var payload: [UInt8]

    /// `PRR1`: zeros, which a crash may leave behind, are no record.
    private static let magic: UInt32 = 0x5052_5231
    /// Magic, length, checksum, run id, sequence; big-endian.
    static let headerBytes = 4 + 4 + 4 + 16 + 8
    static let largestPayloadBytes = 8 << 20

    static func encode(_ key: ReportKey, _ payload: [UInt8]) -> [UInt8] {
        var covered: [UInt8] = []
        covered.reserveCapacity(headerBytes + payload.count)
        append(UInt32(payload.count), to: &covered)
        covered += key.run.bytes
        withUnsafeBytes(of: key.sequence.bigEndian) { covered.append(contentsOf: $0) }
        var checksum = CRC32()
        covered.withUnsafeBytes { checksum.update($0) }
        payload.withUnsafeBytes { checksum.update($0) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerBytes + payload.count)
        append(magic, to: &bytes)
        append(checksum.value, to: &bytes)
        bytes += covered
        bytes += payload
        return bytes
    }

    struct Header: Equatable {
        var key: ReportKey
        var payloadBytes: Int
        var checksum: UInt32
    }

    /// `nil` when these bytes begin no record.
    static func header(_ bytes: UnsafeRawBufferPointer) -> Header? {
        guard bytes.count >= headerBytes, word(bytes, at: 0) == magic else { return nil }
        let length = Int(word(bytes, at: 8))
        guard length <= largestPayloadBytes, let run = RunID(bytes: bytes[12..<28]) else { return nil }
        let sequence = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 28, as: UInt64.self))
        return Header(
            key: ReportKey(run: run, sequence: sequence), payloadBytes: length, checksum: word(bytes, at: 4))
    }

    /// - Parameter bytes: header and payload.
    static func isWhole(_ bytes: UnsafeRawBufferPointer, _ header: Header) -> Bool {
        guard bytes.count == headerBytes + header.payloadBytes else { return false }
        var checksum = CRC32()
        checksum.update(UnsafeRawBufferPointer(rebasing: bytes[8...]))
        return checksum.value == header.checksum
    }

    struct Found: Equatable {
        var key: ReportKey
        var offset: Int
        /// With its header.
        var sizeBytes: Int
    }

    /// The whole records from the start, and the length that they take.
    static func scan(_ bytes: UnsafeRawBufferPointer) -> (records: [Found], soundBytes: Int) {
        var found: [Found] = []
        var offset = 0
        while offset < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            guard let header = header(rest) else { break }
            let size = headerBytes + header.payloadBytes
            guard rest.count >= size, isWhole(UnsafeRawBufferPointer(rebasing: rest[..<size]), header) else { break }
            found.append(Found(key: header.key, offset: offset, sizeBytes: size))
            offset += size
        }
        return (found, offset)
    }

    private static func append(_ word: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
