// Compressing a batch (RFC 1952). It is the system's zlib, which the distribution patches; NIO's handler works only
// once per connection and would bring a copy of zlib along.
import CZlib
import NIOCore

struct Gzip: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private var output: ByteBuffer
    private var hasFailed = false
    private static let roomBytes = 16 << 10

    init(allocator: ByteBufferAllocator = ByteBufferAllocator()) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        output = allocator.buffer(capacity: Self.roomBytes)
        // Window of 2^15, plus 16 for gzip's header and trailer.
        let code = perch_deflate_init(stream, 6, 15 + 16)
        hasFailed = code != Z_OK
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    mutating func append(_ bytes: [UInt8]) { deflate(bytes, Z_NO_FLUSH) }

    /// `nil` if zlib had no memory.
    mutating func finish() -> ByteBuffer? {
        deflate([], Z_FINISH)
        return hasFailed ? nil : output
    }

    private mutating func deflate(_ bytes: [UInt8], _ flush: Int32) {
        guard !hasFailed else { return }
        let stream = stream
        hasFailed = bytes.withUnsafeBufferPointer { input -> Bool in
            // zlib's interface has no const; it only reads from here.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(input.count)
            while true {
                var code = Z_OK
                var isFull = false
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.roomBytes) { room in
                    stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    stream.pointee.avail_out = UInt32(room.count)
                    code = CZlib.deflate(stream, flush)
                    isFull = stream.pointee.avail_out == 0
                    return room.count - Int(stream.pointee.avail_out)
                }
                if code == Z_STREAM_END { return false }
                guard code == Z_OK || code == Z_BUF_ERROR else { return true }
                if !isFull, flush != Z_FINISH { return false }
            }
        }
    }
}

enum BatchBody {
    /// `ReportBatch` from reports that are already encoded: field 1, length-delimited, one after the other.
    /// - Returns: `nil` if it could not be compressed.
    static func gzipped(_ reports: [[UInt8]]) -> ByteBuffer? {
        var gzip = Gzip()
        for report in reports {
            var head: [UInt8] = [0x0a]
            head.appendVarint(UInt64(report.count))
            gzip.append(head)
            gzip.append(report)
        }
        return gzip.finish()
    }
}
