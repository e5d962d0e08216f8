// How much is read from a Redis at once. NIO keeps the first buffer of each connection for as long as that lives, and
// nearly all replies are PONGs; INFO, which comes once in a report, is read into a large one that is let go.
import NIOCore

struct ReplyBuffers: RecvByteBufferAllocator {
    static let pongBytes = 256
    static let infoBytes = 16 << 10

    /// Whether more than a PONG is to come.
    let expectsLong: NIOLoopBoundBox<Bool>

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        allocator.buffer(capacity: expectsLong.value ? Self.infoBytes : Self.pongBytes)
    }

    /// Always "may be larger": a buffer once used is not used again.
    mutating func record(actualReadBytes _: Int) -> Bool { true }
}
