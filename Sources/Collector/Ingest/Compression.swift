import CZlib

/// zlib in both directions over whole byte arrays. The limit of the inflated size holds while inflating: memory beyond
/// it is never asked for, whatever the input claims.
enum Compression {
    enum Form: Int32 {
        /// RFC 1952, as `Content-Encoding: gzip`.
        case gzip = 31
        /// RFC 1951 without header and check sum: what is stored carries its own digest.
        case raw = -15
    }

    enum Failure: Error, Sendable, Equatable {
        case tooLarge
        /// Not of this form, cut short, or followed by other bytes.
        case malformed
        /// zlib had no memory.
        case noMemory
    }

    /// Output grows by this much at a time.
    private static let stepBytes = 64 << 10

    static func inflate(_ input: some Sequence<UInt8>, _ form: Form, limitBytes: Int) throws(Failure) -> [UInt8] {
        var source = Array(input)
        var output: [UInt8] = []
        let status = source.withUnsafeMutableBufferPointer { source in
            inflate(source, form, limitBytes: limitBytes, into: &output)
        }
        guard let status else { return output }
        throw status
    }

    private static func inflate(
        _ source: UnsafeMutableBufferPointer<UInt8>, _ form: Form, limitBytes: Int, into output: inout [UInt8]
    ) -> Failure? {
        var stream = z_stream()
        guard perch_inflate_init(&stream, form.rawValue) == Z_OK else { return .noMemory }
        defer { inflateEnd(&stream) }
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(clamping: source.count)
        guard Int(stream.avail_in) == source.count else { return .tooLarge }
        while true {
            // One byte more than the limit is enough to see that there is more.
            let room = min(max(stepBytes, output.count), limitBytes + 1 - output.count)
            guard room > 0 else { return .tooLarge }
            let (status, written) = step(&stream, into: &output, room: room) { CZlib.inflate(&$0, Z_NO_FLUSH) }
            if output.count > limitBytes { return .tooLarge }
            switch status {
            case Z_STREAM_END: return stream.avail_in == 0 ? nil : .malformed
            case Z_OK: if written == 0, stream.avail_in == 0 { return .malformed }
            case Z_MEM_ERROR: return .noMemory
            default: return .malformed
            }
        }
    }

    /// Reports are short: higher levels make them less than 1 % smaller.
    static func deflate(_ input: some Sequence<UInt8>, _ form: Form, level: Int32 = 3) throws(Failure) -> [UInt8] {
        var source = Array(input)
        var output: [UInt8] = []
        let isDone = source.withUnsafeMutableBufferPointer { source in
            var stream = z_stream()
            guard perch_deflate_init(&stream, level, form.rawValue) == Z_OK else { return false }
            defer { deflateEnd(&stream) }
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(clamping: source.count)
            guard Int(stream.avail_in) == source.count else { return false }
            let room = Int(deflateBound(&stream, UInt(source.count)))
            return step(&stream, into: &output, room: room) { CZlib.deflate(&$0, Z_FINISH) }.status == Z_STREAM_END
        }
        guard isDone else { throw .noMemory }
        return output
    }

    private static func step(
        _ stream: inout z_stream, into output: inout [UInt8], room: Int, _ call: (inout z_stream) -> Int32
    ) -> (status: Int32, written: Int) {
        var status = Z_BUF_ERROR
        let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            stream.next_out = buffer.baseAddress
            stream.avail_out = UInt32(clamping: buffer.count)
            let offered = Int(stream.avail_out)
            status = call(&stream)
            count = offered - Int(stream.avail_out)
        }
        output += part
        return (status, part.count)
    }
}
